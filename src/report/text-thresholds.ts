import type { Report, ThresholdResult } from '../metrics/report-document.ts'
import { parseThresholdExpression, unitOf } from '../suite/threshold.ts'
import type { ThresholdUnit } from '../suite/threshold-metrics.ts'
import { parseMetricSelector } from '../suite/threshold-selector.ts'
import { formatBytes, formatCount, formatMs, formatPercent, formatRate, formatRunTime } from './format.ts'
import { printable } from './style.ts'
import { indent, type Page } from './text-page.ts'

/** Thresholds under their metrics, in the order of the suite: `✓ p(95)<200ms  p(95)=142ms`. */
export function thresholdLines(page: Page, { thresholds }: Report): string[] {
  const lines: string[] = []
  for (const [index, threshold] of thresholds.entries()) {
    if (threshold.metric !== thresholds[index - 1]?.metric) {
      if (index > 0) lines.push('')
      lines.push(indent(page.style.bold(printable(threshold.metric))))
    }
    lines.push(indent(thresholdLine(page, threshold)))
    const stopped = stoppedText(threshold)
    if (stopped !== '') lines.push(indent(indent(page.style.bad(stopped))))
  }
  return lines
}

function thresholdLine({ style }: Page, threshold: ThresholdResult): string {
  const mark = threshold.ok ? style.good('✓') : style.bad('✗')
  const never = threshold.longest === undefined ? '' : 'never '
  return `${mark} ${never}'${printable(threshold.expression)}' ${style.name(printable(observedText(threshold)))}`
}

/**
 * What was observed, in the unit of its metric: `p(95)=142ms`, `rate=0.25%`; with `for` also how long the fault lasted at
 * most; `no data` when there was none.
 */
export function observedText({ metric, expression, observed, longest, message }: ThresholdResult): string {
  if (message !== undefined) return message
  const lasted = longest === undefined ? '' : longestText(longest)
  return `${observed === null ? 'no data' : valueText(metric, expression, observed)}${lasted}`
}

function longestText(longest: NonNullable<ThresholdResult['longest']> | null): string {
  if (longest === null) return ''
  return `, ${formatRunTime(longest.seconds * 1000)} long from ${formatRunTime(longest.from)}`
}

/** That it stopped the run, when, and what had been observed by then. */
export function stoppedText({ metric, expression, stoppedRun }: ThresholdResult): string {
  if (stoppedRun === undefined) return ''
  const { at, observed } = stoppedRun
  const value = observed === null ? '' : ` with ${valueText(metric, expression, observed)}`
  return `stopped the run at ${formatRunTime(at)}${value}`
}

function valueText(metric: string, expression: string, observed: number): string {
  const selector = parseMetricSelector(metric)
  const parsed = parseThresholdExpression(expression)
  if ('error' in selector || 'error' in parsed) return String(observed)
  const { aggregation, percentile } = parsed
  const name = aggregation === 'p' ? `p(${percentile})` : aggregation
  return `${name}=${FORMATS[unitOf(selector.metric, aggregation)](observed)}`
}

const FORMATS: Readonly<Record<ThresholdUnit, (value: number) => string>> = {
  plain: formatCount,
  ms: formatMs,
  fraction: formatPercent,
  perSecond: formatRate,
  bytes: formatBytes,
  bytesPerSecond: (value) => `${formatBytes(value)}/s`,
}
