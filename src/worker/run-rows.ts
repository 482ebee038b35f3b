/** What the threads of a node have to know together of the rows of a run's data; see `scenario-rows.ts`. */

import type { Suite } from '../suite/spec.ts'
import type { HeldFrom } from './messages.ts'
import { ScenarioRows } from './scenario-rows.ts'

export class RunRows {
  /** Of the rows taken; null where the suite has no data. */
  readonly memory: SharedArrayBuffer | null
  /** Slots that the node holds from the start on: they say which rows are its users', for good. */
  ownSlots: readonly number[] = []

  constructor({ data, scenarios }: Suite) {
    this.memory = data === undefined ? null : ScenarioRows.memory(scenarios.length)
  }

  /** The node holds these slots before the start. */
  hold(slots: readonly HeldFrom[]): void {
    if (this.memory !== null) this.ownSlots = slots.filter(({ from }) => from === 0).map(({ slot }) => slot)
  }
}
