/** The live view of a run, as users see it while it goes on. */

import type { RunMs } from '../base/clock.ts'
import type { RunId } from '../base/ids.ts'
import type { RunStatus, Totals } from './report-document.ts'

/** Live view of a run, made each second from the windows held so far. */
export interface LiveTotals {
  readonly runId: RunId
  readonly status: RunStatus
  /** Run time of the end of the newest second that is in here. */
  readonly at: RunMs
  readonly durationMs: number
  /** Names of the nodes that take part now. */
  readonly nodes: readonly string[]
  readonly totals: Totals
  readonly scenarios: readonly LiveScenario[]
}

export interface LiveScenario {
  readonly name: string
  readonly startMs: number
  readonly durationMs: number
  readonly warmupMs: number
  /** Requests per second in the newest full second. */
  readonly rate: number
  readonly inFlight: number
  readonly errorsPerSecond: number
  /** Of the newest full second, in milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly sent: number
  readonly failed: number
  readonly dropped: number
  /** Journeys and mixes only, as are `steps`. */
  readonly iterations?: LiveIterations
  readonly steps?: readonly LiveStep[]
}

export interface LiveIterations {
  /** Iterations begun per second in the newest full second. */
  readonly rate: number
  /** In progress at its end, those that think included. */
  readonly inFlight: number
  /** So far. */
  readonly sent: number
  readonly failed: number
  readonly dropped: number
}

/** Requests of a step so far. */
export interface LiveStep {
  readonly name: string
  readonly group?: string
  readonly sent: number
  readonly failed: number
}
