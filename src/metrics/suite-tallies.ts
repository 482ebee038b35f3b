/**
 * The tallies of a whole suite: kept by scenario and step, added up on demand.
 */

import type { Scenario, Suite } from '../suite/spec.ts'
import { sumOfTallies, Tally } from './tally.ts'
import type { Window } from './window.ts'

export class SuiteTallies {
  readonly #suite: Suite
  readonly #steps: readonly Tally[][]

  constructor(suite: Suite) {
    this.#suite = suite
    this.#steps = suite.scenarios.map((scenario) => stepNames(scenario).map(() => new Tally()))
  }

  /** Whether a window belongs to a scenario of this suite. */
  has(window: Window): boolean {
    return window.scenario < this.#suite.scenarios.length
  }

  /** @throws VajraError `MESSAGE_INVALID` when a histogram is malformed */
  add(window: Window): void {
    const steps = this.#steps[window.scenario]!
    while (steps.length <= window.step) steps.push(new Tally())
    steps[window.step]!.addWindow(window)
  }

  /** Tallies of a scenario's steps, in order. */
  steps(scenario: number): readonly Tally[] {
    return this.#steps[scenario]!
  }

  /** Sum over each scenario's steps, in the suite's order. */
  scenarios(): readonly Tally[] {
    return this.#steps.map((steps) => sumOfTallies(steps))
  }
}

/** What a scenario's steps are called. */
export function stepNames(scenario: Scenario): readonly string[] {
  return scenario.steps.map(({ name }) => name)
}

/** Name of a step; a number for one the suite does not name. */
export function stepName(scenario: Scenario, step: number): string {
  return stepNames(scenario)[step] ?? `step ${step + 1}`
}
