/**
 * Reads the lines of a header after the first, or those of trailers (RFC 9112, section 5), up to the empty line, and hands
 * on what frames the message. Strictly: no folded lines, no space before a colon, no bare line feeds.
 */

import type { FramingFields } from './framing-fields.ts'
import { COLON, CR, HTAB, LF, SP, TEXT, TOKEN } from './octets.ts'

const LINE_START = 0
const NAME = 1
const BEFORE_VALUE = 2
const VALUE = 3
const LINE_END = 4
const LAST_LINE_END = 5
const COMPLETE = 6
const FAILED = 7

export class FieldLines {
  readonly #fields: FramingFields
  #place = LINE_START
  #trailers = false
  /** The value of the field at hand matters. */
  #reading = false

  constructor(fields: FramingFields) {
    this.#fields = fields
  }

  /** @param trailers whether they come after the body: how it is framed must not be said there any more */
  begin(trailers: boolean): void {
    this.#place = LINE_START
    this.#trailers = trailers
  }

  /** The empty line has come. */
  get complete(): boolean {
    return this.#place === COMPLETE
  }

  get failed(): boolean {
    return this.#place === FAILED
  }

  /** @returns index of the first octet after the lines; `to`, unless they are complete or failed */
  read(octets: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to && this.#place < COMPLETE) {
      switch (this.#place) {
        case LINE_START:
          at = this.#beginLine(octets, at)
          break
        case NAME:
          at = this.#readName(octets, at, to)
          break
        case BEFORE_VALUE:
          while (at < to && (octets[at] === SP || octets[at] === HTAB)) at++
          if (at < to) this.#place = VALUE
          break
        case VALUE:
          at = this.#readValue(octets, at, to)
          break
        case LINE_END:
          this.#place = octets[at] === LF && this.#endLine() ? LINE_START : FAILED
          at++
          break
        default:
          this.#place = octets[at] === LF ? COMPLETE : FAILED
          at++
      }
    }
    return at
  }

  #fail(at: number): number {
    this.#place = FAILED
    return at
  }

  #beginLine(octets: Uint8Array, at: number): number {
    const octet = octets[at]!
    if (octet === CR) this.#place = LAST_LINE_END
    else if (TOKEN[octet] === 1) {
      this.#fields.beginName(octet)
      this.#place = NAME
    } else return this.#fail(at)
    return at + 1
  }

  #readName(octets: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to && TOKEN[octets[at]!] === 1) at++
    this.#fields.addToName(octets, from, at)
    if (at === to) return to
    if (octets[at] !== COLON) return this.#fail(at)
    this.#reading = this.#fields.beginValue()
    this.#place = BEFORE_VALUE
    return at + 1
  }

  #readValue(octets: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to && TEXT[octets[at]!] === 1) at++
    if (this.#reading && !this.#fields.addToValue(octets, from, at)) return this.#fail(at)
    if (at === to) return to
    if (octets[at] !== CR) return this.#fail(at)
    this.#place = LINE_END
    return at + 1
  }

  #endLine(): boolean {
    return !this.#reading || (!this.#trailers && this.#fields.endValue())
  }
}
