/**
 * The tallies of a whole suite: kept by scenario and step, added up on demand. Iterations are kept apart from requests.
 */

import { hasIterations } from '../suite/journey-spec.ts'
import type { Suite } from '../suite/spec.ts'
import { type IterationSteps, iterationSteps, requestsOf } from './iterations.ts'
import { sumOfTallies, Tally } from './tally.ts'
import type { Window } from './window.ts'

/** The tallies of one scenario. */
interface ScenarioTallies {
  readonly steps: readonly Tally[]
  /** Null where every iteration is one request. */
  readonly iterations: Tally | null
  /** Requests of iterations that never began. */
  readonly unfired: Tally | null
}

export class SuiteTallies {
  readonly #iterationSteps: IterationSteps
  readonly #scenarios: readonly ScenarioTallies[]

  constructor(suite: Suite) {
    this.#iterationSteps = iterationSteps(suite)
    this.#scenarios = suite.scenarios.map((scenario) => ({
      steps: scenario.steps.map(() => new Tally()),
      iterations: hasIterations(scenario) ? new Tally() : null,
      unfired: hasIterations(scenario) ? new Tally() : null,
    }))
  }

  /** Adds a window that is of this suite. @throws VajraError `MESSAGE_INVALID` when a histogram is malformed */
  add(window: Window): void {
    const { steps, iterations, unfired } = this.#scenarios[window.scenario]!
    const step = steps[window.step]
    if (step !== undefined) {
      step.addWindow(window)
      return
    }
    iterations?.addWindow(window)
    unfired?.addWindow(requestsOf(window, this.#iterationSteps))
  }

  /** Tallies of a scenario's steps, in order. */
  steps(scenario: number): readonly Tally[] {
    return this.#scenarios[scenario]!.steps
  }

  /** What windows of a scenario and step add up to; undefined for a step that the suite has not. */
  of(scenario: number, step: number): Tally | undefined {
    const { steps, iterations } = this.#scenarios[scenario]!
    return step === this.#iterationSteps[scenario] ? (iterations ?? undefined) : steps[step]
  }

  /** Of a scenario's iterations; null where every iteration is one request. */
  iterations(scenario: number): Tally | null {
    return this.#scenarios[scenario]!.iterations
  }

  /** Requests of a scenario: the sum over its steps, and one for every iteration that was dropped. */
  requests(scenario: number): Tally {
    const { steps, unfired } = this.#scenarios[scenario]!
    return sumOfTallies(unfired === null ? steps : [...steps, unfired])
  }
}

/** Whether a window is of a scenario and step of a suite; others are of a version that knows more. */
export function isKnown({ scenario, step }: Window, { scenarios }: Suite): boolean {
  const known = scenarios[scenario]
  return known !== undefined && (step < known.steps.length || (step === known.steps.length && hasIterations(known)))
}
