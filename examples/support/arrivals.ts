/** What reached the target, held against what was asked: the other side of every report. */

import { getJson } from './asking.ts'

/** One second of a run at the target. */
export interface TargetSecond {
  /** Whole seconds of run time. */
  readonly second: number
  readonly arrived: number
}

/** What a loss did to the stream of requests. */
export interface Gap {
  /** From the loss to the instant after which nothing is missing any more, in milliseconds; 0 without a gap. */
  readonly restoredAfterMs: number
  /** Requests that were asked for and did not arrive. */
  readonly missing: number
  /** Whether the asked rate arrives again at the end of what was looked at. */
  readonly restored: boolean
}

/** Part of the asked rate that counts as all of it: arrivals are planned evenly, but a busy machine delivers in gusts. */
const FULL = 0.95

/** Requests by which a stream may be short without a loss, as a part of a second's and at least: gusts again. */
const NOISE = 0.01
const NOISE_LEAST = 3

/** Instants of arrival at the target in epoch milliseconds, oldest first. */
export function arrivalsAt(url: string): Promise<number[]> {
  return getJson(`${url}/__arrivals`)
}

/** @param startedAt T in epoch milliseconds. @param durationMs of the run; what arrives later counts for its last second */
export function perSecond(arrivals: readonly number[], startedAt: number, durationMs: number): TargetSecond[] {
  const seconds = Array.from({ length: Math.ceil(durationMs / 1000) }, () => 0)
  for (const instant of arrivals) {
    const second = Math.min(seconds.length - 1, Math.max(0, Math.floor((instant - startedAt) / 1000)))
    seconds[second] = (seconds[second] ?? 0) + 1
  }
  return seconds.map((arrived, second) => ({ second, arrived }))
}

/**
 * How long after a loss less than the asked rate arrived. What is missing grows while the rate is short and stays as it
 * is once the rate is back; a request that comes late is missing for a moment only, and does not count in the end.
 *
 * @param arrivals instants in epoch milliseconds, oldest first
 * @param at the loss
 * @param until end of the span looked at, a second at least after the rate should be back, and within the run
 * @param rate asked requests per second, constant over the span
 */
export function gapAfter(
  arrivals: readonly number[],
  { at, until, rate }: { readonly at: number; readonly until: number; readonly rate: number },
): Gap {
  const span = arrivals.filter((instant) => instant > at && instant <= until)
  const short = span.map((instant, index) => ((instant - at) * rate) / 1000 - (index + 1))
  const lastSecond = short.slice(span.findIndex((instant) => instant > until - 1000))
  const restored = lastSecond.length >= FULL * rate
  const level = median(lastSecond)
  const noise = Math.max(NOISE_LEAST, NOISE * rate)
  const last = level > noise ? short.findLastIndex((value) => value < level - noise) : -1
  const restoredAfterMs = last < 0 ? 0 : Math.round(span[last]! - at)
  const missing = Math.max(0, Math.round(level))
  return { restoredAfterMs, missing, restored }
}

/** 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return 0
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
