/**
 * The report's document: the contract with users, field by field. Times are milliseconds; `at` is run time.
 */

import type { RunMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import type { PacingMode } from '../base/pacing.ts'
import type { HttpDriverName } from '../suite/spec.ts'
import type { CheckTotals } from './check-tally.ts'
import type { ChoreReport, LoadRevision } from './run-course.ts'

/** States of a run; they only move forward. */
export type RunStatus = 'created' | 'distributing' | 'running' | 'stopping' | 'completed' | 'failed' | 'stopped'

/** Something that happened to a run, told by its coordinator, the same on every node. */
export interface RunEvent {
  /** Run time; negative or 0 before the start. */
  readonly at: RunMs
  readonly kind:
    | 'run-created'
    | 'run-distributing'
    | 'run-started'
    | 'run-stopping'
    | 'run-ended'
    | 'node-joined'
    | 'node-left'
    | 'node-lost'
    | 'node-failed'
    | 'coordinator-changed'
    | 'shares-moved'
    | 'shares-revised'
    | 'scaled'
    | 'setup-done'
    | 'setup-failed'
    | 'teardown-done'
    | 'teardown-failed'
    | 'node-paused'
    | 'node-resumed'
    | 'threshold-crossed'
    | 'data-ended'
  /** Name of the node it is about, if any. */
  readonly node?: string
  readonly bootId?: BootId
  /** The threshold it is about, if any: its place in the suite, and what was observed. */
  readonly threshold?: { readonly index: number; readonly observed: number | null }
  /** One sentence for people. */
  readonly message: string
}

/** Summary of a histogram, in milliseconds. All 0 when nothing was recorded. */
export interface LatencySummary {
  readonly unit: 'ms'
  readonly min: number
  readonly mean: number
  readonly stddev: number
  readonly p50: number
  readonly p75: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly p99_9: number
  readonly max: number
}

export interface Totals {
  readonly scheduled: number
  readonly sent: number
  readonly dropped: number
  readonly succeeded: number
  readonly failed: number
  /** Planned by nodes that were lost, with nobody left to say what became of it. */
  readonly unaccounted: number
  /** Requests sent per second of the measured part. */
  readonly rate: number
  readonly bytesSent: number
  readonly bytesReceived: number
  /** From the planned start. */
  readonly latency: LatencySummary
  /** From the actual send. */
  readonly serviceTime: LatencySummary
  /** From the planned start to the actual send: the generator's own delay. */
  readonly lateness: LatencySummary
  readonly errors: Readonly<Record<string, number>>
  /** Checks of answers; missing where there were none. */
  readonly checks?: CheckTotals
}

export interface NodeCoverage {
  readonly node: string
  readonly bootId: BootId
  /** Window batches held from this node. */
  readonly windows: number
  /** Requests this node is known to have sent, warm-up included. */
  readonly requests: number
  readonly firstAt: RunMs | null
  readonly lastAt: RunMs | null
  /** The node was lost: what it did after its last window is not known. */
  readonly lost: boolean
  /** How its load threads waited for arrivals; mixed when it changed. Null when it sent nothing measured. */
  readonly pacing: PacingMode | 'mixed' | null
}

/** A node could not generate its load: what the report shows is, in part, the generator and not the target. */
export interface GeneratorSaturation {
  readonly node: string
  readonly bootId: BootId
  /**
   * `lateness`: the 99th percentile of its lateness. `event-loop`: the event loop of its busiest load thread worked
   * without a rest. `cpu`: a load thread could have run and had no CPU.
   */
  readonly reason: 'lateness' | 'event-loop' | 'cpu'
  /** The 99th percentile in milliseconds, or the part of the time in percent, as the mean of `seconds`. */
  readonly observed: number
  readonly unit: 'ms' | '%'
  /** What it must stay below. */
  readonly bound: number
  /** Seconds in which it did not; null for lateness, which is of the whole run. */
  readonly seconds: number | null
  /** What to do. */
  readonly hint: string
}

export interface Coverage {
  readonly windowsExpected: number
  readonly windowsReceived: number
  readonly nodes: readonly NodeCoverage[]
}

export interface TimelinePoint {
  /** Start of the second, in run time. */
  readonly at: RunMs
  readonly scheduled: number
  readonly sent: number
  readonly succeeded: number
  readonly failed: number
  readonly dropped: number
  /** Requests sent in this second. */
  readonly rate: number
  /** Latency. */
  readonly p50: number
  readonly p99: number
  readonly latenessP50: number
  readonly latenessP99: number
}

export interface ThresholdResult {
  readonly metric: string
  readonly expression: string
  readonly ok: boolean
  /**
   * The value compared; null when there was nothing to measure. With `for`: of every stretch of that length the mildest
   * second, and of these the worst; null when nothing was measured for so long.
   */
  readonly observed: number | null
  /** With `for`: the longest stretch in which it was at fault; null when there was none. */
  readonly longest?: { readonly from: RunMs; readonly seconds: number } | null
  /** This threshold stopped the run: when it was found to be crossed, and what had been observed by then. */
  readonly stoppedRun?: { readonly at: RunMs; readonly observed: number | null }
  /** Why it could not be judged. */
  readonly message?: string
}

/** How often one expectation held. */
export interface CheckReport extends CheckTotals {
  readonly name: string
}

export interface StepReport {
  readonly name: string
  /** Groups it stands in, outermost first, joined by `/`; missing for none. */
  readonly group?: string
  /** Missing where there are none. */
  readonly tags?: Readonly<Record<string, string>>
  readonly totals: Totals
  /** In the order of the suite; missing where nothing is expected. */
  readonly checks?: readonly CheckReport[]
}

export interface ScenarioReport {
  readonly name: string
  /** What sent its HTTP requests; null for scenarios of other tasks, and where steps differ in it. */
  readonly driver: HttpDriverName | null
  readonly totals: Totals
  /** Warm-up requests: shown, not part of any total. */
  readonly warmup: {
    readonly sent: number
    readonly succeeded: number
    readonly failed: number
    readonly dropped: number
  }
  /**
   * Journeys and mixes only: iterations in place of requests. Latency is from the planned start of the iteration to the
   * end of its last step, think time included; the bytes are those of its steps.
   */
  readonly iterations?: Totals
  readonly steps: readonly StepReport[]
}

export interface Report {
  readonly runId: RunId
  readonly suite: string
  readonly status: RunStatus
  /** ISO 8601 wall-clock time of the start, as the coordinator saw it; null before the start. */
  readonly startedAt: string | null
  /** From the start to the last planned arrival's end of profile, or to where the run was stopped. */
  readonly durationMs: number
  /** A node was lost or a share had to move. */
  readonly degraded: boolean
  /** Every window of every node is in this report. */
  readonly complete: boolean
  readonly coverage: Coverage
  /** Nodes that could not generate their load, by name; empty when all could. */
  readonly generatorSaturated: readonly GeneratorSaturation[]
  /** Where the suite has one that was begun. */
  readonly setup?: ChoreReport
  readonly teardown?: ChoreReport
  readonly totals: Totals
  readonly scenarios: readonly ScenarioReport[]
  readonly thresholds: readonly ThresholdResult[]
  readonly events: readonly RunEvent[]
  readonly timeline: readonly TimelinePoint[]
  /** SHA-256 (hex) of this document without the digest, in canonical JSON: equal on every node that holds the run. */
  readonly digest: string
}

/** What a node took part with, as the run's final share table says: the manifest a report is made from. */
export interface Participation {
  readonly bootId: BootId
  readonly node: string
  /** First second in which the node had a share; -1 when it never did. */
  readonly firstSequence: number
  /** Last window batch that belongs to the run; firstSequence - 1 when there is none. */
  readonly lastSequence: number
  /** Run time at which a lost node was given up (its share moved, or the run ended); null when it was not lost. */
  readonly lostAt: RunMs | null
}

/** Everything a report is a function of, besides the windows. */
export interface ReportHeader {
  readonly runId: RunId
  readonly status: RunStatus
  readonly startedAt: string | null
  readonly durationMs: number
  readonly degraded: boolean
  readonly participants: readonly Participation[]
  readonly events: readonly RunEvent[]
  /** Null where the suite has none, or it was not begun. */
  readonly setup: ChoreReport | null
  readonly teardown: ChoreReport | null
  /** Changes of the load that took effect, in the order of their times. */
  readonly revisions: readonly LoadRevision[]
  /** The run has ended and the participants' last sequences are settled. */
  readonly settled: boolean
}
