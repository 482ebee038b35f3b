/**
 * What a thread goes by of one scenario's load: the changes that took effect, and, while another one is announced and
 * not confirmed, from when nothing is decided. All in scenario time (milliseconds).
 */

import type { RunMs } from '../base/clock.ts'
import type { Revision } from '../load/revised-profile.ts'
import type { AssignedRevision } from './messages.ts'

export interface RevisedLoad {
  readonly revisions: readonly Revision[]
  /** What is planned from then on is by neither load yet; infinite while no change is announced. */
  readonly heldFrom: number
}

export const AS_WRITTEN: RevisedLoad = Object.freeze({ revisions: [], heldFrom: Number.POSITIVE_INFINITY })

/** @param startMs run time of the scenario's start */
export function revisedLoad(all: readonly AssignedRevision[], scenario: number, startMs: RunMs): RevisedLoad {
  const own = all.filter((revision) => revision.scenario === scenario)
  const revisions = own.filter(({ confirmed }) => confirmed).map(({ at, value }) => ({ at: at - startMs, value }))
  const announced = own.find(({ confirmed }) => !confirmed)
  return { revisions, heldFrom: announced === undefined ? Number.POSITIVE_INFINITY : announced.at - startMs }
}

/** The first time for which two loads say different things; infinite when they say the same. */
export function firstDifference(a: RevisedLoad, b: RevisedLoad): number {
  const held = a.heldFrom === b.heldFrom ? Number.POSITIVE_INFINITY : Math.min(a.heldFrom, b.heldFrom)
  for (let i = 0; i < Math.max(a.revisions.length, b.revisions.length); i++) {
    const [one, other] = [a.revisions[i], b.revisions[i]]
    if (one?.at === other?.at && one?.value === other?.value) continue
    return Math.min(held, one?.at ?? Number.POSITIVE_INFINITY, other?.at ?? Number.POSITIVE_INFINITY)
  }
  return held
}

/** Whoever fires a scenario. */
interface RevisedScenario {
  /**
   * Goes by a changed load.
   *
   * @param from scenario time from which it says anything else than the one before
   * @param now run time
   */
  revise(load: RevisedLoad, from: number, now: RunMs): void
}

/** The loads of all scenarios of a run. */
export class RevisedLoads {
  readonly #starts: readonly RunMs[]
  readonly #scenarios: readonly RevisedScenario[]
  #loads: readonly RevisedLoad[]

  constructor(suite: readonly { readonly startMs: RunMs }[], scenarios: readonly RevisedScenario[]) {
    this.#starts = suite.map(({ startMs }) => startMs)
    this.#scenarios = scenarios
    this.#loads = scenarios.map(() => AS_WRITTEN)
  }

  revise(revisions: readonly AssignedRevision[], now: RunMs): void {
    this.#loads = this.#loads.map((before, index) => {
      const load = revisedLoad(revisions, index, this.#starts[index]!)
      const from = firstDifference(before, load)
      if (from < Number.POSITIVE_INFINITY) this.#scenarios[index]!.revise(load, from, now)
      return load
    })
  }
}
