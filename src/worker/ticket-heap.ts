/** Tickets that wait for a time, the earliest first: a binary heap over typed arrays that knows where each one is. */

const NOWHERE = -1

export class TicketHeap {
  #tickets = new Int32Array(64)
  #dues = new Float64Array(64)
  /** Place of each ticket. */
  #places = new Int32Array(64).fill(NOWHERE)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Time of the earliest; infinity when there is none. */
  get due(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#dues[0]!
  }

  /** Adds a ticket that is not there. */
  push(ticket: number, due: number): void {
    if (this.#size === this.#tickets.length) {
      this.#tickets = enlarged(this.#tickets, new Int32Array(this.#size * 2))
      this.#dues = enlarged(this.#dues, new Float64Array(this.#size * 2))
    }
    if (ticket >= this.#places.length) {
      const length = Math.max(ticket + 1, this.#places.length * 2)
      this.#places = enlarged(this.#places, new Int32Array(length).fill(NOWHERE))
    }
    this.#rise(this.#size++, ticket, due)
  }

  /** Takes out the earliest; only when there is one. */
  pop(): number {
    const ticket = this.#tickets[0]!
    this.remove(ticket)
    return ticket
  }

  /** Takes out a ticket; one that is not there is passed over. */
  remove(ticket: number): void {
    const place = this.#places[ticket] ?? NOWHERE
    if (place === NOWHERE) return
    this.#places[ticket] = NOWHERE
    const last = --this.#size
    if (place === last) return
    const moved = this.#tickets[last]!
    const due = this.#dues[last]!
    if (place > 0 && this.#dues[(place - 1) >> 1]! > due) this.#rise(place, moved, due)
    else this.#sink(place, moved, due)
  }

  clear(): void {
    this.#places.fill(NOWHERE)
    this.#size = 0
  }

  #rise(from: number, ticket: number, due: number): void {
    let place = from
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (this.#dues[parent]! <= due) break
      this.#put(place, this.#tickets[parent]!, this.#dues[parent]!)
      place = parent
    }
    this.#put(place, ticket, due)
  }

  #sink(from: number, ticket: number, due: number): void {
    let place = from
    for (;;) {
      let child = 2 * place + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#dues[child + 1]! < this.#dues[child]!) child++
      if (this.#dues[child]! >= due) break
      this.#put(place, this.#tickets[child]!, this.#dues[child]!)
      place = child
    }
    this.#put(place, ticket, due)
  }

  #put(place: number, ticket: number, due: number): void {
    this.#tickets[place] = ticket
    this.#dues[place] = due
    this.#places[ticket] = place
  }
}

function enlarged<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
