/**
 * What a load thread's time goes to. Its event loop counts as active whenever it does not sleep, also while it spins
 * waiting for an arrival, so that is told apart: a turn of the loop that did nothing is over within about the time of
 * the shortest one seen.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { PacingMode } from '../base/pacing.ts'
import type { ThreadSecond } from './messages.ts'

/** A turn of the loop longer than so many of the shortest did something. */
const IDLE_TURNS = 4
/** The shortest turn seen is forgotten by this part with every turn, or one lucky reading would count for ever. */
const FORGET = 1e-5
/** Of a shorter time there is nothing to say. */
const SHORTEST_MS = 1

/** Sums since the thread began, in milliseconds. */
export interface ThreadTimes {
  /** During which the event loop did not sleep. */
  readonly activeMs: number
  /** CPU time. */
  readonly cpuMs: number
}

export interface ThreadMeterOptions {
  readonly clock: () => MonotonicMs
  readonly times: () => ThreadTimes
  /** The mode the thread is in now. */
  readonly mode: () => PacingMode
}

/** A reading, to be held against a later one. */
export interface MeterReading extends ThreadTimes {
  readonly at: MonotonicMs
  readonly spunMs: number
}

export class ThreadMeter {
  readonly #options: ThreadMeterOptions
  #spunMs = 0
  #shortestMs = Number.POSITIVE_INFINITY

  constructor(options: ThreadMeterOptions) {
    this.#options = options
  }

  /** A turn of the event loop in which nothing was due. Allocates nothing. @param ms how long it took */
  turned(ms: number): void {
    this.#shortestMs *= 1 + FORGET
    if (ms < this.#shortestMs) this.#shortestMs = ms
    if (ms <= this.#shortestMs * IDLE_TURNS) this.#spunMs += ms
  }

  read(): MeterReading {
    return { at: this.#options.clock(), spunMs: this.#spunMs, ...this.#options.times() }
  }

  /** What the time between two readings went to; null when it was too short to say. */
  between(before: MeterReading, after: MeterReading): ThreadSecond | null {
    const elapsed = after.at - before.at
    if (elapsed < SHORTEST_MS) return null
    const part = (ms: number): number => Math.max(0, Math.min(1, ms / elapsed))
    const active = after.activeMs - before.activeMs
    const spun = after.spunMs - before.spunMs
    return {
      pacing: this.#options.mode(),
      busy: part(active - spun),
      spun: part(spun),
      starved: part(active - (after.cpuMs - before.cpuMs)),
    }
  }
}
