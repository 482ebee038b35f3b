/** Reads what frames the chunks of a chunked body (RFC 9112, section 7.1), strictly: no spaces, no bare line feeds. */

import { BACKSLASH, CR, EQUALS, HEX, LF, QUOTE, SEMICOLON, TEXT, TOKEN } from './octets.ts'

/** Octets of a line with a chunk's size and extensions. */
export const CHUNK_LINE_LIMIT = 1024
/** Digits of a size, leading zeros included. */
const MOST_DIGITS = 16

const SIZE_START = 0
const SIZE = 1
const EXTENSION_START = 2
const EXTENSION_NAME = 3
const EXTENSION_VALUE_START = 4
const EXTENSION_VALUE = 5
const QUOTED = 6
const ESCAPED = 7
const AFTER_QUOTED = 8
const LINE_END = 9
const DATA = 10
const DATA_CR = 11
const DATA_LF = 12
const LAST = 13
const FAILED = 14

export class ChunkReader {
  #place = SIZE_START
  #size = 0
  #line = 0

  begin(): void {
    this.#beginLine()
  }

  #beginLine(): void {
    this.#place = SIZE_START
    this.#size = 0
    this.#line = 0
  }

  get failed(): boolean {
    return this.#place === FAILED
  }

  /** The last chunk has come; trailers follow. */
  get last(): boolean {
    return this.#place === LAST
  }

  /** Octets of the chunk that come next; 0 when framing does. */
  get left(): number {
    return this.#place === DATA ? this.#size : 0
  }

  /** So many octets of the chunk have been read. */
  taken(octets: number): void {
    this.#size -= octets
    if (this.#size === 0) this.#place = DATA_CR
  }

  /** Reads up to a chunk's data, the end of the last chunk, or what is wrong. @returns index of the octet after it */
  readFraming(octets: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to && this.#place < LAST && this.#place !== DATA) {
      this.#line++
      this.#place = this.#line > CHUNK_LINE_LIMIT ? FAILED : this.#next(octets[at]!)
      at++
    }
    return at
  }

  #next(octet: number): number {
    switch (this.#place) {
      case SIZE_START:
      case SIZE:
        return this.#readSize(octet)
      case EXTENSION_START:
        return TOKEN[octet] === 1 ? EXTENSION_NAME : FAILED
      case EXTENSION_NAME:
        if (TOKEN[octet] === 1) return EXTENSION_NAME
        return octet === EQUALS ? EXTENSION_VALUE_START : endOfExtension(octet)
      case EXTENSION_VALUE_START:
        if (octet === QUOTE) return QUOTED
        return TOKEN[octet] === 1 ? EXTENSION_VALUE : FAILED
      case EXTENSION_VALUE:
        return TOKEN[octet] === 1 ? EXTENSION_VALUE : endOfExtension(octet)
      case QUOTED:
        if (octet === QUOTE) return AFTER_QUOTED
        if (octet === BACKSLASH) return ESCAPED
        return TEXT[octet] === 1 ? QUOTED : FAILED
      case ESCAPED:
        return TEXT[octet] === 1 ? QUOTED : FAILED
      case AFTER_QUOTED:
        return endOfExtension(octet)
      case LINE_END:
        if (octet !== LF) return FAILED
        return this.#size === 0 ? LAST : DATA
      case DATA_CR:
        return octet === CR ? DATA_LF : FAILED
      case DATA_LF:
        if (octet !== LF) return FAILED
        this.#beginLine()
        return SIZE_START
      default:
        return FAILED
    }
  }

  #readSize(octet: number): number {
    const digit = HEX[octet]!
    if (digit < 16) {
      this.#size = this.#size * 16 + digit
      return this.#line <= MOST_DIGITS && this.#size <= Number.MAX_SAFE_INTEGER ? SIZE : FAILED
    }
    return this.#place === SIZE_START ? FAILED : endOfExtension(octet)
  }
}

function endOfExtension(octet: number): number {
  if (octet === SEMICOLON) return EXTENSION_START
  return octet === CR ? LINE_END : FAILED
}
