/**
 * The process's monotonic clock, the same on every thread. `performance.now()` is the cheapest clock there is, but each
 * thread counts it from its own birth; so each thread measures once how far its origin is from the process's. It is imported:
 * the global of that name is a getter, which takes as long again as the reading.
 */

import { performance } from 'node:perf_hooks'
import type { MonotonicMs } from '../base/clock.ts'

const SAMPLES = 32

/** The closest of several readings of both clocks: the one during which the least time passed. */
function originOfThisThread(): number {
  let origin = 0
  let tightest = Number.POSITIVE_INFINITY
  for (let i = 0; i < SAMPLES; i++) {
    const before = performance.now()
    const process_ = Number(process.hrtime.bigint()) / 1e6
    const after = performance.now()
    if (after - before >= tightest) continue
    tightest = after - before
    origin = process_ - (before + after) / 2
  }
  return origin
}

const origin = originOfThisThread()

/** Milliseconds on the machine's monotonic clock; threads of one process agree to a few microseconds. */
export function monotonicNow(): MonotonicMs {
  return performance.now() + origin
}
