/** Numbers first in, first out, in a ring that is reused: what waits is remembered without allocating anything. */

const FIRST_CAPACITY = 64

export class TicketQueue {
  #ring = new Int32Array(FIRST_CAPACITY)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(ticket: number): void {
    if (this.#length === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#length++) & (this.#ring.length - 1)] = ticket
  }

  /** Takes the first; only when there is one. */
  shift(): number {
    const ticket = this.#ring[this.#head]!
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#length--
    return ticket
  }

  #grow(): void {
    const ring = new Int32Array(this.#ring.length * 2)
    for (let i = 0; i < this.#length; i++) ring[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)]!
    this.#ring = ring
    this.#head = 0
  }
}
