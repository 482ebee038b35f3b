/**
 * A rate profile over scenario time: the warm-up, then the segments, as often as they are repeated. All results are
 * pure IEEE 754 arithmetic without transcendental functions, so every node computes the same bits.
 *
 * A round of the segments begins at its number times the length of a round, not where the one before ended: so nothing
 * adds up over a day of rounds.
 */

import type { OpenLoad, RateSegment } from '../suite/spec.ts'
import { firstRate, segmentArrivals, segmentPeak, segmentRate, segmentTime } from './segment.ts'

/** What a profile is made of. */
export type ProfileSource = Pick<OpenLoad, 'warmupMs' | 'segments' | 'repeat'>

/** Scenario time is in milliseconds from 0, the start of the warm-up. */
export interface Profile {
  readonly warmupMs: number
  /** End of the profile: warm-up plus segments. */
  readonly totalMs: number
  /** Expected arrivals of the whole profile, the warm-up's included. */
  readonly totalArrivals: number
  /** Highest rate, arrivals per second. */
  readonly peakRate: number
  /** Arrivals per second at a time; where the rate jumps, the one after the jump; 0 outside the profile. */
  rateAt(ms: number): number
  /** The highest rate in [fromMs, toMs); 0 outside the profile. */
  peakWithin(fromMs: number, toMs: number): number
  /** Λ: expected arrivals in [0, ms), to within rounding. */
  arrivalsBefore(ms: number): number
  /**
   * Λ⁻¹: when the expected number of arrivals reaches a count in [0, totalArrivals). Where the rate is 0 and many
   * times would do, the last. Always before `totalMs`; rises with the count, to within rounding. The same count gives
   * the same bits, whatever was asked before; counts that follow each other are found fastest.
   */
  timeOf(arrivals: number): number
}

/** A segment, placed within a round. */
interface Piece {
  readonly segment: RateSegment
  readonly startMs: number
  readonly endMs: number
  /** Expected arrivals of the round before the piece and up to its end. */
  readonly fromArrivals: number
  readonly toArrivals: number
}

/** Pieces that come one or more times: the warm-up, the measured part. */
interface Part {
  readonly pieces: readonly Piece[]
  readonly rounds: number
  readonly roundMs: number
  readonly roundArrivals: number
  readonly startMs: number
  readonly endMs: number
  readonly startArrivals: number
  readonly endArrivals: number
}

/** The profile of an open load. */
export function createProfile(source: ProfileSource): Profile {
  const parts = partsOf(source)
  const last = parts.at(-1)
  const totalMs = last?.endMs ?? 0
  const totalArrivals = last?.endArrivals ?? 0
  const times = new ArrivalTimes(parts)
  const peakWithin = (fromMs: number, toMs: number) => peakOf(parts, Math.max(0, fromMs), Math.min(toMs, totalMs))
  return {
    warmupMs: source.warmupMs,
    totalMs,
    totalArrivals,
    peakRate: peakWithin(0, totalMs),
    rateAt: (ms) => {
      if (!(ms >= 0 && ms < totalMs)) return 0
      const { piece, baseMs } = placeAt(parts, ms)
      return segmentRate(piece.segment, ms - baseMs - piece.startMs)
    },
    peakWithin,
    arrivalsBefore: (ms) => {
      if (ms <= 0) return 0
      if (ms >= totalMs) return totalArrivals
      const { part, piece, round, baseMs } = placeAt(parts, ms)
      const within = piece.fromArrivals + segmentArrivals(piece.segment, ms - baseMs - piece.startMs)
      return roundArrivals(part, round) + Math.min(within, piece.toArrivals)
    },
    timeOf: (arrivals) => times.of(arrivals),
  }
}

/** Rate during the warm-up: the first segment's starting rate, or its other rate where it starts from 0. */
export function warmupRate(segments: readonly RateSegment[]): number {
  const first = segments.find((segment) => segment.durationMs > 0)
  return first === undefined ? 0 : firstRate(first)
}

function partsOf({ warmupMs, segments, repeat }: ProfileSource): Part[] {
  const rate = warmupRate(segments)
  const parts: Part[] = []
  for (const [list, rounds] of [
    [[{ durationMs: warmupMs, fromRate: rate, toRate: rate }], 1],
    [segments, repeat],
  ] as const) {
    const pieces = piecesOf(list)
    const end = pieces.at(-1)
    if (end === undefined) continue
    const { endMs: roundMs, toArrivals } = end
    const { endMs: startMs, endArrivals: startArrivals } = parts.at(-1) ?? { endMs: 0, endArrivals: 0 }
    const [endMs, endArrivals] = [startMs + rounds * roundMs, startArrivals + rounds * toArrivals]
    parts.push({ pieces, rounds, roundMs, roundArrivals: toArrivals, startMs, endMs, startArrivals, endArrivals })
  }
  return parts
}

