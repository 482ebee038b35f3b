/** From a checked load to the one the rest of the program works with: every curve becomes segments. */

import { customSegments, flat, lasting, stepRates } from './curves.ts'
import { DEFAULT_MAX_IN_FLIGHT, type ShapedLoad } from './load-shape.ts'
import type { ShapedProfile } from './profile-shape.ts'
import type { ClosedLoad, Load, RampSegment, RateSegment, UserSegment } from './spec.ts'

/** Builds a load. Only for loads without problems. */
export function buildLoad(load: ShapedLoad, scenarioMaxInFlight: number | undefined): Load {
  const warmupMs = load.warmup ?? 0
  if (load.users !== undefined || hasUsers(load.stages)) return buildClosedLoad(load, warmupMs)
  return {
    model: 'open',
    warmupMs,
    segments: rateSegments(load),
    repeat: load.repeat ?? 1,
    arrivals: load.arrivals ?? 'even',
    maxInFlight: load.maxInFlight ?? scenarioMaxInFlight ?? DEFAULT_MAX_IN_FLIGHT,
  }
}

/** Warm-up plus measured part, in milliseconds. */
export function loadLength(load: Load): number {
  if (load.model === 'closed') return load.warmupMs + load.durationMs
  return load.warmupMs + load.repeat * load.segments.reduce((sum, { durationMs }) => sum + durationMs, 0)
}

function hasUsers(stages: ShapedLoad['stages']): boolean {
  return stages?.some(({ users }) => users !== undefined) === true
}

function buildClosedLoad(load: ShapedLoad, warmupMs: number): ClosedLoad {
  const { users, duration = 0, stages = [], startUsers = 0, repeat = 1, thinkTime = 0 } = load
  const segments = users === undefined ? userSegments(startUsers, stages) : [constantUsers(duration, users)]
  return {
    model: 'closed',
    warmupMs,
    users: Math.max(...segments.flatMap(({ fromUsers, toUsers }) => [fromUsers, toUsers])),
    segments,
    repeat,
    durationMs: repeat * segments.reduce((sum, { durationMs }) => sum + durationMs, 0),
    thinkTimeMs: thinkTime,
  }
}

function constantUsers(durationMs: number, users: number): UserSegment {
  return { durationMs, fromUsers: users, toUsers: users }
}

/** A stage without duration is a jump: the next one starts from its users. */
function userSegments(startUsers: number, stages: NonNullable<ShapedLoad['stages']>): readonly UserSegment[] {
  const segments: UserSegment[] = []
  let fromUsers = startUsers
  for (const { duration: durationMs, users: toUsers = 0 } of stages) {
    if (durationMs > 0) segments.push({ durationMs, fromUsers, toUsers })
    fromUsers = toUsers
  }
  return segments
}

function rateSegments({ rate, duration = 0, stages, startRate = 0, profile }: ShapedLoad): readonly RateSegment[] {
  if (profile !== undefined) return profileSegments(profile, duration)
  if (rate !== undefined) return [flat(duration, rate)]
  const segments: RampSegment[] = []
  let fromRate = startRate
  for (const { duration: durationMs, rate: toRate = 0 } of stages ?? []) {
    segments.push({ durationMs, fromRate, toRate })
    fromRate = toRate
  }
  return lasting(segments)
}

function profileSegments({ ramp, steps, spike, sine, custom = [], interpolate }: ShapedProfile, duration: number) {
  if (ramp !== undefined) return [{ durationMs: duration, fromRate: ramp.from, toRate: ramp.to }]
  if (sine !== undefined) return [{ durationMs: duration, minRate: sine.min, maxRate: sine.max, periodMs: sine.period }]
  if (steps !== undefined) {
    const rates = stepRates(steps)
    const lastMs = duration > 0 ? duration - (rates.length - 1) * steps.every : steps.every
    return rates.map((rate, index) => flat(index === rates.length - 1 ? lastMs : steps.every, rate))
  }
  if (spike !== undefined) {
    const { base, peak, at, length, ramp: rampMs = 0 } = spike
    return lasting([
      flat(at, base),
      { durationMs: rampMs, fromRate: base, toRate: peak },
      flat(length, peak),
      { durationMs: rampMs, fromRate: peak, toRate: base },
      flat(duration - at - length - 2 * rampMs, base),
    ])
  }
  return customSegments(custom, interpolate ?? 'linear', duration)
}
