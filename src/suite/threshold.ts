/**
 * The syntax of thresholds, k6's with units: a metric with an optional selector (`duration{scenario:browse}`) and a
 * condition on it (`p(99)<250ms`, `rate<1%`, `count==0`).
 */

import { oneOf, show } from './show.ts'
import { closest } from './suggest.ts'
import { parseDuration, parseRate, parseSize } from './units.ts'

/** Metrics by their own names. */
export type MetricName =
  | 'duration'
  | 'service'
  | 'lateness'
  | 'failed'
  | 'dropped'
  | 'requests'
  | 'bytes_sent'
  | 'bytes_received'

export type ThresholdAggregation = 'avg' | 'min' | 'med' | 'max' | 'p' | 'rate' | 'count'

export type ThresholdOperator = '<' | '<=' | '>' | '>=' | '==' | '!='

/** What a value was written in; `plain` has no unit of its own and takes the one its metric has. */
export type ThresholdUnit = 'plain' | 'ms' | 'fraction' | 'perSecond' | 'bytes' | 'bytesPerSecond'

export interface ThresholdExpression {
  readonly aggregation: ThresholdAggregation
  /** 0 to 100; only with the aggregation `p`. */
  readonly percentile?: number
  readonly operator: ThresholdOperator
  /** Milliseconds for a duration, a fraction (0 to 1) for a share, per second for a rate, else a count. */
  readonly value: number
  readonly unit: ThresholdUnit
}

export interface MetricSelector {
  readonly metric: MetricName
  /** Name of the scenario the metric is narrowed to. */
  readonly scenario?: string
}

/** Why a text is not a threshold, and what to write instead. */
export interface ThresholdError {
  readonly error: string
  readonly hint: string
}

const TIMES: readonly ThresholdAggregation[] = ['avg', 'min', 'med', 'max', 'p']

/** Every metric: what it means, what can be asked of it, and what the value of its `rate` is. */
export const METRICS: Readonly<
  Record<
    MetricName,
    {
      readonly description: string
      readonly aggregations: readonly ThresholdAggregation[]
      readonly rateUnit?: ThresholdUnit
      readonly example: string
    }
  >
> = {
  duration: { description: 'latency from the planned start', aggregations: TIMES, example: 'p(95)<200ms' },
  service: { description: 'service time from the actual send', aggregations: TIMES, example: 'p(95)<200ms' },
  lateness: { description: 'from the planned start to the send', aggregations: TIMES, example: 'p(99)<10ms' },
  failed: {
    description: 'requests that failed; its rate is their fraction',
    aggregations: ['rate', 'count'],
    rateUnit: 'fraction',
    example: 'rate<1%',
  },
  dropped: {
    description: 'arrivals that were not sent; its rate is their fraction',
    aggregations: ['rate', 'count'],
    rateUnit: 'fraction',
    example: 'count==0',
  },
  requests: {
    description: 'requests sent; its rate is per second',
    aggregations: ['rate', 'count'],
    rateUnit: 'perSecond',
    example: 'rate>=100/s',
  },
  bytes_sent: {
    description: 'bytes sent; its rate is per second',
    aggregations: ['rate', 'count'],
    rateUnit: 'bytesPerSecond',
    example: 'count<10MB',
  },
  bytes_received: {
    description: 'bytes received; its rate is per second',
    aggregations: ['rate', 'count'],
    rateUnit: 'bytesPerSecond',
    example: 'rate<1MB/s',
  },
}

/** k6's names for the same metrics. */
export const METRIC_ALIASES: Readonly<Record<string, MetricName>> = {
  http_req_duration: 'duration',
  http_req_failed: 'failed',
  http_reqs: 'requests',
  iterations: 'requests',
  dropped_iterations: 'dropped',
  data_sent: 'bytes_sent',
  data_received: 'bytes_received',
}

const METRIC_NAMES = Object.keys(METRICS) as MetricName[]
const OPERATORS: readonly string[] = ['<', '<=', '>', '>=', '==', '!=']
const WRITTEN: Readonly<Record<ThresholdAggregation, string>> = {
  avg: 'avg',
  min: 'min',
  med: 'med',
  max: 'max',
  p: 'p(N)',
  rate: 'rate',
  count: 'count',
}
const EXAMPLES = 'write aggregation, operator, value: p(95)<200ms, avg<=1.5s, rate<1%, count==0'
const LONGEST_TEXT = 256

const fail = (error: string, hint: string): ThresholdError => ({ error, hint })

/**
 * Reads a metric with an optional selector: `duration`, `http_req_failed`, `duration{scenario:browse}`. Aliases come
 * back under the metric's own name.
 */
