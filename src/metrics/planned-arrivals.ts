/** How many arrivals a suite plans: what the windows of a run are held against. */

import type { RunMs } from '../base/clock.ts'
import { deriveSeed } from '../base/random.ts'
import { type ArrivalPlan, planArrivals } from '../load/arrivals.ts'
import { upToRows } from '../load/data-end.ts'
import type { Suite } from '../suite/spec.ts'
import type { LoadRevision } from './run-course.ts'

export class PlannedArrivals {
  readonly #suite: Suite
  readonly #seed: number
  readonly #plans = new Map<number, ArrivalPlan>()
  #revisions: readonly LoadRevision[]

  /**
   * @param seed the run's, of which each scenario has its own derived
   * @param revisions changes of the load, in the order of their times
   */
  constructor(suite: Suite, seed: number, revisions: readonly LoadRevision[] = []) {
    this.#suite = suite
    this.#seed = seed
    this.#revisions = revisions
  }

  /** The load of a run that goes on was changed: all changes so far. */
  revise(revisions: readonly LoadRevision[]): void {
    if (revisions.length === this.#revisions.length) return
    this.#revisions = revisions
    this.#plans.clear()
  }

  /** Arrivals of a scenario's measured part in [from, to) of run time; null for users, whose arrivals nobody plans. */
  count(scenario: number, from: RunMs, to: RunMs): number | null {
    const planned = this.#suite.scenarios[scenario]!
    const { load, startMs, durationMs } = planned
    if (load.model === 'closed') return null
    const first = Math.max(load.warmupMs, from - startMs)
    const last = Math.min(durationMs, to - startMs)
    if (last <= first) return 0
    let plan = this.#plans.get(scenario)
    if (plan === undefined) {
      // The number of slots decides who fires an arrival, not how many there are.
      const own = this.#revisions.filter((revision) => revision.scenario === scenario)
      const revisions = own.map(({ at, value }) => ({ at: at - startMs, value }))
      plan = upToRows(planArrivals(load, 1, deriveSeed(this.#seed, scenario), revisions), planned)
      this.#plans.set(scenario, plan)
    }
    return plan.count(first, last)
  }
}
