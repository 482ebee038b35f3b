/**
 * The last head of a response that was read whole, and what it said. A server answers the same request with the same head
 * again and again, but for its date, once a second. Where the next response begins with the same octets, reading them
 * would come to the same, so that is taken over: comparing takes a tenth of the time. What the head means for the
 * request at hand (a body after HEAD, interim responses) is no part of it.
 *
 * One for all connections of a lane.
 */

import { FramingFields } from './framing-fields.ts'
import { StatusLine } from './status-line.ts'

/** Octets of the longest head that is remembered; usual ones have some hundreds. */
export const REMEMBERED_LIMIT = 2048
/** Different heads in a row after which only one of {@link SELDOM} is remembered: copying them is of no use. */
const TRIES = 8
const SELDOM = 64

const WORD = Int32Array.BYTES_PER_ELEMENT
const NOTHING = new Uint8Array(0)

export class HeadMemory {
  readonly #head = new Uint8Array(REMEMBERED_LIMIT)
  readonly #words = new DataView(this.#head.buffer)
  #length = 0
  /** Heads in a row that were others than the one remembered. */
  #misses = 0
  /** What was searched last, and a view of it: all responses come in the same array. */
  #octets: Uint8Array = NOTHING
  #view: DataView = new DataView(NOTHING.buffer)
  readonly statusLine = new StatusLine()
  readonly fields = new FramingFields()

  /** @returns how long the remembered head is, if it stands at `from`; else 0 */
  find(octets: Uint8Array, from: number, to: number): number {
    const length = this.#length
    if (length === 0 || to - from < length) return 0
    if (octets !== this.#octets) this.#look(octets)
    const [head, words, view] = [this.#head, this.#words, this.#view]
    let at = 0
    for (; at + WORD <= length; at += WORD) {
      if (words.getInt32(at) !== view.getInt32(from + at)) return 0
    }
    for (; at < length; at++) if (head[at] !== octets[from + at]) return 0
    this.#misses = 0
    return length
  }

  #look(octets: Uint8Array): void {
    this.#octets = octets
    this.#view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  }

  /** Remembers a head that was read, instead of the one before. */
  keep(octets: Uint8Array, from: number, to: number, statusLine: StatusLine, fields: FramingFields): void {
    if (++this.#misses > TRIES && this.#misses % SELDOM !== 0) return
    const length = to - from
    if (length > REMEMBERED_LIMIT) return
    for (let at = 0; at < length; at++) this.#head[at] = octets[from + at]!
    this.#length = length
    this.statusLine.copy(statusLine)
    this.fields.copy(fields)
  }
}
