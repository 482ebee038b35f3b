/** What a run's table tells of its course that its report depends on. */

import type { RunMs } from '../base/clock.ts'

/** From a run time on, to its end, a scenario's load was another one than the suite says. */
export interface LoadRevision {
  /** Index into the suite's scenarios. */
  readonly scenario: number
  readonly at: RunMs
  /** Arrivals per second of an open load, users of a closed one. */
  readonly value: number
}

/** How the setup or the teardown went, which one node ran for all; its requests are no part of any total. */
export interface ChoreReport {
  readonly node: string
  readonly ok: boolean
  readonly durationMs: number
  /** Why not; null when it is. */
  readonly error: string | null
}
