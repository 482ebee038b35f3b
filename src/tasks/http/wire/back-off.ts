/**
 * How long users of a closed load wait before they try a target again that does not take connections, so that those who
 * do not think between iterations do not hammer it. The first wait is 10 ms; every further failure in a row doubles it,
 * up to 1 s. Half of it is random, so that users do not come back all at once. A request of an open load is never held
 * back: its rate is the one that was asked for.
 */

const FIRST_MS = 10
const LONGEST_MS = 1000
const MOST_DOUBLINGS = Math.ceil(Math.log2(LONGEST_MS / FIRST_MS))

export class BackOff {
  readonly #longestMs: number
  readonly #random: () => number
  /** Failures in a row by user; empty until one fails. */
  #failures = new Uint8Array(0)

  /**
   * @param timeoutMs of a request: half of it is not exceeded
   * @param random from 0 to below 1
   */
  constructor(timeoutMs: number, random: () => number = Math.random) {
    this.#longestMs = Math.min(LONGEST_MS, timeoutMs / 2)
    this.#random = random
  }

  /** How long the user's next request has to wait, in milliseconds; -1 for no user. */
  delayOf(user: number): number {
    const failures = this.#failures[user] ?? 0
    if (failures === 0) return 0
    const whole = Math.min(this.#longestMs, FIRST_MS * 2 ** (failures - 1))
    return (whole * (1 + this.#random())) / 2
  }

  failed(user: number): void {
    if (user < 0) return
    if (user >= this.#failures.length) this.#grow(user + 1)
    this.#failures[user] = Math.min(this.#failures[user]! + 1, MOST_DOUBLINGS + 1)
  }

  succeeded(user: number): void {
    if (user >= 0 && user < this.#failures.length) this.#failures[user] = 0
  }

  #grow(least: number): void {
    const failures = new Uint8Array(Math.max(least, this.#failures.length * 2))
    failures.set(this.#failures)
    this.#failures = failures
  }
}
