/** Moves of slots between holders, for properties of what is used by whom. */

import fc from 'fast-check'

/** At a time, a slot goes to another holder. */
export interface SlotMove {
  readonly at: number
  readonly slot: number
}

export const moveTo: fc.Arbitrary<SlotMove> = fc.record({
  at: fc.integer({ min: 0, max: 5000 }),
  slot: fc.nat({ max: 11 }),
})

/** A slot in one pair of hands. */
export interface Holding {
  readonly slot: number
  readonly from: number
  readonly to: number
}

/** Who has which slot from when to when; between them nobody loses any time. */
export function grant(slotCount: number, endMs: number, moves: readonly SlotMove[]): Holding[] {
  return Array.from({ length: slotCount }, (_, slot) => {
    const turns = [0, ...new Set(moves.filter((move) => move.slot === slot && move.at > 0).map(({ at }) => at)), endMs]
    const times = turns.sort((a, b) => a - b)
    return times.slice(1).map((to, index) => ({ slot, from: times[index]!, to }))
  }).flat()
}
