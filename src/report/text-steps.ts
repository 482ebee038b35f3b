/** The part of the summary on journeys and mixes: their iterations, and a table of their steps. */

import type { ScenarioReport, StepReport } from '../metrics/report-document.ts'
import { formatCount, formatMs, formatPercent, formatRate } from './format.ts'
import { type Alignment, alignColumns, truncate } from './layout.ts'
import { printable } from './style.ts'
import { label, type Page } from './text-page.ts'

const HEADERS = ['step', 'sent', 'failed', 'avg', 'med', 'p(95)', 'p(99)', 'max']
const ALIGNMENTS = HEADERS.map((_, column): Alignment => (column === 0 ? 'left' : 'right'))
/** Columns that the figures of a step take, with those between them. */
const FIGURES = 58
const SHORTEST_NAME = 16

/** Whether steps say more than the scenario itself. */
export function hasSteps({ steps, iterations }: ScenarioReport): boolean {
  return steps.length > 1 || iterations !== undefined
}

export function iterationLine(page: Page, { iterations }: ScenarioReport): string[] {
  if (iterations === undefined) return []
  const { sent, succeeded, failed, dropped, unaccounted, rate } = iterations
  const told = [
    `${formatCount(sent)}  ${formatRate(rate)}`,
    `failed ${formatPercent(succeeded + failed > 0 ? failed / (succeeded + failed) : 0)}`,
    ...(dropped > 0 ? [`dropped ${formatCount(dropped)}`] : []),
    ...(unaccounted > 0 ? [`unaccounted ${formatCount(unaccounted)}`] : []),
  ]
  return [label(page, 'iterations') + told.join(', ')]
}

/** A line for each step; the times are latencies. */
export function stepLines({ style, width }: Page, scenario: ScenarioReport): string[] {
  if (!hasSteps(scenario)) return []
  const nameWidth = Math.max(SHORTEST_NAME, width - FIGURES - 4)
  const rows = [HEADERS, ...scenario.steps.map((step) => stepRow(step, nameWidth))]
  const [head, ...lines] = alignColumns(rows, ALIGNMENTS).map((row) => row.join('  ').trimEnd())
  return ['', style.dim(head!), ...lines.map((line, index) => failedStyle(scenario.steps[index]!, style.bad)(line))]
}

function failedStyle({ totals }: StepReport, bad: (text: string) => string): (text: string) => string {
  return totals.failed > 0 ? bad : (text) => text
}

function stepRow({ name, group, totals }: StepReport, nameWidth: number): string[] {
  const { sent, succeeded, failed, latency } = totals
  const share = succeeded + failed > 0 ? failed / (succeeded + failed) : 0
  return [
    truncate(printable(group === undefined ? name : `${group}: ${name}`), nameWidth),
    formatCount(sent),
    failed === 0 ? '0' : `${formatCount(failed)} (${formatPercent(share)})`,
    ...[latency.mean, latency.p50, latency.p95, latency.p99, latency.max].map(formatMs),
  ]
}
