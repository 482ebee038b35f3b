/** A suite's thresholds, read once: what each is about, and of which windows. */

import { VajraError } from '../base/errors.ts'
import type { Suite, Threshold } from '../suite/spec.ts'
import { parseThresholdExpression, type ThresholdExpression } from '../suite/threshold.ts'
import type { MetricName } from '../suite/threshold-metrics.ts'
import { type Scope, scopeOf } from '../suite/threshold-scope.ts'
import { parseMetricSelector } from '../suite/threshold-selector.ts'

/** Which of a window's histograms a metric is read from. */
export type HistogramKind = 'latency' | 'serviceTime' | 'lateness'

export interface PlannedThreshold {
  /** Its place among the suite's. */
  readonly index: number
  readonly threshold: Threshold
  readonly metric: MetricName
  readonly expression: ThresholdExpression
  readonly scope: Scope
  /** Null for metrics that are counts. */
  readonly histogram: HistogramKind | null
  /** Equal for thresholds that the same figures are observed for. */
  readonly source: string
}

const HISTOGRAMS: Readonly<Partial<Record<MetricName, HistogramKind>>> = {
  duration: 'latency',
  iteration_duration: 'latency',
  service: 'serviceTime',
  lateness: 'lateness',
}

/** @throws VajraError `SUITE_INVALID` for a suite of another version's syntax: those of this one were validated */
export function plannedThresholds(suite: Suite): PlannedThreshold[] {
  return suite.thresholds.map((threshold, index) => {
    const selector = parsed(parseMetricSelector(threshold.metric))
    const expression = parsed(parseThresholdExpression(threshold.expression))
    const { metric } = selector
    const scope = metric === 'rate' ? openOnly(scopeOf(selector, suite), suite) : scopeOf(selector, suite)
    const histogram = HISTOGRAMS[metric] ?? null
    const bySecond = expression.forSeconds !== undefined
    const source = JSON.stringify([scope, histogram, metric === 'generatorSaturated', bySecond])
    return { index, threshold, metric, expression, scope, histogram, source }
  })
}

/** Of users no rate is asked. */
function openOnly(scope: Scope, suite: Suite): Scope {
  return { ...scope, parts: scope.parts.filter(({ scenario }) => suite.scenarios[scenario]!.load.model === 'open') }
}

function parsed<T extends object>(result: T | { readonly error: string; readonly hint: string }): T {
  if ('error' in result) throw new VajraError('SUITE_INVALID', `threshold: ${result.error}`, { hint: result.hint })
  return result as T
}
