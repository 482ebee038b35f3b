/** Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): what this API sends of it. */

import { VajraError } from '../base/errors.ts'

/** Longest event, in characters: live totals of the largest suite fit many times. */
const LONGEST_EVENT = 8 * 1024 * 1024

export interface ServerSentEvent {
  readonly name: string
  readonly data: string
}

/**
 * Events from the bytes of a response. Comments come out as events without a name: they say that the sender lives.
 *
 * @throws VajraError MESSAGE_INVALID for an event without end
 */
export async function* readEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true })
    const blocks = rest.split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    if (rest.length > LONGEST_EVENT) throw new VajraError('MESSAGE_INVALID', 'the node sends an event without end')
    for (const block of blocks) yield readBlock(block)
  }
}

function readBlock(block: string): ServerSentEvent {
  let name = ''
  const data: string[] = []
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^(\w+): ?(.*)$/s.exec(line) ?? []
    if (field === 'event') name = value ?? ''
    if (field === 'data') data.push(value ?? '')
  }
  return { name, data: data.join('\n') }
}
