/** What a node that holds every slot is to fire, in order. */

import { deriveSeed } from '../../../src/base/random.ts'
import { planArrivals } from '../../../src/load/arrivals.ts'
import type { OpenLoad } from '../../../src/suite/spec.ts'

/** A lease longer than any run of a test, in milliseconds. */
export const FOREVER = 1e6

export function plannedOf(load: OpenLoad, slotCount: number): { index: number; at: number; slot: number }[] {
  const cursor = planArrivals(load, slotCount, deriveSeed(1, 0)).cursor(
    Array.from({ length: slotCount }, (_, slot) => ({ slot, from: 0 })),
    0,
  )
  const planned: { index: number; at: number; slot: number }[] = []
  while (cursor.next()) planned.push({ index: cursor.index, at: cursor.at, slot: cursor.slot })
  return planned
}
