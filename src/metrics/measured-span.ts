/**
 * How long was measured: the warm-up is not, nor what comes after the run was stopped.
 */

import type { RunMs } from '../base/clock.ts'
import type { Scenario } from '../suite/spec.ts'

/** A stretch of run time, `to` excluded; empty when `to` is not after `from`. */
interface Span {
  readonly from: RunMs
  readonly to: RunMs
}

function measuredSpan(scenario: Scenario, until: RunMs): Span {
  return {
    from: scenario.startMs + scenario.load.warmupMs,
    to: Math.min(scenario.startMs + scenario.durationMs, until),
  }
}

/** Milliseconds of a scenario's measured part before a run time. */
export function measuredMs(scenario: Scenario, until: RunMs): number {
  const { from, to } = measuredSpan(scenario, until)
  return Math.max(0, to - from)
}

/** Milliseconds before a run time in which at least one scenario is in its measured part. */
export function unionMeasuredMs(scenarios: readonly Scenario[], until: RunMs): number {
  const spans = scenarios.map((scenario) => measuredSpan(scenario, until)).sort((a, b) => a.from - b.from)
  let total = 0
  let covered = Number.NEGATIVE_INFINITY
  for (const { from, to } of spans) {
    total += Math.max(0, to - Math.max(from, covered))
    covered = Math.max(covered, to)
  }
  return total
}
