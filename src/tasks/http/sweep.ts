/** Looks for requests that have taken too long: one timer for all in flight, and none while there are none. */

/** A time-out is noticed at most this much late, or an eighth of itself if that is less. */
const SWEEP_MS = 50
const SHORTEST_SWEEP_MS = 5

export class Sweep {
  readonly #periodMs: number
  readonly #look: (now: number) => boolean
  #waiting = false
  #stopped = false

  /**
   * @param timeoutMs the shortest time to be looked for
   * @param look ends what is overdue at a time, in milliseconds of `performance.now()`; true while more is in flight
   */
  constructor(timeoutMs: number, look: (now: number) => boolean) {
    this.#periodMs = Math.max(SHORTEST_SWEEP_MS, Math.min(SWEEP_MS, timeoutMs / 8))
    this.#look = look
  }

  /** Something is in flight. */
  wake(): void {
    if (this.#waiting) return
    this.#waiting = true
    setTimeout(() => this.#turn(), this.#periodMs).unref()
  }

  stop(): void {
    this.#stopped = true
  }

  #turn(): void {
    this.#waiting = false
    if (!this.#stopped && this.#look(performance.now())) this.wake()
  }
}
