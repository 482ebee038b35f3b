/** How many arrivals a suite plans: what the windows of a run are held against. */

import type { RunMs } from '../base/clock.ts'
import { deriveSeed } from '../base/random.ts'
import { type ArrivalPlan, planArrivals } from '../load/arrivals.ts'
import type { Suite } from '../suite/spec.ts'

export class PlannedArrivals {
  readonly #suite: Suite
  readonly #seed: number
  readonly #plans = new Map<number, ArrivalPlan>()

  /** @param seed the run's, of which each scenario has its own derived */
  constructor(suite: Suite, seed: number) {
    this.#suite = suite
    this.#seed = seed
  }

  /** Arrivals of a scenario's measured part in [from, to) of run time; null for users, whose arrivals nobody plans. */
  count(scenario: number, from: RunMs, to: RunMs): number | null {
    const { load, startMs, durationMs } = this.#suite.scenarios[scenario]!
    if (load.model === 'closed') return null
    const first = Math.max(load.warmupMs, from - startMs)
    const last = Math.min(durationMs, to - startMs)
    if (last <= first) return 0
    let plan = this.#plans.get(scenario)
    if (plan === undefined) {
      // The number of slots decides who fires an arrival, not how many there are.
      plan = planArrivals(load, 1, deriveSeed(this.#seed, scenario))
      this.#plans.set(scenario, plan)
    }
    return plan.count(first, last)
  }
}
