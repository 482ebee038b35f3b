/**
 * Allotment: which node holds which slot. A run's load is divided into a fixed number of slots; arrival i of an
 * open scenario and user i of a closed one belong to slot i mod slotCount. A slot has at most one holder, so shares
 * sum to the plan by construction, and moving load means moving slots, one by one accounted for.
 */

import type { BootId } from '../base/ids.ts'

/** Slots of a run: divisible by every number up to 10, so that small meshes split evenly. */
export const SLOT_COUNT = 2520

/** No holder, and never one before. */
export const VACANT = -1

export function isVacant(holder: number): boolean {
  return holder < 0
}

/** No holder any more: which bidder gave the slot up is kept, because the next one begins where that one stopped. */
export function vacatedBy(bidder: number): number {
  return VACANT - 1 - bidder
}

/** The bidder that gave a vacant slot up; undefined when there was none. */
export function giverOf(holder: number): number | undefined {
  return holder < VACANT ? VACANT - 1 - holder : undefined
}

/** Somebody who may hold slots. Weights are relative and positive. */
export interface Bidder {
  readonly bootId: BootId
  readonly weight: number
}

/**
 * How many slots each bidder should hold: proportional to weight, rounded by largest remainder (Hamilton's method),
 * ties to the earlier bidder. The numbers sum to `slotCount` exactly, or to 0 without bidders.
 */
export function targets(slotCount: number, bidders: readonly Bidder[]): number[] {
  const total = bidders.reduce((sum, bidder) => sum + bidder.weight, 0)
  if (total <= 0) return bidders.map(() => 0)
  const ideal = bidders.map((bidder) => (slotCount * bidder.weight) / total)
  const floors = ideal.map(Math.floor)
  const order = ideal.map((_, i) => i).sort((a, b) => ideal[b]! - floors[b]! - (ideal[a]! - floors[a]!) || a - b)
  const left = slotCount - floors.reduce((sum, value) => sum + value, 0)
  for (let i = 0; i < left; i++) floors[order[i]!]!++
  return floors
}

/**
 * Gives the slots for which `free` holds to bidders that are below their target, keeping every prefix of the slots
 * as near to the targets' proportions as possible: so few users, or few arrivals, are split evenly too.
 *
 * @param holders index into `bidders` per slot, vacant, or a number ≥ bidders.length for somebody else
 * @param goal target per bidder, as from {@link targets}
 * @returns the new holders
 */
export function grant(holders: readonly number[], free: (slot: number) => boolean, goal: readonly number[]): number[] {
  const result = [...holders]
  const held = goal.map(() => 0)
  for (let slot = 0; slot < holders.length; slot++) {
    const holder = holders[slot]!
    if (!free(slot) && holder >= 0 && holder < held.length) held[holder]!++
  }
  const before = goal.map(() => 0)
  for (let slot = 0; slot < result.length; slot++) {
    if (free(slot)) {
      const taker = neediest(goal, held, before, (slot + 1) / result.length)
      if (taker !== null) held[taker]!++
      if (taker !== null || !isVacant(holders[slot]!)) result[slot] = taker ?? VACANT
    }
    const holder = result[slot]!
    if (holder >= 0 && holder < before.length) before[holder]!++
  }
  return result
}

/** The bidder furthest below its share of the slots so far, among those that are below their target in all. */
function neediest(
  goal: readonly number[],
  held: readonly number[],
  before: readonly number[],
  part: number,
): number | null {
  let best: number | null = null
  let bestNeed = Number.NEGATIVE_INFINITY
  for (let i = 0; i < goal.length; i++) {
    if (held[i]! >= goal[i]!) continue
    const need = goal[i]! * part - before[i]!
    if (need > bestNeed + 1e-9) {
      best = i
      bestNeed = need
    }
  }
  return best
}

/**
 * Slots that bidders above their target should give up, evenly spaced over what they hold.
 *
 * @returns slot numbers, ascending
 */
export function surplus(holders: readonly number[], goal: readonly number[]): number[] {
  const given: number[] = []
  for (let bidder = 0; bidder < goal.length; bidder++) {
    const own: number[] = []
    for (let slot = 0; slot < holders.length; slot++) if (holders[slot] === bidder) own.push(slot)
    const keep = goal[bidder]!
    if (own.length <= keep) continue
    own.forEach((slot, i) => {
      const kept = Math.floor(((i + 1) * keep) / own.length) > Math.floor((i * keep) / own.length)
      if (!kept) given.push(slot)
    })
  }
  return given.sort((a, b) => a - b)
}
