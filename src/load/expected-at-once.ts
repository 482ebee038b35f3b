/** How many executions are likely to be in flight soon after the start: what there should be connections for by then. */

import type { Load } from '../suite/spec.ts'
import { countUsersOfSlot } from './users.ts'

/**
 * An answer is taken to need this long, in milliseconds: by Little's law (L = λW) so many milliseconds' arrivals are in
 * flight then. Those it is too few for open their own connection when they are fired.
 */
const EXPECTED_LATENCY_MS = 50

/**
 * @param slots those that are held
 * @param slotCount slots of the whole mesh
 */
export function expectedAtOnce(load: Load, slots: readonly number[], slotCount: number): number {
  if (load.model === 'closed') {
    return slots.reduce((sum, slot) => sum + countUsersOfSlot(load.users, slotCount, slot), 0)
  }
  const share = slots.length / slotCount
  const rate = load.segments[0]?.fromRate ?? 0
  const arrivals = (rate * share * EXPECTED_LATENCY_MS) / 1000
  return slots.length === 0 ? 0 : Math.ceil(Math.min(Math.max(arrivals, 1), load.maxInFlight * share))
}
