/**
 * Planned arrivals of an open load.
 */

import type { OpenLoad } from '../suite/spec.ts'
import type { ArrivalPlan } from './arrival-plan.ts'
import { planEvenArrivals } from './even-arrivals.ts'
import { planPoissonArrivals } from './poisson-arrivals.ts'
import { createProfile } from './profile.ts'
import { type Revision, reviseProfile } from './revised-profile.ts'

export type { ArrivalCursor, ArrivalPlan, HeldSlot } from './arrival-plan.ts'

/**
 * The plan of an open load.
 *
 * @param slotCount number of slots, at least 1
 * @param seed any 32-bit integer; only Poisson arrivals depend on it
 * @param revisions of the rate, in scenario time and its order
 */
export function planArrivals(
  load: OpenLoad,
  slotCount: number,
  seed: number,
  revisions: readonly Revision[] = [],
): ArrivalPlan {
  if (!Number.isSafeInteger(slotCount) || slotCount < 1) throw new RangeError(`slotCount ${slotCount} is not positive`)
  const profile = reviseProfile(createProfile(load), revisions)
  return load.arrivals === 'poisson'
    ? planPoissonArrivals(profile, slotCount, seed)
    : planEvenArrivals(profile, slotCount)
}
