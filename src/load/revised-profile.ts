/**
 * A profile that is changed while its load goes on: from a time on the rate is a new one, up to the end. What was
 * planned before that time stays as it was, to the bit; what comes after goes on from the count of arrivals expected by
 * then. So numbers stay unique, slots keep taking turns, and a gap between two arrivals that the change falls into is
 * used up at each rate for its part.
 */

import type { Profile } from './profile.ts'

/** A new rate (arrivals per second) or number of users, from a scenario time (milliseconds) on. */
export interface Revision {
  readonly at: number
  readonly value: number
}

/** Counts by which rounding may be off at the time of a change. */
const NEAR = 1

/** A profile with some revisions, in the order of their times. */
export function reviseProfile(profile: Profile, revisions: readonly Revision[]): Profile {
  return revisions.reduce(reviseOnce, profile)
}

function reviseOnce(before: Profile, { at, value }: Revision): Profile {
  const from = Math.min(Math.max(0, at), before.totalMs)
  const { totalMs } = before
  const expected = before.arrivalsBefore(from)
  const totalArrivals = expected + (value * (totalMs - from)) / 1000
  const latestMs = totalMs * (1 - Number.EPSILON)
  const after = (arrivals: number): number => {
    const time = value > 0 ? from + ((arrivals - expected) * 1000) / value : from
    return Math.min(Math.max(from, time), latestMs)
  }
  return {
    warmupMs: before.warmupMs,
    totalMs,
    totalArrivals,
    peakRate: Math.max(before.peakWithin(0, from), from < totalMs ? value : 0),
    rateAt: (ms) => (ms < from ? before.rateAt(ms) : ms < totalMs ? value : 0),
    peakWithin: (fromMs, toMs) => {
      const earlier = fromMs < from ? before.peakWithin(fromMs, Math.min(toMs, from)) : 0
      return Math.max(earlier, toMs > from && fromMs < totalMs && from < totalMs ? value : 0)
    },
    arrivalsBefore: (ms) => {
      if (ms <= from) return before.arrivalsBefore(ms)
      return ms >= totalMs ? totalArrivals : expected + (value * (ms - from)) / 1000
    },
    timeOf: (arrivals) => {
      // Which side of the change an arrival is on is said by its own time in the plan before: so who fires by that plan
      // up to the change, and who by this one from then on, agree to the bit.
      if (arrivals < expected + NEAR) {
        const time = before.timeOf(Math.min(arrivals, before.totalArrivals))
        if (time < from && arrivals < before.totalArrivals) return time
      }
      return after(arrivals)
    },
  }
}
