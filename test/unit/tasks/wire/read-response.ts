/** What the wire driver's parser makes of a stream of bytes. */

import type { HeadMemory } from '../../../../src/tasks/http/wire/head-memory.ts'
import { ResponseParser } from '../../../../src/tasks/http/wire/response-parser.ts'

export interface ReadResponse {
  readonly outcome: 'done' | 'failed' | 'cut'
  readonly statuses: readonly number[]
  readonly body: string
  /** Bytes that belong to the response; -1 when it is not done. */
  readonly consumed: number
  readonly persistent: boolean
  readonly keepAliveSeconds: number
}

/**
 * Reads pieces one after another, then the end of the connection unless the response was complete before.
 *
 * @param heads remembers heads from one response to the next; without it each is read
 */
export function readResponse(pieces: readonly Uint8Array[], bodiless = false, heads?: HeadMemory): ReadResponse {
  const statuses: number[] = []
  const body: Buffer[] = []
  const parser = new ResponseParser(
    {
      head: (status) => statuses.push(status),
      content: (octets, from, to) => body.push(Buffer.from(octets.subarray(from, to))),
    },
    heads,
  )
  parser.begin(bodiless)
  let consumed = 0
  for (const piece of pieces) {
    // As the connection does it: the same array for every piece, with other things around it.
    const reused = Buffer.concat([Buffer.from('~'), piece, Buffer.from('~')])
    consumed += parser.feed(reused, 1, reused.length - 1) - 1
    reused.fill(0x21)
    if (parser.done || parser.failed) break
  }
  const outcome = parser.failed ? 'failed' : parser.end() ? 'done' : 'cut'
  return {
    outcome,
    statuses,
    body: Buffer.concat(body).toString('latin1'),
    consumed: outcome === 'done' ? consumed : -1,
    persistent: outcome === 'done' && parser.persistent,
    keepAliveSeconds: outcome === 'done' ? parser.keepAliveSeconds : -1,
  }
}

/** The bytes cut in two at a position. */
export function cutAt(bytes: Uint8Array, position: number): Uint8Array[] {
  return [bytes.subarray(0, position), bytes.subarray(position)]
}
