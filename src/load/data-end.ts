/**
 * Loads that end with their rows (`onEnd: stop`): of a scenario's arrivals only the first so many are planned, whoever
 * fires them. Known to everybody before the start, as all of the plan is.
 */

import type { OpenLoad, Scenario, Suite } from '../suite/spec.ts'
import type { ArrivalCursor, ArrivalPlan } from './arrival-plan.ts'
import { createProfile, type Profile } from './profile.ts'

/** Of a scenario: how many arrivals of the whole mesh it has rows for, the warm-up's included, and when it ends. */
type RowsEnd = Pick<Scenario, 'iterations' | 'durationMs'>

/**
 * A plan's arrivals, up to the end of the rows, and of the scenario: a load that was made less while it went on does not
 * reach the end of its rows by then, and goes on no longer all the same.
 */
export function upToRows(plan: ArrivalPlan, { iterations, durationMs }: RowsEnd): ArrivalPlan {
  if (iterations === undefined) return plan
  const before = (ms: number) => Math.min(iterations, plan.count(0, Math.min(ms, durationMs)))
  return {
    rank: (index) => plan.rank(index),
    count: (fromMs, toMs) => (fromMs < toMs ? before(toMs) - before(fromMs) : 0),
    cursor: (held, fromMs) => new EndingCursor(plan, plan.cursor(held, fromMs), iterations, durationMs),
  }
}

class EndingCursor implements ArrivalCursor {
  readonly #plan: ArrivalPlan
  readonly #cursor: ArrivalCursor
  readonly #most: number
  readonly #endMs: number
  #ended = false

  constructor(plan: ArrivalPlan, cursor: ArrivalCursor, most: number, endMs: number) {
    this.#plan = plan
    this.#cursor = cursor
    this.#most = most
    this.#endMs = endMs
  }

  get at(): number {
    return this.#cursor.at
  }

  get index(): number {
    return this.#cursor.index
  }

  get slot(): number {
    return this.#cursor.slot
  }

  next(): boolean {
    if (this.#ended || !this.#cursor.next()) return false
    this.#ended = this.#cursor.at >= this.#endMs || this.#plan.rank(this.#cursor.index) >= this.#most
    return !this.#ended
  }
}

/** A number of Poisson arrivals is over by when so many are expected, in all but one of 10^11 runs. */
const SURELY = 7

/**
 * The suite with every scenario as long as its rows last, and in a sequential one with those after it as much earlier.
 */
export function endWithRows(suite: Suite): Suite {
  if (suite.scenarios.every(({ iterations }) => iterations === undefined)) return suite
  let earlier = 0
  const scenarios = suite.scenarios.map((scenario) => {
    const durationMs = lengthOf(scenario)
    const moved = { ...scenario, startMs: scenario.startMs - earlier, durationMs }
    if (suite.mode === 'sequential') earlier += scenario.durationMs - durationMs
    return moved
  })
  const durationMs = Math.max(...scenarios.map(({ startMs, durationMs: length }) => startMs + length))
  return Object.freeze({ ...suite, scenarios: Object.freeze(scenarios.map((each) => Object.freeze(each))), durationMs })
}

function lengthOf({ load, durationMs, iterations }: Scenario): number {
  if (iterations === undefined || load.model === 'closed') return durationMs
  const end = rowsEndMs(load, createProfile(load), iterations)
  return end === null ? durationMs : Math.min(durationMs, end)
}

/**
 * When so many rows are used up, in whole milliseconds of scenario time; null for a profile that ends before.
 *
 * @param profile of that load, or what became of it as it was changed
 */
export function rowsEndMs({ warmupMs, arrivals }: OpenLoad, profile: Profile, iterations: number): number | null {
  // The first arrival without a row would come at half an arrival more.
  const expected = arrivals === 'even' ? iterations + 0.5 : iterations + SURELY * Math.sqrt(iterations) + 25
  return expected >= profile.totalArrivals ? null : Math.max(warmupMs, Math.ceil(profile.timeOf(expected)))
}
