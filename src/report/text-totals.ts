import type { LatencySummary, Report, ScenarioReport, Totals } from '../metrics/report-document.ts'
import { formatBytes, formatCount, formatMs, formatPercent, formatRate } from './format.ts'
import { pad, widthOf } from './layout.ts'
import { printable } from './style.ts'
import { checksLine } from './text-checks.ts'
import { generatorLines } from './text-generator.ts'
import { indent, label, NO_LABEL, type Page } from './text-page.ts'
import { hasSteps, iterationLine, stepLines } from './text-steps.ts'

/** Kinds of errors shown; the report has more. */
const ERRORS_SHOWN = 10

/** Columns of the longest time that {@link formatMs} writes: `1.23ms`. */
const TIME_WIDTH = 6

/** From this width on the times have room for two spaces between them. */
const WIDE = 84

const STATISTICS: readonly (readonly [string, keyof LatencySummary])[] = [
  ['avg', 'mean'],
  ['min', 'min'],
  ['med', 'p50'],
  ['max', 'max'],
  ['p(90)', 'p90'],
  ['p(95)', 'p95'],
  ['p(99)', 'p99'],
  ['p(99.9)', 'p99_9'],
]

export function totalsLines(page: Page, report: Report): string[] {
  const { totals, scenarios, durationMs } = report
  const seconds = totals.rate > 0 ? totals.sent / totals.rate : durationMs / 1000
  const data = (bytes: number) => `${formatBytes(bytes)}  ${formatBytes(seconds > 0 ? bytes / seconds : 0)}/s`
  const lines = [
    ...countLines(page, totals, true),
    label(page, 'data sent') + data(totals.bytesSent),
    label(page, 'data received') + data(totals.bytesReceived),
    ...(scenarios.length === 1 ? [...driverLine(page, scenarios[0]!), ...warmupLine(page, scenarios[0]!)] : []),
    '',
    ...timeLines(page, [
      ['latency', totals.latency],
      ['service time', totals.serviceTime],
      ['lateness', totals.lateness],
    ]),
    ...errorLines(page, totals),
  ]
  return [...lines.map((line) => (line === '' ? line : indent(line))), ...generatorLines(page, report)]
}

/** Each scenario on its own; nothing when the only one is of single requests, since the totals say it all. */
export function scenarioLines(page: Page, { scenarios }: Report): string[] {
  if (scenarios.length === 1 && !hasSteps(scenarios[0]!)) return []
  return scenarios.flatMap((scenario, index) => {
    const lines = [
      ...countLines(page, scenario.totals, false),
      ...(scenarios.length > 1 ? [...driverLine(page, scenario), ...warmupLine(page, scenario)] : []),
      ...iterationLine(page, scenario),
      ...timeLines(page, [['latency', scenario.totals.latency], ...iterationRow(scenario)]),
      ...stepLines(page, scenario),
    ]
    const head = indent(page.style.bold(printable(scenario.name)))
    return [...(index > 0 ? [''] : []), head, ...lines.map((line) => (line === '' ? line : indent(line)))]
  })
}

function iterationRow({ iterations }: ScenarioReport): (readonly [string, LatencySummary])[] {
  return iterations === undefined ? [] : [['iteration', iterations.latency]]
}

function countLines(page: Page, totals: Totals, all: boolean): string[] {
  const { style } = page
  const { scheduled, sent, dropped, succeeded, failed, unaccounted } = totals
  const share = (part: number, whole: number) => (whole > 0 ? formatPercent(part / whole) : '0%')
  const alarm = (count: number) => (count > 0 ? style.bad : (text: string) => text)
  const lines = [
    `${label(page, 'requests')}${formatCount(sent)}  ${formatRate(totals.rate)}`,
    label(page, 'failed') + alarm(failed)(share(failed, succeeded + failed)) + countOf(failed, succeeded + failed),
  ]
  lines.push(...checksLine(page, totals))
  const inFlight = sent - succeeded - failed
  if (inFlight > 0) lines.push(label(page, 'in flight') + formatCount(inFlight))
  if (all || dropped > 0) {
    lines.push(label(page, 'dropped') + alarm(dropped)(share(dropped, scheduled)) + countOf(dropped, scheduled))
  }
  if (all || unaccounted > 0) {
    lines.push(
      label(page, 'unaccounted') + alarm(unaccounted)(share(unaccounted, scheduled)) + countOf(unaccounted, scheduled),
    )
  }
  return lines
}

function countOf(part: number, whole: number): string {
  return `  ${formatCount(part)} of ${formatCount(whole)}`
}

/** Nothing for tasks without one, and for reports of nodes that knew of one only. */
function driverLine(page: Page, { driver }: ScenarioReport): string[] {
  return driver ? [label(page, 'driver') + driver] : []
}

function warmupLine(page: Page, { warmup }: ScenarioReport): string[] {
  if (warmup.sent + warmup.dropped === 0) return []
  const failed = warmup.failed > 0 ? `, ${formatCount(warmup.failed)} failed` : ''
  const dropped = warmup.dropped > 0 ? `, ${formatCount(warmup.dropped)} dropped` : ''
  return [`${label(page, 'warm-up')}${formatCount(warmup.sent)} sent${failed}${dropped}, not counted here`]
}

/** A head of statistics over rows of times, in columns. */
function timeLines(page: Page, rows: readonly (readonly [string, LatencySummary])[]): string[] {
  const cells = [
    STATISTICS.map(([title]) => title),
    ...rows.map(([, summary]) => STATISTICS.map(([, statistic]) => formatMs(summary[statistic] as number))),
  ]
  const [head, ...times] = cells.map((row) => row.map((cell) => pad(cell, TIME_WIDTH, 'right')))
  const gap = page.width < WIDE ? ' ' : '  '
  return [
    NO_LABEL + page.style.dim(head!.join(gap)),
    ...times.map((row, index) => label(page, rows[index]![0]) + page.style.name(row.join(gap))),
  ]
}

function errorLines(page: Page, { errors }: Totals): string[] {
  const kinds = Object.entries(errors).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  if (kinds.length === 0) return []
  const shown = kinds.slice(0, ERRORS_SHOWN)
  const width = Math.max(...shown.map(([, count]) => widthOf(formatCount(count))))
  const more = kinds.length - shown.length
  return [
    '',
    page.style.bold('errors'),
    ...shown.map(([kind, count]) => `${page.style.bad(pad(formatCount(count), width, 'right'))}  ${printable(kind)}`),
    ...(more > 0 ? [page.style.dim(`and ${formatCount(more)} more kinds`)] : []),
  ]
}
