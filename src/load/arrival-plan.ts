/**
 * What a plan of arrivals is: one sequence for the whole mesh, a pure function of the load, the number of slots and
 * the seed. Every arrival belongs to one slot, and whoever holds the slot at the arrival's time fires it; so any
 * division of the slots among nodes and threads fires exactly the plan.
 */

/** A slot and the scenario time (milliseconds) from which it is held. */
export interface HeldSlot {
  readonly slot: number
  readonly from: number
}

/** Walks the arrivals of some slots in the order of their times. The fields hold the arrival it stands on. */
export interface ArrivalCursor {
  /** Moves to the next arrival; false at the end of the profile, and from then on. Allocates nothing. */
  next(): boolean
  /** Planned time of the arrival, in milliseconds of scenario time (0 = start of the warm-up). */
  readonly at: number
  /**
   * Number of the arrival in the whole mesh, counted from 0: unique, and increasing with time. Even arrivals are
   * numbered without gaps; Poisson ones in blocks of 512 numbers with about 256 arrivals each, so that a node can
   * begin anywhere without drawing what came before.
   */
  readonly index: number
  readonly slot: number
}

export interface ArrivalPlan {
  /** How many arrivals of the whole mesh come before the one with this index: numbers without gaps. */
  rank(index: number): number
  /** Arrivals of all slots planned in [fromMs, toMs) of scenario time: exactly those that cursors give. */
  count(fromMs: number, toMs: number): number
  /**
   * A cursor before the first arrival that is planned no earlier than `fromMs` and than the time from which its slot
   * is held.
   *
   * @throws RangeError for a slot outside 0 … slotCount - 1 or one that is listed twice
   */
  cursor(held: readonly HeldSlot[], fromMs: number): ArrivalCursor
}

/**
 * Checks what a cursor is asked for and orders it by slot.
 *
 * @throws RangeError for a slot outside 0 … slotCount - 1 or one that is listed twice
 */
export function sortedSlots(held: readonly HeldSlot[], slotCount: number): readonly HeldSlot[] {
  const sorted = [...held].sort((a, b) => a.slot - b.slot)
  for (const [position, { slot }] of sorted.entries()) {
    if (!Number.isSafeInteger(slot) || slot < 0 || slot >= slotCount) {
      throw new RangeError(`slot ${slot} is not one of ${slotCount}`)
    }
    if (slot === sorted[position + 1]?.slot) throw new RangeError(`slot ${slot} is listed twice`)
  }
  return sorted
}
