/** Reads the first line of a response (RFC 9112, section 4): HTTP/1.0 or HTTP/1.1, and a status of three digits. */

import { CR, isDigit, LF, SP, TEXT, ZERO } from './octets.ts'

const PROTOCOL = Uint8Array.from('HTTP/1.', (character) => character.charCodeAt(0))

/** Places in the line: the protocol, its minor version, a space, three digits, and what follows. */
const MINOR = PROTOCOL.length
const CODE = MINOR + 2
const AFTER_CODE = CODE + 3
const REASON = AFTER_CODE + 1
const LINE_END = REASON + 1
const COMPLETE = LINE_END + 1
const FAILED = COMPLETE + 1

const LEAST_STATUS = 100

export class StatusLine {
  #place = 0
  #minor = 0
  #status = 0

  begin(): void {
    this.#place = 0
    this.#status = 0
  }

  /** Takes over another line. */
  copy(from: StatusLine): void {
    this.#place = from.#place
    this.#minor = from.#minor
    this.#status = from.#status
  }

  get complete(): boolean {
    return this.#place === COMPLETE
  }

  get failed(): boolean {
    return this.#place === FAILED
  }

  /** Minor version of the protocol: 0 or 1. */
  get minor(): number {
    return this.#minor
  }

  get status(): number {
    return this.#status
  }

  /** @returns index of the first octet after the line; `to`, unless it is complete or failed */
  read(octets: Uint8Array, from: number, to: number): number {
    let at = from
    while (at < to && this.#place < REASON) this.#place = this.#next(this.#place, octets[at++]!)
    if (this.#place === REASON) {
      while (at < to && TEXT[octets[at]!] === 1) at++
      if (at < to) this.#place = octets[at++] === CR ? LINE_END : FAILED
    }
    if (at < to && this.#place === LINE_END) {
      this.#place = octets[at++] === LF && this.#status >= LEAST_STATUS ? COMPLETE : FAILED
    }
    return at
  }

  /** The place after an octet of `HTTP/1.1 200`, or after the space or the carriage return that follows. */
  #next(place: number, octet: number): number {
    if (place < MINOR) return octet === PROTOCOL[place] ? place + 1 : FAILED
    if (place === MINOR) {
      this.#minor = octet - ZERO
      return this.#minor === 0 || this.#minor === 1 ? place + 1 : FAILED
    }
    if (place < CODE) return octet === SP ? place + 1 : FAILED
    if (place < AFTER_CODE) {
      this.#status = this.#status * 10 + (octet - ZERO)
      return isDigit(octet) ? place + 1 : FAILED
    }
    // Many servers leave out the space when they give no reason.
    if (octet === CR) return LINE_END
    return octet === SP ? REASON : FAILED
  }
}
