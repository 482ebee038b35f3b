/**
 * The planned load of a suite, drawn with characters: a chart for each scenario, all on one axis of time, so that
 * sequential scenarios stand one after the other. Each column shows its highest value.
 */

import { type PlannedLoad, type PlannedSeries, plannedLoad } from '../load/planned-load.ts'
import type { Suite } from '../suite/spec.ts'
import { formatDuration } from '../suite/units.ts'
import { pad, truncate, widthOf, wrap } from './layout.ts'
import { rateScale, roundTime, type Scale, usersScale } from './plot-scale.ts'
import { printable, type Style, styleFor } from './style.ts'

export interface PlotOptions {
  /** Columns of the terminal. */
  readonly width: number
  readonly colour: boolean
  /** False: ASCII only, but for what the suite itself names. */
  readonly unicode: boolean
}

interface Characters {
  /** Fillings of one cell, from empty to full. */
  readonly fill: readonly string[]
  readonly axis: string
  readonly corner: string
  readonly measured: string
  readonly warmup: string
  readonly tick: string
}

const BLOCKS: Characters = {
  fill: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  axis: '┤',
  corner: '┼',
  measured: '─',
  warmup: '╌',
  tick: '┬',
}

const ASCII: Characters = {
  fill: [' ', '.', ':', '#'],
  axis: '|',
  corner: '+',
  measured: '-',
  warmup: '~',
  tick: '+',
}

const MOST_COLUMNS = 160
const FEWEST_COLUMNS = 20
/** Lines of one chart, and of all together as far as the least allows. */
const MOST_LINES = 8
const LEAST_LINES = 3
const LINES_IN_ALL = 32
/** Columns between marks of time: a label and a space. */
const BETWEEN_MARKS = 10

/** A chart and what it is drawn with. */
interface Chart {
  readonly series: PlannedSeries
  readonly scale: Scale
}

/** The plot, line by line. */
export function renderPlot(suite: Suite, { width, colour, unicode }: PlotOptions): string[] {
  const style = styleFor(colour)
  const characters = unicode ? BLOCKS : ASCII
  // The labels' width depends on the peaks only, and those on no step; a rough look is enough.
  const rough = chartsOf(plannedLoad(suite, suite.durationMs))
  const labels = Math.max(
    ...rough.map(({ scale }) => Math.max(widthOf(scale.label(scale.top)), widthOf(scale.label(scale.top / 2)))),
  )
  const columns = Math.max(FEWEST_COLUMNS, Math.min(MOST_COLUMNS, width - labels - 3))
  const planned = plannedLoad(suite, suite.durationMs / columns)
  const charts = chartsOf(planned)
  const lines = Math.max(LEAST_LINES, Math.min(MOST_LINES, Math.floor(LINES_IN_ALL / charts.length)))
  const marks = marksOf(planned, columns)
  const margin = ' '.repeat(labels + 2)
  const axes = charts.map((chart) => axis(chart, planned, labels, marks, characters))
  const hasWarmup = axes.some((line) => line.includes(characters.warmup))
  return [
    ...charts.flatMap((chart, index) => [
      title(chart, style, width),
      ...area(chart, planned.stepMs, lines, labels, characters, style),
      axes[index]!,
    ]),
    `${margin}${timeLabels(marks, columns)}`,
    ...legend(planned.stepMs, hasWarmup ? characters.warmup : null).flatMap((sentence) =>
      wrap(sentence, width).map(style.dim),
    ),
  ]
}

function chartsOf({ series }: PlannedLoad): readonly Chart[] {
  return series.map((each) => ({
    series: each,
    scale: each.unit === 'rate' ? rateScale(each.peak) : usersScale(each.peak),
  }))
}

function title({ series, scale }: Chart, style: Style, width: number): string {
  const { scenario, peak, unit } = series
  const name = truncateTo(scenario === null ? 'all together' : printable(scenario), Math.max(10, width - 24))
  const most = scale.label(peak)
  return `${style.bold(name)}${style.dim(`, at most ${unit === 'rate' ? most : `${most} user${peak === 1 ? '' : 's'}`}`)}`
}

/** As {@link truncate}, in ASCII. */
function truncateTo(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${truncate(text, width - 2).slice(0, -1)}...`
}

function area(
  { series, scale }: Chart,
  stepMs: number,
  lines: number,
  labels: number,
  { fill, axis: bar }: Characters,
  style: Style,
): string[] {
  const parts = fill.length - 1
  const heights = series.points.map(({ peak }) =>
    // What is there is seen, however little.
    peak > 0 ? Math.max(1, Math.round((peak / scale.top) * lines * parts)) : 0,
  )
  const warm = series.points.filter(({ at }) => at + stepMs / 2 < series.startMs + series.warmupMs).length
  return Array.from({ length: lines }, (_, line) => {
    const row = lines - 1 - line
    const cells = heights.map((height) => fill[Math.max(0, Math.min(parts, height - row * parts))]!)
    // The upper edge of a cell is what its label stands for.
    const part = (row + 1) / lines
    const label = part === 1 || part === 0.5 ? scale.label(scale.top * part) : ''
    const drawn = style.dim(cells.slice(0, warm).join('')) + style.good(cells.slice(warm).join('').trimEnd())
    return `${pad(label, labels, 'right')} ${bar}${drawn}`.trimEnd()
  })
}

/** The bottom line: where the warm-up and where the measured part is. */
function axis(
  { series, scale }: Chart,
  { stepMs }: PlannedLoad,
  labels: number,
  marks: readonly Mark[],
  { corner, measured, warmup, tick }: Characters,
): string {
  const { startMs, warmupMs, durationMs } = series
  const ticks = new Set(marks.map(({ column }) => column))
  const line = series.points.map(({ at }, column) => {
    const middle = at + stepMs / 2
    if (middle < startMs || middle >= startMs + durationMs) return ' '
    if (ticks.has(column) && column > 0) return tick
    return middle < startMs + warmupMs ? warmup : measured
  })
  return `${pad(scale.label(0), labels, 'right')} ${corner}${line.join('').trimEnd()}`
}

interface Mark {
  readonly column: number
  readonly text: string
}

function marksOf({ durationMs, stepMs }: PlannedLoad, columns: number): readonly Mark[] {
  const everyMs = roundTime(stepMs * BETWEEN_MARKS)
  const marks: Mark[] = []
  for (let at = 0; at < durationMs; at += everyMs) {
    const column = Math.round(at / stepMs)
    if (column < columns) marks.push({ column, text: formatDuration(at) })
  }
  return marks
}

function timeLabels(marks: readonly Mark[], columns: number): string {
  let line = ''
  for (const { column, text } of marks) if (column + widthOf(text) <= columns) line = pad(line, column) + text
  return line
}

function legend(stepMs: number, warmup: string | null): readonly string[] {
  const column = `A column is ${formatDuration(Number(stepMs.toPrecision(3)))} and shows its highest value.`
  return warmup === null ? [column] : [column, `${warmup.repeat(3)} is the warm-up, which is not in the results.`]
}
