/**
 * What a suite plans to fire, over run time, for people and programs that draw it: for each step of time the mean and
 * the peak, so that no spike is too short to be seen.
 */

import type { RunMs } from '../base/clock.ts'
import type { Load, Scenario, Suite } from '../suite/spec.ts'
import { createProfile, type Profile } from './profile.ts'

/** One step of time. Arrivals per second, or users. */
export interface PlannedPoint {
  /** Run time of its beginning, in milliseconds. */
  readonly at: RunMs
  readonly mean: number
  readonly peak: number
}

export interface PlannedSeries {
  /** Null: all scenarios that have a rate, together. */
  readonly scenario: string | null
  /** Arrivals per second of an open load, users of a closed one. */
  readonly unit: 'rate' | 'users'
  readonly startMs: RunMs
  readonly warmupMs: number
  /** Warm-up plus measured part. */
  readonly durationMs: number
  readonly peak: number
  /** One for each step, from the beginning of the run to its end. */
  readonly points: readonly PlannedPoint[]
}

export interface PlannedLoad {
  readonly durationMs: number
  readonly stepMs: number
  readonly series: readonly PlannedSeries[]
}

/** The peak of a sum lies within the peaks of its parts: the shorter the steps, the nearer. */
const PARTS_OF_A_STEP = 8

interface Course {
  readonly startMs: RunMs
  readonly profile: Profile
}

/** What a suite plans in each step of time; the last step may be shorter. */
export function plannedLoad(suite: Suite, stepMs: number): PlannedLoad {
  const { durationMs, scenarios } = suite
  const courses = scenarios.map((scenario): Course => ({ startMs: scenario.startMs, profile: courseOf(scenario) }))
  const each = scenarios.map((scenario, index) => seriesOf(scenario, courses[index]!, durationMs, stepMs))
  const open = courses.filter((_, index) => scenarios[index]!.load.model === 'open')
  const together = open.length < 2 ? [] : [togetherOf(open, durationMs, stepMs)]
  return { durationMs, stepMs, series: [...together, ...each] }
}

/** What a scenario plans, up to the end of its rows. */
function courseOf({ load, durationMs, iterations }: Scenario): Profile {
  const profile = profileOf(load)
  if (iterations === undefined) return profile
  return {
    ...profile,
    totalMs: durationMs,
    arrivalsBefore: (ms) => Math.min(iterations, profile.arrivalsBefore(Math.min(ms, durationMs))),
    peakWithin: (fromMs, toMs) => profile.peakWithin(fromMs, Math.min(toMs, durationMs)),
  }
}

function profileOf(load: Load): Profile {
  if (load.model === 'open') return createProfile(load)
  // A number of users is a rate of seconds spent.
  const segments = load.segments.map(({ durationMs, fromUsers, toUsers }) => ({
    durationMs,
    fromRate: fromUsers,
    toRate: toUsers,
  }))
  return createProfile({ ...load, segments })
}

function seriesOf(scenario: Scenario, course: Course, runMs: number, stepMs: number): PlannedSeries {
  const { name, startMs, durationMs, load } = scenario
  const unit = load.model === 'open' ? 'rate' : 'users'
  const points = steps(runMs, stepMs).map(([at, to]) => ({
    at,
    mean: meanOf([course], at, to),
    peak: peakOf([course], at, to),
  }))
  return { scenario: name, unit, startMs, warmupMs: load.warmupMs, durationMs, peak: highest(points), points }
}

function togetherOf(courses: readonly Course[], runMs: number, stepMs: number): PlannedSeries {
  // What ends as another begins is never there together with it.
  const turns = courses.flatMap(({ startMs, profile }) => [startMs, startMs + profile.totalMs])
  const points = steps(runMs, stepMs).map(([at, to]) => {
    const parts = steps(to - at, (to - at) / PARTS_OF_A_STEP).map(([from]) => at + from)
    const edges = [...parts, ...turns.filter((turn) => turn > at && turn < to), to].sort((a, b) => a - b)
    const peak = edges.slice(1).reduce((most, edge, index) => Math.max(most, peakOf(courses, edges[index]!, edge)), 0)
    return { at, mean: meanOf(courses, at, to), peak }
  })
  return { scenario: null, unit: 'rate', startMs: 0, warmupMs: 0, durationMs: runMs, peak: highest(points), points }
}

function steps(durationMs: number, stepMs: number): (readonly [from: number, to: number])[] {
  const count = Math.ceil(durationMs / stepMs - 1e-9)
  return Array.from({ length: count }, (_, index) => [index * stepMs, Math.min((index + 1) * stepMs, durationMs)])
}

function meanOf(courses: readonly Course[], from: RunMs, to: RunMs): number {
  const sum = courses.reduce(
    (all, { startMs, profile }) => all + profile.arrivalsBefore(to - startMs) - profile.arrivalsBefore(from - startMs),
    0,
  )
  return to > from ? (sum * 1000) / (to - from) : 0
}

function peakOf(courses: readonly Course[], from: RunMs, to: RunMs): number {
  return courses.reduce((sum, { startMs, profile }) => sum + profile.peakWithin(from - startMs, to - startMs), 0)
}

function highest(points: readonly PlannedPoint[]): number {
  return points.reduce((most, { peak }) => Math.max(most, peak), 0)
}
