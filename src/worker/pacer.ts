/**
 * Gives a load thread its turns on time: sleeps by its alarm until shortly before, then lets the event loop turn for
 * the rest, which serves answers meanwhile. That costs at most a tenth of a millisecond of CPU a turn, and a thread
 * that sleeps is woken sooner, where others compete for the CPU, than one that never rests.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { Alarm } from './alarm.ts'

/** Sleeps shorter than this are not worth it. */
const NEAR_MS = 0.15

export interface PacerOptions {
  readonly clock: () => MonotonicMs
  /** Creates the alarm that calls back when it rings. */
  readonly alarm: (onRing: () => void) => Alarm
  /** Calls back after the event loop has looked for answers. */
  readonly yield: (callback: () => void) => void
  /** Does what is due and returns when it wants to be called next; infinity for not at all. */
  readonly turn: () => MonotonicMs
}

export class Pacer {
  readonly #options: PacerOptions
  readonly #alarm: Alarm
  #wakeAt = Number.POSITIVE_INFINITY
  #turning = false
  #yielding = false

  constructor(options: PacerOptions) {
    this.#options = options
    this.#alarm = options.alarm(() => this.#run())
  }

  /** Makes sure that there is a turn at this time or earlier; soon, if it has passed. */
  wakeBy(at: MonotonicMs): void {
    if (at >= this.#wakeAt) return
    this.#wakeAt = at
    if (!this.#turning) this.#arm()
  }

  #arm(): void {
    if (this.#yielding || this.#wakeAt === Number.POSITIVE_INFINITY) return
    if (this.#wakeAt - this.#options.clock() >= NEAR_MS) {
      this.#alarm.set(this.#wakeAt)
      return
    }
    this.#yielding = true
    this.#options.yield(this.#onYielded)
  }

  readonly #onYielded = (): void => {
    this.#yielding = false
    this.#run()
  }

  #run(): void {
    if (this.#options.clock() >= this.#wakeAt) {
      this.#wakeAt = Number.POSITIVE_INFINITY
      this.#turning = true
      const next = this.#options.turn()
      this.#turning = false
      if (next < this.#wakeAt) this.#wakeAt = next
    }
    this.#arm()
  }
}
