/**
 * What a threshold compares: one value of the figures of a run, a part of it, or one second. Where there is nothing to
 * measure (no answer yet, no request planned) there is no value; a count of 0 and a rate over measured time are one.
 */

import type { ThresholdExpression, ThresholdOperator } from '../suite/threshold.ts'
import type { MetricName } from '../suite/threshold-metrics.ts'
import type { Accounts } from './accounts.ts'
import type { Histogram } from './histogram.ts'
import { perSecond } from './measurement.ts'
import { microsToMs } from './rounding.ts'

/** What is known of the windows a threshold is about, in the time it is about. */
export interface Figures {
  readonly accounts: Accounts
  /** Arrivals that were asked for: those that are told of, or more where the plan says so. */
  readonly asked: number
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly checks: { readonly passed: number; readonly failed: number }
  /** Null for metrics that are not read from one. */
  readonly histogram: Histogram | null
  /** Nodes that could not generate their load; null when none has fired. */
  readonly saturated: number | null
  readonly measuredMs: number
}

const COMPARE: Readonly<Record<ThresholdOperator, (observed: number, value: number) => boolean>> = {
  '<': (observed, value) => observed < value,
  '<=': (observed, value) => observed <= value,
  '>': (observed, value) => observed > value,
  '>=': (observed, value) => observed >= value,
  '==': (observed, value) => observed === value,
  '!=': (observed, value) => observed !== value,
}

/** Whether a condition is met by a value. */
export function isMet({ operator, value }: ThresholdExpression, observed: number): boolean {
  return COMPARE[operator](observed, value)
}

/** The value that is compared; null when there is nothing to measure. */
export function observe(metric: MetricName, expression: ThresholdExpression, figures: Figures): number | null {
  const { accounts, checks, histogram, asked } = figures
  const of = (count: number, whole: number) =>
    expression.aggregation === 'rate' ? (whole > 0 ? count / whole : null) : count
  const overTime = (count: number) => observeOverTime(expression, count, figures)
  switch (metric) {
    case 'duration':
    case 'service':
    case 'lateness':
    case 'iteration_duration':
      return histogram === null ? null : observeTime(expression, histogram)
    case 'failed':
      return of(accounts.failed, accounts.succeeded + accounts.failed)
    case 'dropped':
      return of(accounts.dropped, asked)
    case 'rate':
      return of(accounts.sent, asked)
    case 'checks':
      return of(checks.passed, checks.passed + checks.failed)
    case 'checks_failed':
      return of(checks.failed, checks.passed + checks.failed)
    case 'requests':
      return overTime(accounts.sent)
    case 'iterations':
      return overTime(accounts.succeeded + accounts.failed)
    case 'bytes_sent':
      return overTime(figures.bytesSent)
    case 'bytes_received':
      return overTime(figures.bytesReceived)
    case 'generatorSaturated':
      return figures.saturated
  }
}

function observeOverTime({ aggregation }: ThresholdExpression, count: number, { measuredMs }: Figures): number | null {
  if (aggregation !== 'rate') return count
  return measuredMs > 0 ? perSecond(count, measuredMs) : null
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
    default:
      return microsToMs(histogram.percentile(percentile ?? 50))
  }
}
