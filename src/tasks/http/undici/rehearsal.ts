/**
 * Runs requests through the HTTP client against a pretended server in memory, before the start: the client compiles its
 * parser and the engine its hot paths then, and not while the first requests of a run are being measured. Nothing
 * leaves the thread.
 */

import { Duplex } from 'node:stream'
import { type PreparedRequest, prepareRequest } from '../prepared-request.ts'
import { Client, type Connector, type ConnectorCallback } from './client.ts'
import { UndiciLane } from './undici-lane.ts'

const ROUNDS = 40
const AT_ONCE = 4
/** What else the thread has to do gets its turn between them. */
const ROUNDS_AT_A_TIME = 4
const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\n{}',
)

/** Answers whatever is written to it. */
class PretendedSocket extends Duplex {
  override _read(): void {}

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done()
    queueMicrotask(() => {
      if (!this.destroyed) this.push(ANSWER)
    })
  }

  ref(): void {}

  unref(): void {}
}

const connect = ((_options: unknown, callback: ConnectorCallback) => {
  const socket = new PretendedSocket()
  queueMicrotask(() => callback(null, socket as never))
  return socket
}) as unknown as Connector

/**
 * Hands a request to the client once, so that one the client refuses to send (forbidden or malformed header fields)
 * fails before the start instead of every time.
 *
 * @throws Error what the client says
 */
export async function tryOut(request: PreparedRequest): Promise<void> {
  const client = new Client(request.origin, { connect })
  try {
    await new Promise<void>((resolve, reject) => {
      client.dispatch(request.options, {
        onRequestStart: () => resolve(),
        onResponseStart: () => {},
        onResponseData: () => {},
        onResponseEnd: () => {},
        onResponseError: (_controller, error) => reject(error),
      })
    })
  } finally {
    await client.destroy()
  }
}

/** Takes a few ten milliseconds. Never throws: what matters will show when the run starts. */
export async function rehearse(): Promise<void> {
  const url = 'http://rehearsal.invalid/'
  const request = prepareRequest({
    method: 'GET',
    url,
    headers: { accept: '*/*' },
    body: undefined,
    timeoutMs: 1000,
  })
  let settled = (): void => {}
  const lane = new UndiciLane(request, { settled: () => settled() }, { connect })
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise<void>((resolve) => {
      let left = AT_ONCE
      settled = () => {
        if (--left === 0) resolve()
      }
      for (let ticket = 0; ticket < AT_ONCE; ticket++) lane.fire(ticket)
    })
    if (round % ROUNDS_AT_A_TIME === 0) await new Promise(setImmediate)
  }
  await lane.close()
}
