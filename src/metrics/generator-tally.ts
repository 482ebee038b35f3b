/**
 * How one node generated its load, from its windows: what tells whether the figures are the target's or the
 * generator's own. Only seconds count in which something measured was sent.
 */

import type { PacingMode } from '../base/pacing.ts'
import { highestValue } from './bucket-layout.ts'
import { rankOf } from './histogram.ts'
import { decodeHistogram } from './histogram-codec.ts'
import { microsToMs } from './rounding.ts'
import type { GeneratorSecond, WindowBatch } from './window.ts'

/** A node is saturated when its 99th percentile of lateness is above this, in milliseconds. */
export const LATE_MS = 10
/** An event loop that worked for this part of a second, in thousandths, had no room for more. */
export const BUSY_THOUSANDTHS = 900
/** A load thread that had no CPU for this part of a second, in thousandths, though it could have run. */
export const STARVED_THOUSANDTHS = 250
/** Parts of the seconds that must be as bad: a hiccup is none. */
const BAD_SECONDS_PART = 0.1
/** And how many at least. */
const BAD_SECONDS = 2

const LATE_MICROS = LATE_MS * 1000

/** Seconds of one kind that were as bad as the bound or worse. */
class BadSeconds {
  count = 0
  #sum = 0
  readonly #bound: number

  constructor(bound: number) {
    this.#bound = bound
  }

  add(thousandths: number): void {
    if (thousandths < this.#bound) return
    this.count++
    this.#sum += thousandths
  }

  /** Mean of the bad ones, in percent; null unless there are enough of them. */
  percentOf(seconds: number): number | null {
    if (this.count < BAD_SECONDS || this.count < seconds * BAD_SECONDS_PART) return null
    return Math.round(this.#sum / this.count) / 10
  }
}

/** What was too much. */
export interface Saturation {
  readonly reason: 'lateness' | 'event-loop' | 'cpu'
  /** 99th percentile of lateness in milliseconds, or the mean of the bad seconds in percent. */
  readonly observed: number
  /** Bad seconds; null for lateness, which is of all requests. */
  readonly seconds: number | null
}

export class GeneratorTally {
  readonly #modes = new Set<GeneratorSecond['pacing']>()
  /** Seconds that were measured. */
  #seconds = 0
  readonly #busy = new BadSeconds(BUSY_THOUSANDTHS)
  readonly #starved = new BadSeconds(STARVED_THOUSANDTHS)
  #sends = 0
  /** Sends later than the bound, by bucket: a node that is not late has next to none. */
  readonly #late = new Map<number, number>()
  #latest = 0

  /** @throws VajraError `MESSAGE_INVALID` when a histogram is malformed */
  add({ windows, generator }: WindowBatch): void {
    let fired = false
    for (const { counts, lateness } of windows) {
      fired ||= counts.sent > 0
      this.#sends += lateness.count
      if (lateness.max <= LATE_MICROS) continue
      this.#latest = Math.max(this.#latest, lateness.max)
      const { length, indexes, counts: values } = decodeHistogram(lateness)
      for (let at = length - 1; at >= 0 && highestValue(indexes[at]!) > LATE_MICROS; at--) {
        this.#late.set(indexes[at]!, (this.#late.get(indexes[at]!) ?? 0) + values[at]!)
      }
    }
    if (!fired || generator === undefined) return
    this.#modes.add(generator.pacing)
    this.#seconds++
    this.#busy.add(generator.busy)
    this.#starved.add(generator.starved)
  }

  /** The pacing that ran; null when nothing measured was sent, or nobody told. */
  get pacing(): PacingMode | 'mixed' | null {
    const [mode] = this.#modes
    if (mode === undefined) return null
    return this.#modes.size === 1 ? mode : 'mixed'
  }

  /** Whether something measured was sent. */
  get fired(): boolean {
    return this.#sends > 0
  }

  /** What was too much, worst evidence first; nothing for a generator that kept up. */
  saturations(): Saturation[] {
    const late = this.#lateP99()
    const busy = this.#busy.percentOf(this.#seconds)
    const starved = this.#starved.percentOf(this.#seconds)
    const found: Saturation[] = []
    if (late > LATE_MS) found.push({ reason: 'lateness', observed: late, seconds: null })
    if (busy !== null) found.push({ reason: 'event-loop', observed: busy, seconds: this.#busy.count })
    if (starved !== null) found.push({ reason: 'cpu', observed: starved, seconds: this.#starved.count })
    return found
  }

  /** In milliseconds, the same figure as from a histogram of all sends; 0 when it is within the bound. */
  #lateP99(): number {
    if (this.#late.size === 0) return 0
    let fromTop = this.#sends - rankOf(99, this.#sends)
    for (const [index, count] of [...this.#late].sort(([a], [b]) => b - a)) {
      fromTop -= count
      if (fromTop < 0) return microsToMs(Math.min(this.#latest, highestValue(index)))
    }
    return 0
  }
}

/** Whether a node could not generate its load in one second: by the bounds that hold for runs, with no second spared. */
export function isSaturatedSecond(batch: WindowBatch): boolean {
  const { generator } = batch
  if (generator !== undefined && (generator.busy >= BUSY_THOUSANDTHS || generator.starved >= STARVED_THOUSANDTHS)) {
    return true
  }
  const second = new GeneratorTally()
  second.add(batch)
  return second.saturations().length > 0
}
