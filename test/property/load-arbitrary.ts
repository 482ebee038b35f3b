/** Random loads, divisions of slots, and a plain way to read a cursor, for property tests. */

import fc from 'fast-check'
import type { ArrivalCursor, HeldSlot } from '../../src/load/arrivals.ts'
import type { OpenLoad, RateSegment } from '../../src/suite/spec.ts'

const rate = fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 300, noNaN: true }), fc.integer({ min: 1, max: 300 }))

const periods = fc.oneof(fc.integer({ min: 10, max: 20_000 }), fc.double({ min: 10, max: 20_000, noNaN: true }))

const segment: fc.Arbitrary<RateSegment> = fc.oneof(
  fc.record({ durationMs: fc.integer({ min: 1, max: 5000 }), fromRate: rate, toRate: rate }),
  fc.tuple(fc.integer({ min: 1, max: 5000 }), rate).map(([durationMs, r]) => ({ durationMs, fromRate: r, toRate: r })),
  fc
    .record({ durationMs: fc.integer({ min: 1, max: 5000 }), minRate: rate, more: rate, periodMs: periods })
    .map(({ durationMs, minRate, more, periodMs }) => ({ durationMs, minRate, maxRate: minRate + more, periodMs })),
)

export function openLoads(arrivals: 'even' | 'poisson'): fc.Arbitrary<OpenLoad> {
  return fc.record({
    model: fc.constant('open' as const),
    warmupMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 })),
    segments: fc.array(segment, { minLength: 1, maxLength: 5 }),
    repeat: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 4 })),
    arrivals: fc.constant(arrivals),
    maxInFlight: fc.constant(1),
  })
}

export function lengthOf(load: OpenLoad): number {
  return load.warmupMs + load.repeat * load.segments.reduce((sum, { durationMs }) => sum + durationMs, 0)
}

export interface Arrival {
  readonly at: number
  readonly index: number
  readonly slot: number
}

export function read(cursor: ArrivalCursor): Arrival[] {
  const arrivals: Arrival[] = []
  while (cursor.next()) arrivals.push({ at: cursor.at, index: cursor.index, slot: cursor.slot })
  return arrivals
}

export function allSlots(slotCount: number, from = 0): HeldSlot[] {
  return Array.from({ length: slotCount }, (_, slot) => ({ slot, from }))
}

/** Puts arrivals of several cursors in the order of the plan. */
export function inOrder(arrivals: readonly Arrival[]): Arrival[] {
  return [...arrivals].sort((a, b) => a.index - b.index)
}
