/**
 * A window: one second of one node's measurements for one scenario and step. Immutable; known by its identity, so
 * that merging replaces and never adds twice.
 */

import type { RunMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import type { PacingMode } from '../base/pacing.ts'

/** Counters of requests, or of iterations. An arrival is counted when it is planned, an answer when it comes. */
export interface Counts {
  /** Arrivals planned in this window. */
  readonly scheduled: number
  readonly sent: number
  /** Arrivals that were not sent: no room in flight, or the lease had lapsed. */
  readonly dropped: number
  readonly succeeded: number
  readonly failed: number
}

/**
 * A histogram on the wire: HDR V2 encoding (3 significant digits, 1 to 3,600,000,000 microseconds), with what the
 * buckets cannot say.
 */
export interface EncodedHistogram {
  /** HdrHistogram V2 encoding, not compressed; empty when `count` is 0. */
  readonly data: Uint8Array
  readonly count: number
  /** Smallest value in microseconds; 0 when empty. */
  readonly min: number
  /** Largest value in microseconds; 0 when empty. */
  readonly max: number
  /** Sum of all values in microseconds: an integer, exact up to 2^53. */
  readonly sum: number
}

/** How often an expectation held and did not, in that order. */
export type CheckCounts = readonly [passed: number, failed: number]

/** One second of one scenario and step on one node. All but `warmup` and `inFlight` is of the measured part only. */
export interface Window {
  /** Index of the scenario in its suite. */
  readonly scenario: number
  /**
   * Index of the step in its scenario; 0 for a scenario of one task. In a journey or a mix, the number of steps stands
   * for whole iterations.
   */
  readonly step: number
  readonly counts: Counts
  /** The same for the warm-up, which is shown but not part of the results. */
  readonly warmup: Counts
  /** Failures by kind; at most `LIMITS.errorKinds`, of at most `LIMITS.errorKindLength` characters. */
  readonly errors: Readonly<Record<string, number>>
  /** Checks of answers by the index of the expectation in its step; missing where there are none. */
  readonly checks?: readonly CheckCounts[]
  /** From the planned start to the end of the answer. */
  readonly latency: EncodedHistogram
  /** From the actual send to the end of the answer. */
  readonly serviceTime: EncodedHistogram
  /** From the planned start to the actual send: how late the generator was. */
  readonly lateness: EncodedHistogram
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Requests in flight at the end of the window. */
  readonly inFlight: number
  /** Run time of the first and last send in this window; -1 when nothing was sent. */
  readonly firstAt: RunMs
  readonly lastAt: RunMs
}

/** How a node's load threads fared in one second: what tells whether the node could generate its load. */
export interface GeneratorSecond {
  /** How they waited for arrivals; mixed when some did otherwise than others. */
  readonly pacing: PacingMode | 'mixed'
  /** Part of the second in which the event loop of the busiest one worked, in thousandths; waiting is no work. */
  readonly busy: number
  /** Part of the second in which the one with the least CPU could have run and had none, in thousandths. */
  readonly starved: number
}

/**
 * All windows of one node for one second of a run: the unit that is stored, sent and asked for. Window identity is
 * (runId, bootId, scenario, step, sequence). A node's sequences are contiguous from its first; seconds without
 * traffic are batches without windows.
 */
export interface WindowBatch {
  readonly runId: RunId
  readonly bootId: BootId
  /** Second of the run: the batch covers [1000 sequence, 1000 (sequence + 1)) in run time. */
  readonly sequence: number
  readonly windows: readonly Window[]
  /** Missing where nobody measured it: in batches of before wire version 2, and of seconds that were none. */
  readonly generator?: GeneratorSecond
}

export const ZERO_COUNTS: Counts = Object.freeze({ scheduled: 0, sent: 0, dropped: 0, succeeded: 0, failed: 0 })

export const EMPTY_HISTOGRAM: EncodedHistogram = Object.freeze({
  data: new Uint8Array(0),
  count: 0,
  min: 0,
  max: 0,
  sum: 0,
})

/** What a window tells beside its counts, where no request was sent and none has ended. */
export const NOTHING_MEASURED: Omit<Window, 'scenario' | 'step' | 'counts' | 'warmup' | 'checks'> = Object.freeze({
  errors: Object.freeze({}),
  latency: EMPTY_HISTOGRAM,
  serviceTime: EMPTY_HISTOGRAM,
  lateness: EMPTY_HISTOGRAM,
  bytesSent: 0,
  bytesReceived: 0,
  inFlight: 0,
  firstAt: -1,
  lastAt: -1,
})

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    scheduled: a.scheduled + b.scheduled,
    sent: a.sent + b.sent,
    dropped: a.dropped + b.dropped,
    succeeded: a.succeeded + b.succeeded,
    failed: a.failed + b.failed,
  }
}
