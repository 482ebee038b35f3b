/** The tickets in flight on a connection, in the order in which they were sent and will be answered. */
export class SentTickets {
  readonly #ring: number[]
  #head = 0
  #count = 0

  /** @param depth most of them at a time */
  constructor(depth: number) {
    this.#ring = new Array<number>(depth).fill(0)
  }

  get count(): number {
    return this.#count
  }

  get full(): boolean {
    return this.#count === this.#ring.length
  }

  /** The one that is answered next; only where there is one. */
  get first(): number {
    return this.#ring[this.#head]!
  }

  /** Only where they are not full. */
  push(ticket: number): void {
    const at = this.#head + this.#count++
    this.#ring[at < this.#ring.length ? at : at - this.#ring.length] = ticket
  }

  /** Only where there is one. */
  shift(): number {
    const ticket = this.#ring[this.#head]!
    this.#head = this.#head + 1 === this.#ring.length ? 0 : this.#head + 1
    this.#count--
    return ticket
  }

  clear(): void {
    this.#count = 0
  }
}
