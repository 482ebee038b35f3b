import type { Report, TimelinePoint } from '../metrics/report-document.ts'

const COLUMNS: readonly (keyof TimelinePoint)[] = [
  'at',
  'scheduled',
  'sent',
  'succeeded',
  'failed',
  'dropped',
  'rate',
  'p50',
  'p99',
  'latenessP50',
  'latenessP99',
]

/**
 * A report's timeline as CSV (RFC 4180: CRLF, a header row). Columns are named as in the report: `at`, `p50` and `p99`
 * (latency), `latenessP50` and `latenessP99` in milliseconds, `rate` in requests per second. What an earlier version
 * has not stored stays empty.
 */
export function renderCsv(report: Report): string {
  const rows = report.timeline.map((point) => COLUMNS.map((column) => point[column]).join(','))
  return [COLUMNS.join(','), ...rows, ''].join('\r\n')
}
