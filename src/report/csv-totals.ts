import type { LatencySummary, Report, Totals } from '../metrics/report-document.ts'

const COUNTS = [
  'scheduled',
  'sent',
  'dropped',
  'succeeded',
  'failed',
  'unaccounted',
  'rate',
  'bytesSent',
  'bytesReceived',
] as const
const SUMMARIES = ['latency', 'serviceTime', 'lateness'] as const
const FIGURES: readonly Exclude<keyof LatencySummary, 'unit'>[] = [
  'min',
  'mean',
  'stddev',
  'p50',
  'p75',
  'p90',
  'p95',
  'p99',
  'p99_9',
  'max',
]

/** `latencyP50`, as the timeline has `latenessP50`. */
const nameOf = (summary: string, figure: string): string => summary + figure[0]!.toUpperCase() + figure.slice(1)

const COLUMNS = [
  ...['of', 'scenario', 'group', 'step'],
  ...COUNTS,
  ...['checksPassed', 'checksFailed'],
  ...SUMMARIES.flatMap((summary) => FIGURES.map((figure) => nameOf(summary, figure))),
]

/** What a row is about. */
interface Place {
  readonly of: 'run' | 'scenario' | 'iterations' | 'step'
  readonly scenario?: string
  readonly group?: string | undefined
  readonly step?: string
}

/**
 * All totals of a report as CSV (RFC 4180): a row for the run, for each scenario, for its iterations where they are counted
 * beside requests, and for each of its steps. Columns are named as in the report; times are milliseconds, `rate` is per
 * second. What is not counted stays empty.
 */
export function renderTotalsCsv({ totals, scenarios }: Report): string {
  const rows = [rowOf({ of: 'run' }, totals)]
  for (const { name: scenario, totals: own, iterations, steps } of scenarios) {
    rows.push(rowOf({ of: 'scenario', scenario }, own))
    if (iterations !== undefined) rows.push(rowOf({ of: 'iterations', scenario }, iterations))
    for (const { name: step, group, totals: each } of steps)
      rows.push(rowOf({ of: 'step', scenario, group, step }, each))
  }
  return [COLUMNS.join(','), ...rows, ''].join('\r\n')
}

function rowOf({ of, scenario = '', group = '', step = '' }: Place, totals: Totals): string {
  const { checks } = totals
  return [
    ...[of, scenario, group, step].map(quoted),
    ...COUNTS.map((key) => totals[key]),
    ...(checks === undefined ? ['', ''] : [checks.passed, checks.failed]),
    ...SUMMARIES.flatMap((summary) => FIGURES.map((figure) => totals[summary][figure])),
  ].join(',')
}

/** A field: in quotes where it would be taken for several, or for something else. */
function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
