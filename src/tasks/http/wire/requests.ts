/** What the lane knows of each request by its ticket: arrays that are reused, so that a request allocates nothing. */

import type { WireConnection } from './wire-connection.ts'

/** Where a request is. */
export const IDLE = 0
/** Held back, until its time has come. */
export const HELD = 1
/** For a connection. */
export const WAITING = 2
export const SENT = 3

const FIRST_CAPACITY = 64

export class Requests {
  #size = 0
  /** One of {@link IDLE}, {@link HELD}, {@link WAITING} and {@link SENT}. */
  state = new Uint8Array(FIRST_CAPACITY)
  user = new Int32Array(FIRST_CAPACITY)
  /** When it was fired. */
  startedAt = new Float64Array(FIRST_CAPACITY)
  /** When it was sent; of one that is held back, when it is let go. */
  partAt = new Float64Array(FIRST_CAPACITY)
  /** Octets that were sent: a later request may be longer, once a token was renewed. */
  bytes = new Float64Array(FIRST_CAPACITY)
  /** Which connection it was sent on. */
  readonly connection: (WireConnection | null)[] = []

  /** Tickets are below this. */
  get size(): number {
    return this.#size
  }

  begin(ticket: number, now: number, user: number): void {
    if (ticket >= this.#size) this.#add(ticket)
    this.startedAt[ticket] = now
    this.user[ticket] = user
  }

  #add(ticket: number): void {
    while (this.#size <= ticket) {
      this.connection.push(null)
      this.#size++
    }
    let capacity = this.state.length
    if (this.#size <= capacity) return
    while (capacity < this.#size) capacity *= 2
    this.state = enlarged(this.state, new Uint8Array(capacity))
    this.user = enlarged(this.user, new Int32Array(capacity))
    this.startedAt = enlarged(this.startedAt, new Float64Array(capacity))
    this.partAt = enlarged(this.partAt, new Float64Array(capacity))
    this.bytes = enlarged(this.bytes, new Float64Array(capacity))
  }
}

function enlarged<T extends Uint8Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from)
  return to
}
