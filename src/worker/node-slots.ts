/**
 * The slots a node holds, each on one of its threads. A thread that dies leaves its slots to the one that takes its
 * place, without the arrivals it may have fired: those are nobody's any more.
 */

import type { RunMs } from '../base/clock.ts'
import type { HeldFrom } from './messages.ts'
import { splitSlots } from './slot-split.ts'

export class NodeSlots {
  #held: readonly HeldFrom[] = []
  #split: ReadonlyMap<number, number> = new Map()
  /** Run time up to which a slot's arrivals may have been fired by a thread that has died. */
  readonly #takenTo = new Map<number, RunMs>()

  /**
   * Replaces what is held.
   *
   * @returns run time up to which slots that are not held any more may have been fired by threads that have died
   */
  replace(slots: readonly HeldFrom[]): RunMs {
    const distinct = new Set(slots.map(({ slot }) => slot))
    let releasedFrom = Number.NEGATIVE_INFINITY
    for (const [slot, to] of this.#takenTo) {
      if (distinct.has(slot)) continue
      releasedFrom = Math.max(releasedFrom, to)
      this.#takenTo.delete(slot)
    }
    this.#held = slots
    return releasedFrom
  }

  /** Divides what no thread has yet among some threads. */
  divide(threads: readonly number[]): void {
    const slots = this.#held.map(({ slot }) => slot)
    this.#split = splitSlots(slots, this.#split, threads)
  }

  /** What a thread holds. */
  of(thread: number): HeldFrom[] {
    const own = this.#held.filter(({ slot }) => this.#split.get(slot) === thread)
    return own.map(({ slot, from }) => ({ slot, from: Math.max(from, this.#takenTo.get(slot) ?? from) }))
  }

  /** @param to run time up to which the dead thread may have fired */
  leave(thread: number, to: RunMs): void {
    for (const [slot, holder] of this.#split) {
      if (holder === thread) this.#takenTo.set(slot, Math.max(to, this.#takenTo.get(slot) ?? to))
    }
  }
}

/** Whether the slots of an assignment exist and are there once each. */
export function areSlots(slots: readonly HeldFrom[], slotCount: number): boolean {
  const valid = slots.every(({ slot }) => Number.isInteger(slot) && slot >= 0 && slot < slotCount)
  return valid && new Set(slots.map(({ slot }) => slot)).size === slots.length
}
