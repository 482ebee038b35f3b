/** Short ways to write loads in tests. */

import type { OpenLoad, RateSegment } from '../../../src/suite/spec.ts'

export function segment(durationMs: number, fromRate: number, toRate = fromRate): RateSegment {
  return { durationMs, fromRate, toRate }
}

export function openLoad(
  segments: readonly RateSegment[],
  rest: { readonly warmupMs?: number; readonly arrivals?: 'even' | 'poisson'; readonly repeat?: number } = {},
): OpenLoad {
  return { model: 'open', warmupMs: 0, arrivals: 'even', maxInFlight: 1000, repeat: 1, ...rest, segments }
}
