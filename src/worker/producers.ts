/** The scenarios of a run on one thread, where some run an iteration for others: those that use what they store. */

import type { Lane } from '../journey/lane.ts'
import { HoldingLane, type HoldingOptions } from './holding-lane.ts'

/** User of an iteration that is run because others use what it stores. */
export const PRODUCER = -2

export class Producers {
  readonly #producing: (() => boolean)[] = []
  readonly #holding: HoldingLane[] = []

  /** @param produce runs an iteration of a scenario for {@link PRODUCER}; false where there is no room for one */
  add(scenario: number, produce: () => boolean): void {
    this.#producing[scenario] = produce
  }

  /** A lane whose iterations wait for what they use. */
  hold(lane: Lane, options: Omit<HoldingOptions, 'produce'>): Lane {
    const produce = (scenario: number): boolean => this.#producing[scenario]?.() === true
    const holding = new HoldingLane(lane, { ...options, produce })
    this.#holding.push(holding)
    return holding
  }

  /** An iteration for {@link PRODUCER} has ended. */
  done(scenario: number): void {
    for (const lane of this.#holding) lane.produced(scenario)
  }
}
