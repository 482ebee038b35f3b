/** Which slots a thread holds, and what an assignment changes. */

import type { RunMs } from '../base/clock.ts'
import type { HeldFrom } from './messages.ts'

/** What becomes of the slots of two assignments. */
export interface SlotChange {
  /** Held before and after. */
  readonly kept: readonly HeldFrom[]
  /** Held from now on. */
  readonly joined: readonly HeldFrom[]
  /** Held until now, with the time from which they were. */
  readonly released: readonly HeldFrom[]
}

export class SlotHoldings {
  #from: ReadonlyMap<number, RunMs> = new Map()
  #firesFrom: Map<number, RunMs> = new Map()

  /** @param now run time; minus infinity before the start */
  replace(slots: readonly HeldFrom[], now: RunMs): SlotChange {
    const before = this.#from
    const after = new Map(slots.map(({ slot, from }) => [slot, from]))
    this.#from = after
    const released = [...before].filter(([slot]) => !after.has(slot)).map(([slot, from]) => ({ slot, from }))
    const joined = slots.filter(({ slot }) => !before.has(slot))
    for (const { slot } of joined) this.#firesFrom.set(slot, now)
    return { kept: slots.filter(({ slot }) => before.has(slot)), joined, released }
  }

  /** Arrivals of the slot planned before this time were missed: the thread did not have the slot yet. */
  firesFrom(slot: number): RunMs {
    return this.#firesFrom.get(slot) ?? Number.NEGATIVE_INFINITY
  }
}
