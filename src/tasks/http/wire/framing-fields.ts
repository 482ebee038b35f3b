/**
 * What the header of a response says about where its body ends and whether the connection goes on. Fields are read
 * octet by octet into two small arrays that are reused; all other fields are passed over.
 */

import { COMMA, HTAB, isDigit, SP, ZERO } from './octets.ts'

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const CONNECTION = octetsOf('connection')
const CONTENT_LENGTH = octetsOf('content-length')
const PROXY_CONNECTION = octetsOf('proxy-connection')
const KEEP_ALIVE = octetsOf('keep-alive')
const TRANSFER_ENCODING = octetsOf('transfer-encoding')
const CHUNKED = octetsOf('chunked')
const CLOSE = octetsOf('close')
const TIMEOUT = octetsOf('timeout=')

/** Enough to tell the names that matter from longer ones. */
const LONGEST_NAME = TRANSFER_ENCODING.length + 1
/** Longest value of a field that is read, in octets. Real ones have a few tens. */
const LONGEST_VALUE = 256
/** Digits of the greatest whole number that is exact. */
const MOST_DIGITS = 16
const CASE = 0x20

/** Whether the octets from `from` are these, in any letter case. */
function isAt(octets: Uint8Array, from: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) {
    if ((octets[from + i]! | CASE) !== wanted[i]) return false
  }
  return true
}

export class FramingFields {
  readonly #name = new Uint8Array(LONGEST_NAME)
  readonly #value = new Uint8Array(LONGEST_VALUE)
  #nameLength = 0
  #valueLength = 0
  #field: Uint8Array | null = null
  /** The name begins as one that matters does. */
  #wanted = false
  /** Octets of the body; -1 when the header does not say. */
  contentLength = -1
  /** A transfer coding was named. */
  encoded = false
  /** The last transfer coding named is `chunked`. */
  chunked = false
  /** The connection ends after this response. */
  close = false
  /** The connection goes on, said in words, as HTTP/1.0 needs it. */
  keepAlive = false
  /** How long the server keeps an idle connection, in seconds; -1 when it does not say. */
  keepAliveSeconds = -1

  reset(): void {
    this.contentLength = -1
    this.encoded = false
    this.chunked = false
    this.close = false
    this.keepAlive = false
    this.keepAliveSeconds = -1
  }

  /** Takes over what another head said. */
  copy(from: FramingFields): void {
    this.contentLength = from.contentLength
    this.encoded = from.encoded
    this.chunked = from.chunked
    this.close = from.close
    this.keepAlive = from.keepAlive
    this.keepAliveSeconds = from.keepAliveSeconds
  }

  /** @param octet first of the name */
  beginName(octet: number): void {
    const letter = octet | CASE
    this.#wanted =
      letter === CONNECTION[0] ||
      letter === KEEP_ALIVE[0] ||
      letter === PROXY_CONNECTION[0] ||
      letter === TRANSFER_ENCODING[0]
    this.#name[0] = letter
    this.#nameLength = 1
  }

  addToName(octets: Uint8Array, from: number, to: number): void {
    if (!this.#wanted) return
    let length = this.#nameLength
    for (let at = from; at < to && length < LONGEST_NAME; at++) this.#name[length++] = octets[at]! | CASE
    this.#nameLength = length
  }

  /** @returns whether the value of the field matters and is to be passed on */
  beginValue(): boolean {
    this.#valueLength = 0
    this.#field = this.#wanted ? this.#identify() : null
    return this.#field !== null
  }

  #identify(): Uint8Array | null {
    const name = this.#name
    switch (this.#nameLength) {
      case CONNECTION.length:
        if (isAt(name, 0, CONNECTION)) return CONNECTION
        return isAt(name, 0, KEEP_ALIVE) ? KEEP_ALIVE : null
      case CONTENT_LENGTH.length:
        return isAt(name, 0, CONTENT_LENGTH) ? CONTENT_LENGTH : null
      case PROXY_CONNECTION.length:
        return isAt(name, 0, PROXY_CONNECTION) ? PROXY_CONNECTION : null
      case TRANSFER_ENCODING.length:
        return isAt(name, 0, TRANSFER_ENCODING) ? TRANSFER_ENCODING : null
      default:
        return null
    }
  }

  /** @returns false when the value is too long */
  addToValue(octets: Uint8Array, from: number, to: number): boolean {
    if (this.#valueLength + to - from > LONGEST_VALUE) return false
    for (let at = from; at < to; at++) this.#value[this.#valueLength++] = octets[at]!
    return true
  }

  /** Reads the value that was passed on. @returns false when it is not allowed */
  endValue(): boolean {
    while (this.#valueLength > 0 && isSpace(this.#value[this.#valueLength - 1]!)) this.#valueLength--
    switch (this.#field) {
      case CONTENT_LENGTH:
        return this.#readContentLength()
      case TRANSFER_ENCODING:
        return this.#readElements()
      default:
        this.#readElements()
        return true
    }
  }

  /** Digits only, and once only: what is said twice can be read in two ways. */
  #readContentLength(): boolean {
    if (this.contentLength >= 0 || this.#valueLength === 0 || this.#valueLength > MOST_DIGITS) return false
    let length = 0
    for (let i = 0; i < this.#valueLength; i++) {
      const octet = this.#value[i]!
      if (!isDigit(octet)) return false
      length = length * 10 + (octet - ZERO)
    }
    if (length > Number.MAX_SAFE_INTEGER) return false
    this.contentLength = length
    return true
  }

  /** Goes through a list separated by commas. */
  #readElements(): boolean {
    let from = 0
    for (let at = 0; at <= this.#valueLength; at++) {
      if (at < this.#valueLength && this.#value[at] !== COMMA) continue
      let to = at
      while (from < to && isSpace(this.#value[from]!)) from++
      while (to > from && isSpace(this.#value[to - 1]!)) to--
      if (!this.#readElement(from, to)) return false
      from = at + 1
    }
    return true
  }

  #readElement(from: number, to: number): boolean {
    const length = to - from
    const value = this.#value
    if (this.#field === TRANSFER_ENCODING) {
      // Chunked is the last coding or none: what follows it has no end that both sides agree on.
      if (length === 0 || this.chunked) return false
      this.encoded = true
      this.chunked = length === CHUNKED.length && isAt(value, from, CHUNKED)
    } else if (this.#field === CONNECTION || this.#field === PROXY_CONNECTION) {
      if (length === CLOSE.length && isAt(value, from, CLOSE)) this.close = true
      // The other is no standard, and some read it: it is believed where that is the careful thing to do.
      if (this.#field === PROXY_CONNECTION) return true
      if (length === KEEP_ALIVE.length && isAt(value, from, KEEP_ALIVE)) this.keepAlive = true
    } else if (length > TIMEOUT.length && isAt(value, from, TIMEOUT)) {
      this.#readSeconds(from + TIMEOUT.length, to)
    }
    return true
  }

  /** A hint: what is no number is passed over. */
  #readSeconds(from: number, to: number): void {
    let seconds = 0
    for (let i = from; i < to; i++) {
      const octet = this.#value[i]!
      if (!isDigit(octet)) return
      seconds = Math.min(seconds * 10 + (octet - ZERO), Number.MAX_SAFE_INTEGER)
    }
    this.keepAliveSeconds = seconds
  }
}

function isSpace(octet: number): boolean {
  return octet === SP || octet === HTAB
}
