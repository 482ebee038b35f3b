/** What is known of iterations in progress, by ticket: arrays that grow together. */

const FIRST_CAPACITY = 64

/** Where an iteration is. */
export const IDLE = 0
/** It thinks, or waits until steps may be fired. */
export const WAITING = 1
/** Its step is being handed to the step's lane. */
export const FIRING = 2
/** Its step ended before it was handed over altogether. */
export const ENDED_EARLY = 3
export const IN_FLIGHT = 4

export class IterationTable {
  #capacity = FIRST_CAPACITY
  state = new Uint8Array(FIRST_CAPACITY)
  /** 1 for one of the warm-up. */
  warmup = new Uint8Array(FIRST_CAPACITY)
  branch = new Uint16Array(FIRST_CAPACITY)
  /** Place of its step in the branch. */
  position = new Uint16Array(FIRST_CAPACITY)
  /** How often that step has been taken in a row. */
  rounds = new Uint16Array(FIRST_CAPACITY)
  /** Number of the arrival, or of the user's iteration. */
  index = new Float64Array(FIRST_CAPACITY)
  user = new Int32Array(FIRST_CAPACITY)
  /** Time the latency of its step counts from. */
  plannedAt = new Float64Array(FIRST_CAPACITY)
  /** Time the lateness of its step counts from. */
  dueAt = new Float64Array(FIRST_CAPACITY)
  sentAt = new Float64Array(FIRST_CAPACITY)
  /** Of all its steps so far. */
  bytesSent = new Float64Array(FIRST_CAPACITY)
  bytesReceived = new Float64Array(FIRST_CAPACITY)
  /** How its last step ended. */
  readonly kind: (string | null)[] = []

  /** Makes room for a ticket. */
  reserve(ticket: number): void {
    if (ticket < this.#capacity) return
    const capacity = Math.max(ticket + 1, this.#capacity * 2)
    this.state = enlarged(this.state, new Uint8Array(capacity))
    this.warmup = enlarged(this.warmup, new Uint8Array(capacity))
    this.branch = enlarged(this.branch, new Uint16Array(capacity))
    this.position = enlarged(this.position, new Uint16Array(capacity))
    this.rounds = enlarged(this.rounds, new Uint16Array(capacity))
    this.index = enlarged(this.index, new Float64Array(capacity))
    this.user = enlarged(this.user, new Int32Array(capacity))
    this.plannedAt = enlarged(this.plannedAt, new Float64Array(capacity))
    this.dueAt = enlarged(this.dueAt, new Float64Array(capacity))
    this.sentAt = enlarged(this.sentAt, new Float64Array(capacity))
    this.bytesSent = enlarged(this.bytesSent, new Float64Array(capacity))
    this.bytesReceived = enlarged(this.bytesReceived, new Float64Array(capacity))
    this.#capacity = capacity
  }
}

type Cells = Uint8Array | Uint16Array | Int32Array | Float64Array

function enlarged<T extends Cells>(from: T, to: T): T {
  to.set(from)
  return to
}
