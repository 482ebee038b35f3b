/** How often something may be asked for: so many times at once, and then at a steady rate (a token bucket). */

import type { MonotonicMs } from '../base/clock.ts'

export class AskLimit {
  readonly #most: number
  readonly #everyMs: number
  #left: number
  #at: MonotonicMs

  /**
   * @param most at once
   * @param everyMs one more after so many milliseconds
   */
  constructor(most: number, everyMs: number, now: MonotonicMs) {
    this.#most = most
    this.#everyMs = everyMs
    this.#left = most
    this.#at = now
  }

  /** Takes one; false when there is none left. */
  take(now: MonotonicMs): boolean {
    this.#left = Math.min(this.#most, this.#left + (now - this.#at) / this.#everyMs)
    this.#at = now
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
