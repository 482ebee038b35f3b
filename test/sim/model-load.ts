/** The load of a simulated run: even arrivals, as `src/load` has them. */

import { planArrivals } from '../../src/load/arrivals.ts'
import { createProfile } from '../../src/load/profile.ts'
import { type Revision, reviseProfile } from '../../src/load/revised-profile.ts'
import { revisionsIn, type ShareTable } from '../../src/run/share-table.ts'
import type { OpenLoad } from '../../src/suite/spec.ts'

/** Load of a run: `rate` arrivals a second for `durationMs`. */
export interface ModelLoad {
  readonly rate: number
  readonly durationMs: number
}

/** When arrivals are planned, as a load was changed. */
export interface ModelPlan {
  /** Infinite for one that is not planned at all. */
  at(index: number): number
  /** How many arrivals are planned before a run time. */
  before(at: number): number
}

function openLoad({ rate, durationMs }: ModelLoad): OpenLoad {
  const segments = [{ durationMs, fromRate: rate, toRate: rate }]
  return { model: 'open', warmupMs: 0, segments, repeat: 1, arrivals: 'even', maxInFlight: 1 }
}

export function planOf(load: ModelLoad, revisions: readonly Revision[] = []): ModelPlan {
  const open = openLoad(load)
  const profile = reviseProfile(createProfile(open), revisions)
  const total = Math.max(0, Math.ceil(profile.totalArrivals - 0.5))
  const plan = planArrivals(open, 1, 0, revisions)
  return {
    at: (index) => (index < total ? profile.timeOf(index + 0.5) : Number.POSITIVE_INFINITY),
    before: (at) => plan.count(0, Math.min(at, load.durationMs)),
  }
}

/** The plan that a table tells of. */
export function planIn(load: ModelLoad, table: ShareTable): ModelPlan {
  return planOf(load, revisionsIn(table))
}
