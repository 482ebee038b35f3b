/**
 * Loads that end with their rows (`onEnd: stop`): of a scenario's arrivals only the first so many are planned, whoever
 * fires them. Known to everybody before the start, as all of the plan is.
 */

import type { Scenario, Suite } from '../suite/spec.ts'
import type { ArrivalCursor, ArrivalPlan } from './arrival-plan.ts'
import { createProfile } from './profile.ts'

/**
 * A plan's arrivals, up to the end of the rows.
 *
 * @param most how many of the whole mesh, the warm-up's included; undefined for all
 */
export function upToRows(plan: ArrivalPlan, most: number | undefined): ArrivalPlan {
  if (most === undefined) return plan
  const before = (ms: number) => Math.min(most, plan.count(0, ms))
  return {
    rank: (index) => plan.rank(index),
    count: (fromMs, toMs) => (fromMs < toMs ? before(toMs) - before(fromMs) : 0),
    cursor: (held, fromMs) => new EndingCursor(plan, plan.cursor(held, fromMs), most),
  }
}

class EndingCursor implements ArrivalCursor {
  readonly #plan: ArrivalPlan
  readonly #cursor: ArrivalCursor
  readonly #most: number
  #ended = false

  constructor(plan: ArrivalPlan, cursor: ArrivalCursor, most: number) {
    this.#plan = plan
    this.#cursor = cursor
    this.#most = most
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
    this.#ended = this.#plan.rank(this.#cursor.index) >= this.#most
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
  const profile = createProfile(load)
  // The first arrival without a row would come at half an arrival more.
  const expected = load.arrivals === 'even' ? iterations + 0.5 : iterations + SURELY * Math.sqrt(iterations) + 25
  if (expected >= profile.totalArrivals) return durationMs
  return Math.min(durationMs, Math.max(load.warmupMs, Math.ceil(profile.timeOf(expected))))
}
