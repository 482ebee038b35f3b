/**
 * Runs requests against a pretended server in memory, before the start: the engine compiles the hot paths then, and not
 * while the first requests of a run are being measured. Nothing leaves the thread.
 */

import { prepareRequest } from '../prepared-request.ts'
import type { Link, LinkEvents } from './link.ts'
import { WireLane } from './wire-lane.ts'

const ROUNDS = 500
const AT_ONCE = 4
/** So many take a part of a millisecond: what else the thread has to do gets its turn between them. */
const ROUNDS_AT_A_TIME = 20
const ANSWER = Buffer.from(
  'HTTP/1.1 200 OK\r\nserver: rehearsal\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\ncontent-type: application/json\r\n' +
    'connection: keep-alive\r\nkeep-alive: timeout=5\r\ncontent-length: 2\r\n\r\n{}',
)
const CHUNKED = Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n')

/** Answers whatever is written to it. */
class PretendedLink implements Link {
  readonly flushed = true
  #events: LinkEvents
  #answered = 0

  constructor(events: LinkEvents) {
    this.#events = events
    queueMicrotask(() => events.ready(this))
  }

  write(): void {
    const answer = this.#answered++ % 4 === 0 ? CHUNKED : ANSWER
    queueMicrotask(() => this.#events.data(this, answer, answer.length))
  }

  handTo(events: LinkEvents): void {
    this.#events = events
  }

  destroy(): void {}

  async closed(): Promise<void> {}
}

/** Takes a few milliseconds. */
export async function rehearse(): Promise<void> {
  const parameters = { method: 'GET', url: 'http://rehearsal.invalid/', headers: {}, body: undefined, timeoutMs: 1000 }
  let settled = (): void => {}
  const lane = new WireLane(
    prepareRequest(parameters),
    { settled: () => settled() },
    (events) => new PretendedLink(events),
  )
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
