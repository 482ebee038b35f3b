import type { Report, ThresholdResult } from '../metrics/report-document.ts'
import { parseMetricSelector, parseThresholdExpression } from '../suite/threshold.ts'
import { formatBytes, formatCount, formatMs, formatPercent, formatRate } from './format.ts'
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
  }
  return lines
}

function thresholdLine({ style }: Page, threshold: ThresholdResult): string {
  const mark = threshold.ok ? style.good('✓') : style.bad('✗')
  return `${mark} '${printable(threshold.expression)}' ${style.name(observedText(threshold))}`
}

/** What was observed, in the unit of its metric: `p(95)=142ms`, `rate=0.25%`; `no data` when there was none. */
export function observedText({ metric, expression, observed }: ThresholdResult): string {
  if (observed === null) return 'no data'
  const selector = parseMetricSelector(metric)
  const parsed = parseThresholdExpression(expression)
  if ('error' in selector || 'error' in parsed) return String(observed)
  const { aggregation, percentile } = parsed
  const name = aggregation === 'p' ? `p(${percentile})` : aggregation
  return `${name}=${formatObserved(selector.metric, aggregation, observed)}`
}

function formatObserved(metric: string, aggregation: string, observed: number): string {
  const bytes = metric === 'bytes_sent' || metric === 'bytes_received'
  if (aggregation === 'count') return bytes ? formatBytes(observed) : formatCount(observed)
  if (aggregation !== 'rate') return formatMs(observed)
  if (bytes) return `${formatBytes(observed)}/s`
  return metric === 'requests' ? formatRate(observed) : formatPercent(observed)
}
