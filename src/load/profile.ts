/**
 * A rate profile over scenario time: the warm-up, then the segments, as one piecewise linear rate. All results are
 * pure IEEE 754 arithmetic without transcendental functions, so every node computes the same bits.
 */

import type { OpenLoad } from '../suite/spec.ts'

/** One linear piece: the rate goes from `fromRate` to `toRate` (arrivals per second) over [startMs, endMs). */
export interface ProfilePiece {
  readonly startMs: number
  readonly endMs: number
  readonly fromRate: number
  readonly toRate: number
  /** Expected arrivals before the piece and up to its end. */
  readonly fromArrivals: number
  readonly toArrivals: number
}

/** Scenario time is in milliseconds from 0, the start of the warm-up. */
export interface Profile {
  readonly pieces: readonly ProfilePiece[]
  readonly warmupMs: number
  /** End of the profile: warm-up plus segments. */
  readonly totalMs: number
  /** The latest time {@link timeOf} gives: just before the end, which no arrival may reach through rounding. */
  readonly latestMs: number
  /** Expected arrivals of the whole profile, the warm-up's included. */
  readonly totalArrivals: number
  /** Highest rate, arrivals per second. */
  readonly peakRate: number
  /** Arrivals per second at a time; where the rate jumps, the one after the jump; 0 outside the profile. */
  rateAt(ms: number): number
  /** Λ: expected arrivals in [0, ms), to within rounding. */
  arrivalsBefore(ms: number): number
  /**
   * Λ⁻¹: when the expected number of arrivals reaches a count in [0, totalArrivals). Where the rate is 0 and many
   * times would do, the last. Always before `totalMs`; rises with the count, to within rounding.
   */
  timeOf(arrivals: number): number
}

/** The profile of an open load. */
export function createProfile(load: OpenLoad): Profile {
  const pieces = piecesOf(load)
  const last = pieces.at(-1)
  const totalMs = last?.endMs ?? 0
  const latestMs = totalMs * (1 - Number.EPSILON)
  const totalArrivals = last?.toArrivals ?? 0
  return {
    pieces,
    warmupMs: load.warmupMs,
    totalMs,
    latestMs,
    totalArrivals,
    peakRate: pieces.reduce((peak, piece) => Math.max(peak, piece.fromRate, piece.toRate), 0),
    rateAt: (ms) => {
      const piece = ms < 0 || ms >= totalMs ? undefined : pieces[pieceAtTime(pieces, ms)]
      return piece === undefined ? 0 : rateWithin(piece, ms)
    },
    arrivalsBefore: (ms) => {
      if (ms <= 0) return 0
      if (ms >= totalMs) return totalArrivals
      return arrivalsWithin(pieces[pieceAtTime(pieces, ms)]!, ms)
    },
    timeOf: (arrivals) => {
      const piece = pieces[pieceOfArrival(pieces, arrivals)]
      return piece === undefined ? 0 : timeWithin(piece, arrivals, latestMs)
    },
  }
}

/** Rate during the warm-up: the first segment's starting rate, or its end rate where it starts from 0. */
export function warmupRate(load: OpenLoad): number {
  const first = load.segments.find((segment) => segment.durationMs > 0)
  return first === undefined ? 0 : first.fromRate > 0 ? first.fromRate : first.toRate
}

function piecesOf(load: OpenLoad): ProfilePiece[] {
  const rate = warmupRate(load)
  const pieces: ProfilePiece[] = []
  let startMs = 0
  let fromArrivals = 0
  for (const { durationMs, fromRate, toRate } of [
    { durationMs: load.warmupMs, fromRate: rate, toRate: rate },
    ...load.segments,
  ]) {
    if (durationMs <= 0) continue
    const endMs = startMs + durationMs
    const toArrivals = fromArrivals + ((fromRate + toRate) * durationMs) / 2000
    pieces.push({ startMs, endMs, fromRate, toRate, fromArrivals, toArrivals })
    startMs = endMs
    fromArrivals = toArrivals
  }
  return pieces
}

/** Index of the piece that holds a time; the last one for times after the profile. */
function pieceAtTime(pieces: readonly ProfilePiece[], ms: number): number {
  return firstIndex(pieces.length, (index) => ms < pieces[index]!.endMs)
}

/** Index of the piece in which the expected number of arrivals passes a count; the last one for larger counts. */
export function pieceOfArrival(pieces: readonly ProfilePiece[], arrivals: number): number {
  return firstIndex(pieces.length, (index) => arrivals < pieces[index]!.toArrivals)
}

/** First index for which a monotone condition holds, by bisection; the last index when it holds for none. */
function firstIndex(length: number, holds: (index: number) => boolean): number {
  let low = 0
  let high = Math.max(0, length - 1)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

function rateWithin(piece: ProfilePiece, ms: number): number {
  const part = (ms - piece.startMs) / (piece.endMs - piece.startMs)
  return piece.fromRate + (piece.toRate - piece.fromRate) * part
}

function arrivalsWithin(piece: ProfilePiece, ms: number): number {
  const mean = (piece.fromRate + rateWithin(piece, ms)) / 2
  return Math.min(piece.fromArrivals + (mean * (ms - piece.startMs)) / 1000, piece.toArrivals)
}

/**
 * Λ⁻¹ within one piece. With y arrivals into a piece of starting rate a and slope s, y = aτ + sτ²/2 has the root
 * τ = 2y / (a + √(a² + 2sy)): this form of the quadratic formula adds where the common one subtracts, so it stays
 * exact as s goes to 0 and also serves a = 0.
 *
 * @param latestMs of the profile
 */
export function timeWithin(piece: ProfilePiece, arrivals: number, latestMs: number): number {
  const { startMs, endMs, fromRate, toRate, fromArrivals } = piece
  const into = arrivals - fromArrivals
  let time = endMs
  if (fromRate === toRate) {
    if (fromRate > 0) time = startMs + (into * 1000) / fromRate
  } else {
    const slope = ((toRate - fromRate) * 1000) / (endMs - startMs)
    const root = Math.sqrt(Math.max(0, fromRate * fromRate + 2 * slope * into))
    const rates = fromRate + root
    time = rates > 0 ? startMs + (2000 * into) / rates : startMs
  }
  if (time > endMs) time = endMs
  if (time < startMs) time = startMs
  return Math.min(time, latestMs)
}
