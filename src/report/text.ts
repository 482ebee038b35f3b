/**
 * The summary at the end of a run, laid out as k6's users know it: thresholds, totals, scenarios; then what k6 does
 * not have: nodes, coverage, events and the digest.
 */

import type { Report } from '../metrics/report-document.ts'
import { styleFor } from './style.ts'
import { coverageLines, eventLines, verdictLines } from './text-coverage.ts'
import { type Page, section } from './text-page.ts'
import { thresholdLines } from './text-thresholds.ts'
import { scenarioLines, totalsLines } from './text-totals.ts'

export interface SummaryOptions {
  readonly colour: boolean
  /** Columns of the terminal; made for 80 and more. */
  readonly width: number
}

/** Renders a report for people. Lines are joined by `\n`, none at the end. */
export function renderSummary(report: Report, options: SummaryOptions): string {
  const page: Page = { style: styleFor(options.colour), width: Math.max(60, options.width) }
  return [
    ...section(page, 'thresholds', thresholdLines(page, report)),
    ...section(page, 'totals', totalsLines(page, report)),
    ...section(page, 'scenarios', scenarioLines(page, report)),
    ...section(page, 'nodes', coverageLines(page, report)),
    ...section(page, 'events', eventLines(page, report)),
    ...verdictLines(page, report),
  ].join('\n')
}
