/**
 * One segment of a profile, seen from its own beginning: its rate and its arrivals after a time, and the inverse. Pure
 * IEEE 754 arithmetic without transcendental functions, so every node computes the same bits.
 */

import type { RampSegment, RateSegment } from '../suite/spec.ts'
import { sineArrivals, sinePeak, sineRate, sineTime } from './sine.ts'

/** Arrivals per second, `ms` milliseconds into the segment. */
export function segmentRate(segment: RateSegment, ms: number): number {
  if (segment.periodMs !== undefined) return sineRate(segment, ms)
  const { durationMs, fromRate, toRate } = segment
  return fromRate + (toRate - fromRate) * (ms / durationMs)
}

/** Λ: arrivals expected in the first `ms` milliseconds, at least 0 and at most the segment's length. */
export function segmentArrivals(segment: RateSegment, ms: number): number {
  if (segment.periodMs !== undefined) return sineArrivals(segment, ms)
  const { durationMs, fromRate, toRate } = segment
  // At the end without the rounding of the rate there, so that whole numbers stay whole.
  const rate = ms === durationMs ? toRate : segmentRate(segment, ms)
  return ((fromRate + rate) * ms) / 2000
}

/**
 * Λ⁻¹: milliseconds until a number of arrivals is expected; for more than the segment has, at its end or beyond.
 */
export function segmentTime(segment: RateSegment, arrivals: number): number {
  return segment.periodMs === undefined ? rampTime(segment, arrivals) : sineTime(segment, arrivals)
}

/**
 * With starting rate a and slope s, y = aτ + sτ²/2 has the root τ = 2y / (a + √(a² + 2sy)): this form of the quadratic
 * formula adds where the common one subtracts, so it stays exact as s goes to 0 and also serves a = 0.
 */
function rampTime({ durationMs, fromRate, toRate }: RampSegment, arrivals: number): number {
  if (fromRate === toRate) return fromRate > 0 ? (arrivals * 1000) / fromRate : durationMs
  const slope = ((toRate - fromRate) * 1000) / durationMs
  const root = Math.sqrt(Math.max(0, fromRate * fromRate + 2 * slope * arrivals))
  const rates = fromRate + root
  return rates > 0 ? (2000 * arrivals) / rates : 0
}

/** The highest rate in [fromMs, toMs] of the segment. */
export function segmentPeak(segment: RateSegment, fromMs: number, toMs: number): number {
  if (segment.periodMs !== undefined) return sinePeak(segment, fromMs, toMs)
  return Math.max(segmentRate(segment, fromMs), segmentRate(segment, toMs))
}

/** What the rate begins with; where that is 0, what it goes to. */
export function firstRate(segment: RateSegment): number {
  if (segment.periodMs !== undefined) return segment.minRate > 0 ? segment.minRate : segment.maxRate
  return segment.fromRate > 0 ? segment.fromRate : segment.toRate
}
