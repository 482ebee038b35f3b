/**
 * Evenly spaced arrivals: arrival i (from 0) is planned when i + ½ arrivals are expected, and belongs to slot
 * i mod slotCount. The half keeps arrivals away from the edges of seconds, so a constant rate fires exactly that many
 * in every second.
 *
 * Which arrivals lie before or after a time is always decided by the arrival's own computed time, never by inverting
 * the time: so two holders of a slot, one until t and one from t, agree to the bit.
 */

import { type ArrivalCursor, type ArrivalPlan, type HeldSlot, sortedSlots } from './arrival-plan.ts'
import type { Profile } from './profile.ts'

/** The plan of a profile's even arrivals. */
export function planEvenArrivals(profile: Profile, slotCount: number): ArrivalPlan {
  const total = Math.max(0, Math.ceil(profile.totalArrivals - 0.5))
  return {
    rank: (index) => index,
    count: (fromMs, toMs) => {
      if (!(fromMs < toMs)) return 0
      return firstIndexAt(profile, total, toMs) - firstIndexAt(profile, total, fromMs)
    },
    cursor: (held, fromMs) => {
      const slots = sortedSlots(held, slotCount)
      const startMs = slots.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY)
      const first = firstIndexAt(profile, total, Math.max(startMs, fromMs))
      return new EvenCursor(profile, total, slotCount, slots, first)
    },
  }
}

/** The first arrival planned at or after a time; `total` when there is none. */
function firstIndexAt(profile: Profile, total: number, ms: number): number {
  if (ms >= profile.totalMs) return total
  let index = Math.min(total, Math.max(0, Math.ceil(profile.arrivalsBefore(ms) - 0.5)))
  while (index > 0 && profile.timeOf(index - 0.5) >= ms) index--
  while (index < total && profile.timeOf(index + 0.5) < ms) index++
  return index
}

class EvenCursor implements ArrivalCursor {
  at = 0
  index = -1
  slot = -1
  readonly #profile: Profile
  readonly #total: number
  readonly #slotCount: number
  /** The held slots in ascending order, and from when each is held. */
  readonly #slots: Float64Array
  readonly #froms: Float64Array
  /** Index of slot 0's arrival in the current round over the slots. */
  #round: number
  /** Position in `#slots` of the next arrival's slot. */
  #position: number

  constructor(profile: Profile, total: number, slotCount: number, held: readonly HeldSlot[], first: number) {
    this.#profile = profile
    this.#total = held.length === 0 ? 0 : total
    this.#slotCount = slotCount
    this.#slots = Float64Array.from(held, ({ slot }) => slot)
    this.#froms = Float64Array.from(held, ({ from }) => from)
    this.#round = first - (first % slotCount)
    const position = held.findIndex(({ slot }) => this.#round + slot >= first)
    this.#position = position === -1 ? held.length : position
  }

  next(): boolean {
    for (;;) {
      if (this.#position === this.#slots.length) {
        this.#position = 0
        this.#round += this.#slotCount
      }
      const slot = this.#slots[this.#position]!
      const index = this.#round + slot
      if (!(index < this.#total)) return false
      const from = this.#froms[this.#position]!
      this.#position++
      const at = this.#profile.timeOf(index + 0.5)
      if (at < from) continue
      this.at = at
      this.index = index
      this.slot = slot
      return true
    }
  }
}
