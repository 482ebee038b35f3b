/**
 * What a suite amounts to, for `vajra validate` and the API: lengths, planned arrivals, users, peak rates.
 */

import { hasIterations } from '../suite/journey-spec.ts'
import type { Scenario, Suite } from '../suite/spec.ts'
import { planArrivals } from './arrivals.ts'
import { upToRows } from './data-end.ts'
import { createProfile } from './profile.ts'

export interface ScenarioSummary {
  readonly name: string
  readonly model: 'open' | 'closed'
  readonly startMs: number
  /** Warm-up plus measured part. */
  readonly durationMs: number
  /** Arrivals planned in the measured part (expected, for Poisson arrivals); null for a closed model. */
  readonly planned: number | null
  /** Most users at a time; null for an open model. */
  readonly users: number | null
  /** Highest rate, arrivals per second; null for a closed model. */
  readonly peakRate: number | null
  /** Steps that an iteration may take; missing where each is one request. */
  readonly steps?: number
}

export interface SuiteSummary {
  readonly name: string
  readonly durationMs: number
  readonly scenarios: readonly ScenarioSummary[]
}

/** Summarizes a suite. */
export function summarizeSuite(suite: Suite): SuiteSummary {
  return { name: suite.name, durationMs: suite.durationMs, scenarios: suite.scenarios.map(summarizeScenario) }
}

function summarizeScenario(scenario: Scenario): ScenarioSummary {
  const steps = hasIterations(scenario) ? { steps: scenario.steps.length } : {}
  return { ...summarizeLoad(scenario), ...steps }
}

function summarizeLoad(scenario: Scenario): ScenarioSummary {
  const { name, startMs, durationMs, load, iterations } = scenario
  if (load.model === 'closed') {
    return { name, model: 'closed', startMs, durationMs, planned: null, users: load.users, peakRate: null }
  }
  const profile = createProfile(load)
  const warmup = profile.arrivalsBefore(load.warmupMs)
  const planned =
    load.arrivals === 'even'
      ? upToRows(planArrivals(load, 1, 0), scenario).count(load.warmupMs, durationMs)
      : Math.round(Math.max(0, Math.min(profile.totalArrivals, iterations ?? Number.POSITIVE_INFINITY) - warmup))
  return { name, model: 'open', startMs, durationMs, planned, users: null, peakRate: profile.peakRate }
}