function piecesOf(segments: readonly RateSegment[]): Piece[] {
  const pieces: Piece[] = []
  let startMs = 0
  let fromArrivals = 0
  for (const segment of segments) {
    if (segment.durationMs <= 0) continue
    const endMs = startMs + segment.durationMs
    const toArrivals = fromArrivals + segmentArrivals(segment, segment.durationMs)
    pieces.push({ segment, startMs, endMs, fromArrivals, toArrivals })
    startMs = endMs
    fromArrivals = toArrivals
  }
  return pieces
}

/** When a round of a part begins. */
function roundMs(part: Part, round: number): number {
  return round === part.rounds ? part.endMs : part.startMs + round * part.roundMs
}

/** Expected arrivals before a round of a part. */
function roundArrivals(part: Part, round: number): number {
  return round === part.rounds ? part.endArrivals : part.startArrivals + round * part.roundArrivals
}

/** The last round of a part that begins, by a monotone measure, no later than a value. */
function roundOf(part: Part, begin: (part: Part, round: number) => number, each: number, value: number): number {
  const guess = each > 0 ? Math.floor((value - begin(part, 0)) / each) : part.rounds
  let round = Math.max(0, Math.min(part.rounds - 1, guess))
  while (round > 0 && begin(part, round) > value) round--
  while (round < part.rounds - 1 && begin(part, round + 1) <= value) round++
  return round
}

/** Where a time lies that is within the profile. */
function placeAt(parts: readonly Part[], ms: number) {
  const part = parts[firstIndex(parts.length, (index) => ms < parts[index]!.endMs)]!
  const round = roundOf(part, roundMs, part.roundMs, ms)
  const baseMs = roundMs(part, round)
  const index = firstIndex(part.pieces.length, (each) => ms < baseMs + part.pieces[each]!.endMs)
  return { part, round, baseMs, piece: part.pieces[index]! }
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

/** The highest rate in [fromMs, toMs), which is within the profile. */
function peakOf(parts: readonly Part[], fromMs: number, toMs: number): number {
  let peak = 0
  for (const part of parts) {
    const [from, to] = [Math.max(fromMs, part.startMs), Math.min(toMs, part.endMs)]
    if (!(from < to)) continue
    const first = roundOf(part, roundMs, part.roundMs, from)
    // Any longer and the whole round is in it.
    const last = Math.min(roundOf(part, roundMs, part.roundMs, to), first + 2)
    for (let round = first; round <= last; round++) {
      const base = roundMs(part, round)
      for (const { segment, startMs, endMs } of part.pieces) {
        const [begin, end] = [Math.max(from - base, startMs), Math.min(to - base, endMs)]
        if (begin < end) peak = Math.max(peak, segmentPeak(segment, begin - startMs, end - startMs))
      }
    }
  }
  return peak
}

/**
 * Λ⁻¹ of a profile. Remembers the piece it stands on, as arrivals are asked for one after the other; where a piece
 * begins and ends is always computed the same way, so the piece of an arrival does not depend on the one before.
 */
class ArrivalTimes {
  readonly #parts: readonly Part[]
  /** Just before the end, which no arrival may reach through rounding. */
  readonly #latestMs: number
  #piece: Piece | undefined
  /** The counts of the piece, and what was expected before its round. */
  #from = Number.POSITIVE_INFINITY
  #until = Number.NEGATIVE_INFINITY
  #base = 0
  /** Times of the piece. */
  #startMs = 0
  #endMs = 0

  constructor(parts: readonly Part[]) {
    this.#parts = parts
    this.#latestMs = (parts.at(-1)?.endMs ?? 0) * (1 - Number.EPSILON)
  }

  of(arrivals: number): number {
    if (!(arrivals >= this.#from && arrivals < this.#until)) this.#seek(arrivals)
    const piece = this.#piece
    if (piece === undefined) return 0
    const time = this.#startMs + segmentTime(piece.segment, arrivals - this.#base - piece.fromArrivals)
    if (time < this.#startMs) return this.#startMs
    return Math.min(time, this.#endMs, this.#latestMs)
  }

  #seek(arrivals: number): void {
    const parts = this.#parts
    const index = firstIndex(parts.length, (each) => arrivals < parts[each]!.endArrivals)
    const part = parts[index]
    if (part === undefined) return
    const round = roundOf(part, roundArrivals, part.roundArrivals, arrivals)
    const { pieces } = part
    const base = roundArrivals(part, round)
    const nextRound = roundArrivals(part, round + 1)
    const baseMs = roundMs(part, round)
    const at = firstIndex(pieces.length, (each) => arrivals < base + pieces[each]!.toArrivals)
    const piece = pieces[at]!
    this.#piece = piece
    this.#base = base
    this.#from = at === 0 ? base : base + piece.fromArrivals
    this.#until = at === pieces.length - 1 ? nextRound : Math.min(base + piece.toArrivals, nextRound)
    this.#startMs = baseMs + piece.startMs
    this.#endMs = at === pieces.length - 1 ? roundMs(part, round + 1) : baseMs + piece.endMs
  }
}
