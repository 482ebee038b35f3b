/**
 * A run while it goes on: progress bars for a terminal, one line for everything else.
 */

import type { LiveScenario, LiveTotals } from '../metrics/live-document.ts'
import { formatCount, formatMs, formatPercent, formatRate, formatRunTime } from './format.ts'
import { type Alignment, alignColumns, truncate, widthOf } from './layout.ts'
import { printable, type Style, styleFor } from './style.ts'

export interface LiveOptions {
  readonly colour: boolean
  /** Columns of the terminal: no line is longer, so that redrawing works. */
  readonly width: number
}

const LONGEST_NAME = 24
const LONGEST_BAR = 30
const SHORTEST_BAR = 10

const HEADERS = ['', 'elapsed', 'rate', 'in flight', 'errors/s', 'p50', 'p99']
/** After the rate of the requests, where a scenario has iterations beside them. */
const ITERATIONS = 3
/** The column that gives way first: the bar tells much the same. */
const ELAPSED = 1
const ALIGNMENTS = [...HEADERS, ''].map((): Alignment => 'right')

/** Column heads, one line a scenario with its progress bar, and one on the run and its nodes. */
export function renderLive(live: LiveTotals, { colour, width }: LiveOptions): string[] {
  const style = styleFor(colour)
  const names = alignColumns([[''], ...live.scenarios.map(({ name }) => [shortName(name)])], []).flat()
  const rows = withIterations(live, [HEADERS, ...live.scenarios.map((scenario) => factsOf(live.at, scenario))])
  const room = width - widthOf(names[0]!) - 4
  const full = joinColumns(rows)
  const facts =
    widthOf(full[0]!) + SHORTEST_BAR > room ? joinColumns(rows.map((row) => row.toSpliced(ELAPSED, 1))) : full
  const barWidth = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, room - widthOf(facts[0]!)))
  const [head, ...lines] = facts.map((text, index) => {
    const scenario = live.scenarios[index - 1]
    const bar = scenario === undefined ? ' '.repeat(barWidth + 2) : progressBar(progressOf(live.at, scenario), barWidth)
    return [names[index]!, bar, text]
  })
  return [
    style.dim(truncate(head!.join(' '), width)),
    ...lines.map((parts) => styledLine(style, parts, width)),
    truncate(runLine(live), width),
  ]
}

function withIterations({ scenarios }: LiveTotals, rows: readonly (readonly string[])[]): readonly string[][] {
  if (scenarios.every(({ iterations }) => iterations === undefined)) return rows.map((row) => [...row])
  return rows.map((row, index) => {
    const iterations = scenarios[index - 1]?.iterations
    const cell = index === 0 ? 'iterations' : iterations === undefined ? '' : formatRate(iterations.rate)
    return row.toSpliced(ITERATIONS, 0, cell)
  })
}

function joinColumns(rows: readonly (readonly string[])[]): string[] {
  return alignColumns(rows, ALIGNMENTS).map((row) => row.join('  '))
}

/** Cuts the line before it is coloured: codes have no width. */
function styledLine(style: Style, [name, bar, facts]: readonly string[], width: number): string {
  const points = [...truncate(`${name} ${bar} ${facts}`, width)]
  const barFrom = widthOf(name!) + 1
  const barTo = barFrom + widthOf(bar!)
  const part = (from: number, to: number) => points.slice(from, to).join('')
  return style.bold(part(0, barFrom)) + style.good(part(barFrom, barTo)) + part(barTo, points.length)
}

function shortName(name: string): string {
  return truncate(printable(name), LONGEST_NAME)
}

function factsOf(at: number, scenario: LiveScenario): string[] {
  return [
    phaseOf(at, scenario),
    `${formatRunTime(elapsedOf(at, scenario))}/${formatRunTime(scenario.durationMs)}`,
    formatRate(scenario.rate),
    formatCount(scenario.inFlight),
    formatCount(scenario.errorsPerSecond),
    formatMs(scenario.p50),
    formatMs(scenario.p99),
  ]
}

function elapsedOf(at: number, { startMs, durationMs }: LiveScenario): number {
  return Math.max(0, Math.min(durationMs, at - startMs))
}

function progressOf(at: number, scenario: LiveScenario): number {
  return scenario.durationMs > 0 ? elapsedOf(at, scenario) / scenario.durationMs : 1
}

function phaseOf(at: number, scenario: LiveScenario): string {
  if (at < scenario.startMs) return 'waiting'
  if (at - scenario.startMs < scenario.warmupMs) return 'warm-up'
  return `${Math.floor(progressOf(at, scenario) * 100)}%`
}

/** `[=====>----]`, as k6 draws it. @param width without the brackets */
function progressBar(fraction: number, width: number): string {
  const done = Math.floor(fraction * width)
  if (done >= width) return `[${'='.repeat(width)}]`
  return `[${'='.repeat(Math.max(0, done - 1))}${done > 0 ? '>' : ''}${'-'.repeat(width - done)}]`
}

function runLine(live: LiveTotals): string {
  const { totals, nodes } = live
  const names = nodes.map(printable).join(', ')
  const where = nodes.length === 0 ? 'waiting for nodes' : `on ${nodesText(nodes.length)}: ${names}`
  return `${live.status} ${where}  |  ${countsText(totals)}`
}

function nodesText(count: number): string {
  return `${count} ${count === 1 ? 'node' : 'nodes'}`
}

function countsText({ sent, succeeded, failed, dropped }: LiveTotals['totals']): string {
  const share = succeeded + failed > 0 ? ` (${formatPercent(failed / (succeeded + failed))})` : ''
  return `sent ${formatCount(sent)}, failed ${formatCount(failed)}${share}, dropped ${formatCount(dropped)}`
}

/** The run in one line, for logs and pipes: no colour, no redrawing. */
export function renderLiveLine(live: LiveTotals): string {
  const { at, durationMs, status, nodes, totals, scenarios } = live
  const rate = scenarios.reduce((sum, scenario) => sum + scenario.rate, 0)
  const inFlight = scenarios.reduce((sum, scenario) => sum + scenario.inFlight, 0)
  return [
    `${formatRunTime(Math.min(at, durationMs))}/${formatRunTime(durationMs)} ${status}`,
    nodesText(nodes.length),
    formatRate(rate),
    countsText(totals),
    `in flight ${formatCount(inFlight)}`,
    `p50 ${formatMs(totals.latency.p50)}, p99 ${formatMs(totals.latency.p99)}`,
  ].join('  ')
}
