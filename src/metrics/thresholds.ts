/**
 * Thresholds held against measurements. Where there is nothing to measure (no answer yet, no request planned) a
 * threshold holds and observes null, as in k6; a count of 0 and a rate over measured time are something.
 */

import type { RunMs } from '../base/clock.ts'
import { VajraError } from '../base/errors.ts'
import type { Suite, Threshold } from '../suite/spec.ts'
import {
  type MetricName,
  parseMetricSelector,
  parseThresholdExpression,
  type ThresholdExpression,
  type ThresholdOperator,
} from '../suite/threshold.ts'
import type { Histogram } from './histogram.ts'
import { type Measurement, perSecond, type RunMeasurement } from './measurement.ts'
import type { ThresholdResult } from './report-document.ts'
import { microsToMs } from './rounding.ts'

const COMPARE: Readonly<Record<ThresholdOperator, (observed: number, value: number) => boolean>> = {
  '<': (observed, value) => observed < value,
  '<=': (observed, value) => observed <= value,
  '>': (observed, value) => observed > value,
  '>=': (observed, value) => observed >= value,
  '==': (observed, value) => observed === value,
  '!=': (observed, value) => observed !== value,
}

/** Holds all of a suite's thresholds against a run, in the suite's order. */
export function evaluateThresholds(suite: Suite, run: RunMeasurement): ThresholdResult[] {
  return suite.thresholds.map((threshold) => evaluate(threshold, suite, run))
}

/**
 * The first threshold that ends the run: it may abort, its delay is over, and it does not hold.
 *
 * @param runMs run time now
 */
export function crossedAborting(suite: Suite, run: RunMeasurement, runMs: RunMs): ThresholdResult | undefined {
  for (const threshold of suite.thresholds) {
    if (!threshold.abortOnFail || runMs < threshold.delayAbortEvalMs) continue
    const result = evaluate(threshold, suite, run)
    if (!result.ok) return result
  }
  return undefined
}

function evaluate(threshold: Threshold, suite: Suite, run: RunMeasurement): ThresholdResult {
  const selector = parsed(parseMetricSelector(threshold.metric))
  const expression = parsed(parseThresholdExpression(threshold.expression))
  const scenario = suite.scenarios.findIndex(({ name }) => name === selector.scenario)
  const measurement = selector.scenario === undefined ? run.whole : run.scenarios[scenario]
  const observed = measurement === undefined ? null : observe(selector.metric, expression, measurement)
  const ok = observed === null || COMPARE[expression.operator](observed, expression.value)
  return { metric: threshold.metric, expression: threshold.expression, ok, observed }
}

/** A suite is validated before it runs, so what does not parse is another version's syntax or a defect. */
function parsed<T extends object>(result: T | { readonly error: string; readonly hint: string }): T {
  if ('error' in result) throw new VajraError('SUITE_INVALID', `threshold: ${result.error}`, { hint: result.hint })
  return result
}

function observe(metric: MetricName, expression: ThresholdExpression, measurement: Measurement): number | null {
  const { accounts, tally, measuredMs } = measurement
  const rate = expression.aggregation === 'rate'
  const overTime = (count: number) => (rate ? (measuredMs > 0 ? perSecond(count, measuredMs) : null) : count)
  switch (metric) {
    case 'duration':
      return observeTime(expression, tally.latency)
    case 'service':
      return observeTime(expression, tally.serviceTime)
    case 'lateness':
      return observeTime(expression, tally.lateness)
    case 'failed':
      return rate ? fraction(accounts.failed, accounts.succeeded + accounts.failed) : accounts.failed
    case 'dropped':
      return rate ? fraction(accounts.dropped, accounts.scheduled) : accounts.dropped
    case 'requests':
      return overTime(accounts.sent)
    case 'bytes_sent':
      return overTime(tally.bytesSent)
    case 'bytes_received':
      return overTime(tally.bytesReceived)
  }
}

function fraction(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null
}

/** Milliseconds, in whole microseconds as the report shows them. */
function observeTime({ aggregation, percentile }: ThresholdExpression, histogram: Histogram): number | null {
  if (histogram.count === 0) return null
  switch (aggregation) {
    case 'avg':
      return microsToMs(histogram.mean)
    case 'min':
      return microsToMs(histogram.min)
    case 'max':
      return microsToMs(histogram.max)
    case 'med':
      return microsToMs(histogram.percentile(50))
    case 'p':
      return microsToMs(histogram.percentile(percentile ?? 50))
    default:
      return null
  }
}
