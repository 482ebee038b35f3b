/**
 * The syntax of thresholds, k6's with units: a metric with an optional selector (`duration{scenario:browse}`) and a
 * condition. A plain condition must hold at the end: `p(99)<250ms`, `rate<1%`, `count==0`. One with `for` is a fault,
 * and must not last: `p(90)>1s for 10s` is crossed when it was so in each of ten seconds in a row.
 */

import { LIMITS } from '../base/limits.ts'
import { oneOf, show } from './show.ts'
import { closest } from './suggest.ts'
import { METRICS, type MetricName, type ThresholdAggregation, type ThresholdUnit } from './threshold-metrics.ts'
import { type MetricSelector, parseMetricSelector, type ThresholdError } from './threshold-selector.ts'
import { formatDuration, parseDuration, parseRate, parseSize } from './units.ts'

export type ThresholdOperator = '<' | '<=' | '>' | '>=' | '==' | '!='

export interface ThresholdExpression {
  readonly aggregation: ThresholdAggregation
  /** 0 to 100; only with the aggregation `p`. */
  readonly percentile?: number
  readonly operator: ThresholdOperator
  /** Milliseconds for a duration, a fraction (0 to 1) for a share, per second for a rate, else a count. */
  readonly value: number
  readonly unit: ThresholdUnit
  /** How many seconds in a row it takes to be a fault; only where the condition is one. */
  readonly forSeconds?: number
}

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
const EXAMPLES =
  'write aggregation, operator, value: p(95)<200ms, avg<=1.5s, rate<1%, count==0; or what must not last: p(90)>1s for 10s'
const LONGEST_TEXT = 256

const fail = (error: string, hint: string): ThresholdError => ({ error, hint })

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
  const [, before, after] = /^(.*?)(?:\bfor\b(.*))?$/.exec(rest) as unknown as [string, string, string | undefined]
  const value = readValue(before.trim())
  if ('error' in value) return value
  const plain = { ...aggregation, operator: operator as ThresholdOperator, ...value }
  if (after === undefined) return plain
  const lasting = readLasting(after.trim())
  return 'error' in lasting ? lasting : { ...plain, ...lasting }
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

function readLasting(text: string): { readonly forSeconds: number } | ThresholdError {
  const duration = parseDuration(text)
  if (!duration.ok) return fail(`after \`for\`, ${duration.message}`, 'write for how long: p(90)>1s for 10s')
  if (duration.value >= 1000 && duration.value % 1000 === 0 && duration.value <= LIMITS.thresholdForMs) {
    return { forSeconds: duration.value / 1000 }
  }
  const most = formatDuration(LIMITS.thresholdForMs)
  return fail(`for ${text}: not a number of whole seconds up to ${most}`, 'a run is measured second by second: for 10s')
}

/**
 * Reads a metric and its condition together and checks that they fit: only aggregations the metric has, only units
 * its values come in, and with `for` only what can be meant as a fault. Does not know the suite's names.
 */
export function parseThreshold(
  metricText: string,
  expressionText: string,
): { readonly selector: MetricSelector; readonly expression: ThresholdExpression } | ThresholdError {
  const selector = parseMetricSelector(metricText)
  if ('error' in selector) return selector
  const expression = parseThresholdExpression(expressionText)
  if ('error' in expression) return expression
  const { metric } = selector
  return (
    misfit(metric, expression, expressionText) ??
    misread(metric, expression, expressionText) ?? { selector, expression }
  )
}

/** The unit a metric's values have under an aggregation. */
export function unitOf(metric: MetricName, aggregation: ThresholdAggregation): ThresholdUnit {
  const { rateUnit = 'plain', countUnit = 'plain' } = METRICS[metric]
  return aggregation === 'rate' ? rateUnit : aggregation === 'count' ? countUnit : 'ms'
}

function misfit(metric: MetricName, expression: ThresholdExpression, text: string): ThresholdError | undefined {
  const { aggregations, example } = METRICS[metric]
  const { aggregation, unit, value } = expression
  if (!aggregations.includes(aggregation)) {
    const known = oneOf(aggregations.map((name) => WRITTEN[name]))
    return fail(`${metric} has no ${WRITTEN[aggregation]} (in ${show(text)})`, `${metric} has ${known}: ${example}`)
  }
  const wanted = unitOf(metric, aggregation)
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

const OPPOSITE: Readonly<Record<ThresholdOperator, ThresholdOperator>> = {
  '<': '>=',
  '<=': '>',
  '>': '<=',
  '>=': '<',
  '==': '!=',
  '!=': '==',
}

/**
 * With `for` the condition is the fault; without, it is what must hold. Whoever writes what must hold and `for` after it
 * would have a run stopped because all is well: what cannot be a fault of this metric is refused.
 */
function misread(metric: MetricName, expression: ThresholdExpression, text: string): ThresholdError | undefined {
  const { forSeconds, operator, value, aggregation } = expression
  const { bad } = METRICS[metric]
  if (forSeconds === undefined || bad === 'either') return undefined
  const best = bad === 'high' ? 0 : unitOf(metric, aggregation) === 'fraction' ? 1 : Number.POSITIVE_INFINITY
  const isFault =
    operator === '==' ? value !== best : operator === '!=' ? value === best : (operator[0] === '>') === (bad === 'high')
  if (isFault) return undefined
  const opposite = operator === '!=' ? (bad === 'high' ? '>' : '<') : OPPOSITE[operator]
  const turned = text.replace(operator, opposite).trim()
  return fail(
    `with \`for\` a condition says what is wrong, but ${show(text)} says how ${metric} should be`,
    `turn it round: "${turned}" is crossed when that lasts; without \`for\` a condition says what must hold`,
  )
}
