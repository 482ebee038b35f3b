/** Curves of a profile as segments. Quantities are read: milliseconds and arrivals per second. */

import type { RampSegment } from './spec.ts'

/** Steps as written, lengths aside. */
export interface StepRange {
  readonly from: number
  readonly to: number
  readonly step: number
}

/** A point of a custom curve. */
export interface CurvePoint {
  readonly at: number
  readonly rate: number
}

/** How many steps there are; infinity where they cannot be counted. */
export function countSteps({ from, to, step }: StepRange): number {
  // A millionth allows for fractions such as 0.1 that are none in binary.
  return step > 0 ? Math.ceil(Math.abs(to - from) / step - 1e-6) + 1 : Number.POSITIVE_INFINITY
}

/** Rates of steps, first to last; the last is `to`, however far the one before it is. */
export function stepRates(steps: StepRange): readonly number[] {
  const { from, to, step } = steps
  const count = countSteps(steps)
  const sign = to < from ? -1 : 1
  return Array.from({ length: count }, (_, index) => (index === count - 1 ? to : from + sign * index * step))
}

/** Segments between points; the last rate lasts until `durationMs`, if that is later than its point. */
export function customSegments(
  points: readonly CurvePoint[],
  interpolate: 'linear' | 'step',
  durationMs: number,
): readonly RampSegment[] {
  const segments = points.slice(1).map(({ at, rate }, index): RampSegment => {
    const before = points[index]!
    return { durationMs: at - before.at, fromRate: before.rate, toRate: interpolate === 'step' ? before.rate : rate }
  })
  const last = points.at(-1)
  return lasting(last === undefined ? [] : [...segments, flat(durationMs - last.at, last.rate)])
}

/** A constant rate. */
export function flat(durationMs: number, rate: number): RampSegment {
  return { durationMs, fromRate: rate, toRate: rate }
}

/** What lasts no time is a jump: the next one starts from its own rate. */
export function lasting(segments: readonly RampSegment[]): readonly RampSegment[] {
  return segments.filter(({ durationMs }) => durationMs > 0)
}