export function parseMetricSelector(text: string): MetricSelector | ThresholdError {
  const match = text.length > LONGEST_TEXT ? null : /^ *([\w.-]+) *(?:\{([^{}]*)\} *)?$/.exec(text)
  if (match === null) {
    return fail(`${show(text)} is not a metric`, 'write a metric, or metric{scenario:NAME}: duration{scenario:browse}')
  }
  const written = match[1]!
  const metric = METRIC_NAMES.find((name) => name === written) ?? aliasOf(written)
  if (metric === undefined) return unknownMetric(written)
  if (match[2] === undefined) return { metric }
  const selector = /^ *scenario *: *("?)(.+?)\1 *$/.exec(match[2])
  if (selector === null) {
    return fail(`{${match[2]}} is not a selector`, `only a scenario can be selected: ${metric}{scenario:NAME}`)
  }
  return { metric, scenario: selector[2]! }
}

function aliasOf(name: string): MetricName | undefined {
  return Object.hasOwn(METRIC_ALIASES, name) ? METRIC_ALIASES[name] : undefined
}

function unknownMetric(written: string): ThresholdError {
  const near = closest(written, [...METRIC_NAMES, ...Object.keys(METRIC_ALIASES)])
  const error = `${written}: unknown metric${near === undefined ? '' : `, did you mean \`${near}\`?`}`
  return fail(error, `metrics are ${oneOf(METRIC_NAMES)}`)
}

/**
 * Reads a condition. Values: a number (milliseconds for times, as in k6), a duration (`250ms`, `1.5s`), a percentage
 * (`1%`), a rate (`100/s`), a size (`10kB`) or a size per time (`1MB/s`). Whether they fit the metric is
 * {@link parseThreshold}'s question.
 */
export function parseThresholdExpression(text: string): ThresholdExpression | ThresholdError {
  const match = text.length > LONGEST_TEXT ? null : /^ *([a-z]+) *(?:\(([^()]*)\))? *([<>=!]+) *(.*)$/i.exec(text)
  if (match === null) return fail(`${show(text)} is not a condition`, EXAMPLES)
  const [, word, argument, operator, rest] = match as unknown as [string, string, string | undefined, string, string]
  const aggregation = readAggregation(word, argument)
  if ('error' in aggregation) return aggregation
  if (!OPERATORS.includes(operator)) {
    return fail(`${operator} is not an operator (in ${show(text)})`, `operators are ${oneOf(OPERATORS)}`)
  }
  const value = readValue(rest.trim())
  if ('error' in value) return value
  return { ...aggregation, operator: operator as ThresholdOperator, ...value }
}

function readAggregation(
  word: string,
  argument: string | undefined,
): { readonly aggregation: ThresholdAggregation; readonly percentile?: number } | ThresholdError {
  const names = Object.keys(WRITTEN) as ThresholdAggregation[]
  const aggregation = names.find((name) => name === word)
  if (aggregation === undefined) {
    const near = closest(word, names)
    const guess = near === undefined ? '' : `, did you mean \`${near}\`?`
    return fail(`${word}: unknown aggregation${guess}`, `aggregations are ${oneOf(Object.values(WRITTEN))}`)
  }
  if (aggregation !== 'p') {
    if (argument === undefined) return { aggregation }
    return fail(`${word}(${argument}): only p takes a number`, `write ${word} alone, or p(95)`)
  }
  const percentile = argument !== undefined && /^ *\d+(\.\d+)? *$/.test(argument) ? Number(argument) : Number.NaN
  if (percentile >= 0 && percentile <= 100) return { aggregation, percentile }
  return fail(`p(${argument ?? ''}): not a percentile`, 'write a number from 0 to 100: p(95), p(99.9)')
}

function readValue(text: string): { readonly value: number; readonly unit: ThresholdUnit } | ThresholdError {
  if (/^\d+(\.\d+)?$/.test(text)) return { value: Number(text), unit: 'plain' }
  const percent = /^(\d+(?:\.\d+)?) ?%$/.exec(text)
  if (percent !== null) return { value: Number(percent[1]) / 100, unit: 'fraction' }
  const duration = parseDuration(text)
  if (duration.ok) return { value: duration.value, unit: 'ms' }
  const rate = parseRate(text)
  if (rate.ok) return { value: rate.value, unit: 'perSecond' }
  const size = parseSize(text)
  if (size.ok) return { value: size.value, unit: 'bytes' }
  const [amount, ...time] = text.split('/')
  const bytes = parseSize(amount)
  const perSecond = parseRate(`1/${time.join('/')}`)
  if (bytes.ok && perSecond.ok) return { value: bytes.value * perSecond.value, unit: 'bytesPerSecond' }
  return fail(`${show(text)} is not a value`, 'write a number, or one with its unit: 250ms, 1.5s, 1%, 100/s, 10kB')
}

/**
 * Reads a metric and its condition together and checks that they fit: only aggregations the metric has, only units
 * its values come in. Does not know the suite's scenarios.
 */
export function parseThreshold(
  metricText: string,
  expressionText: string,
): { readonly selector: MetricSelector; readonly expression: ThresholdExpression } | ThresholdError {
  const selector = parseMetricSelector(metricText)
  if ('error' in selector) return selector
  const expression = parseThresholdExpression(expressionText)
  if ('error' in expression) return expression
  return misfit(selector.metric, expression, expressionText) ?? { selector, expression }
}

function misfit(metric: MetricName, expression: ThresholdExpression, text: string): ThresholdError | undefined {
  const { aggregations, rateUnit, example } = METRICS[metric]
  const { aggregation, unit, value } = expression
  if (!aggregations.includes(aggregation)) {
    const known = oneOf(aggregations.map((name) => WRITTEN[name]))
    return fail(`${metric} has no ${WRITTEN[aggregation]} (in ${show(text)})`, `${metric} has ${known}: ${example}`)
  }
  const wanted = aggregation === 'rate' ? rateUnit : aggregation !== 'count' ? 'ms' : unitOfCount(metric)
  if (unit !== 'plain' && unit !== wanted) {
    return fail(`the value in ${show(text)} is in the wrong unit for ${metric}`, `write it like ${example}`)
  }
  if (wanted === 'fraction' && value > 1) {
    return fail(
      `${metric}'s rate is a fraction and never above 1 (in ${show(text)})`,
      unit === 'plain' ? `did you mean ${value}%?` : 'write a percentage from 0% to 100%',
    )
  }
  return undefined
}

function unitOfCount(metric: MetricName): ThresholdUnit {
  return metric === 'bytes_sent' || metric === 'bytes_received' ? 'bytes' : 'plain'
}
