/**
 * What windows of one step add up to: counters, errors and histograms. Adding is exact and in any order; that a
 * window is added once is the caller's care.
 */

import { CheckTally } from './check-tally.ts'
import { ErrorTally } from './error-tally.ts'
import { Histogram } from './histogram.ts'
import { safeSum } from './rounding.ts'
import { addCounts, type Counts, type Window, ZERO_COUNTS } from './window.ts'

export class Tally {
  counts: Counts = ZERO_COUNTS
  /** The same for the warm-up; nothing else of the warm-up is kept. */
  warmup: Counts = ZERO_COUNTS
  bytesSent = 0
  bytesReceived = 0
  readonly errors = new ErrorTally()
  readonly checks = new CheckTally()
  readonly latency = Histogram.forTotals()
  readonly serviceTime = Histogram.forTotals()
  readonly lateness = Histogram.forTotals()

  /** @throws VajraError `MESSAGE_INVALID` when a histogram is malformed */
  addWindow(window: Window): void {
    this.latency.merge(window.latency)
    this.serviceTime.merge(window.serviceTime)
    this.lateness.merge(window.lateness)
    this.errors.addAll(window.errors)
    this.checks.addAll(window.checks ?? [])
    this.#addCounters(window)
  }

  addTally(other: Tally): void {
    this.latency.add(other.latency)
    this.serviceTime.add(other.serviceTime)
    this.lateness.add(other.lateness)
    this.errors.addTally(other.errors)
    this.checks.addTally(other.checks)
    this.#addCounters(other)
  }

  #addCounters(other: Pick<Window, 'counts' | 'warmup' | 'bytesSent' | 'bytesReceived'>): void {
    this.counts = addCounts(this.counts, other.counts)
    this.warmup = addCounts(this.warmup, other.warmup)
    this.bytesSent = safeSum(this.bytesSent, other.bytesSent)
    this.bytesReceived = safeSum(this.bytesReceived, other.bytesReceived)
  }
}

/** The sum of several; the one itself when there is only one. */
export function sumOfTallies(tallies: readonly Tally[]): Tally {
  if (tallies.length === 1) return tallies[0]!
  const sum = new Tally()
  for (const tally of tallies) sum.addTally(tally)
  return sum
}
