/**
 * `GET /v1/runs/:id/events`: what a run does, as server-sent events. The number of streams is bounded, a listener that
 * does not read loses live totals first and its connection in the end, and all streams end when the server closes.
 */

import type { ServerResponse } from 'node:http'
import { VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { NodePort, RunStreamItem } from './node-port.ts'

/** Between two comments that say the stream is alive, in milliseconds. A client may give up on a silent node soon. */
export const HEARTBEAT_MS = 5000

/** A listener this many times over the limit is cut off. */
const CUT_OFF_FACTOR = 16

export class EventStreams {
  readonly #node: Pick<NodePort, 'subscribe'>
  readonly #heartbeatMs: number
  readonly #open = new Set<() => void>()

  constructor(node: Pick<NodePort, 'subscribe'>, heartbeatMs = HEARTBEAT_MS) {
    this.#node = node
    this.#heartbeatMs = heartbeatMs
  }

  /** @throws VajraError NOT_READY when there are as many streams as allowed */
  admit(): void {
    if (this.#open.size >= LIMITS.eventStreams) {
      throw new VajraError('NOT_READY', `this node already serves ${LIMITS.eventStreams} event streams`, {
        hint: 'ask another node of the mesh, or try again later',
      })
    }
  }

  /** Takes the response over and writes to it until the run ends, the listener leaves or the server closes. */
  start(runId: RunId, response: ServerResponse): void {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'close',
    })
    response.write('retry: 1000\n\n')
    let unsubscribe: (() => void) | undefined
    let ended = false
    const heartbeat = setInterval(() => write(response, ': alive\n\n'), this.#heartbeatMs)
    const end = () => {
      if (ended) return
      ended = true
      clearInterval(heartbeat)
      this.#open.delete(end)
      unsubscribe?.()
      response.end()
    }
    this.#open.add(end)
    response.on('close', end)
    response.on('error', end)
    unsubscribe = this.#node.subscribe(runId, (item) => {
      if (ended) return
      writeItem(response, item)
      if (item.type === 'end') end()
    })
    // A run that had ended calls back before there is anything to unsubscribe.
    if (ended) unsubscribe()
  }

  /** Ends all streams at once. */
  close(): void {
    for (const end of [...this.#open]) end()
  }
}

function writeItem(response: ServerResponse, item: RunStreamItem): void {
  if (item.type === 'live' && response.writableLength > LIMITS.eventStreamBytes) return
  write(response, `event: ${item.type}\ndata: ${JSON.stringify(item.data)}\n\n`)
}

function write(response: ServerResponse, text: string): void {
  if (response.writableLength > LIMITS.eventStreamBytes * CUT_OFF_FACTOR) response.destroy()
  else response.write(text)
}
