/** What a benchmark finds: figures with their aims, and how they are shown. */

import { median } from '../../examples/support/arrivals.ts'
import { markdownTable } from './tables.ts'

/** One thing measured several times. */
export interface Figure {
  readonly name: string
  readonly unit: 'ms' | '%' | 'MB'
  /** The value not to go over; null where there is no aim. */
  readonly aim: number | null
  readonly values: readonly number[]
}

export interface FigureSummary extends Figure {
  readonly median: number
  readonly least: number
  readonly most: number
  /** Whether the median keeps the aim; null without one. */
  readonly ok: boolean | null
}

export function summarize(figure: Figure): FigureSummary {
  const middle = rounded(median(figure.values), figure.unit)
  return {
    ...figure,
    values: figure.values.map((value) => rounded(value, figure.unit)),
    median: middle,
    least: rounded(Math.min(...figure.values), figure.unit),
    most: rounded(Math.max(...figure.values), figure.unit),
    ok: figure.aim === null ? null : middle <= figure.aim,
  }
}

export function figureTable(figures: readonly FigureSummary[]): string {
  const head = ['what', 'aim', 'median', 'least … most', 'n', '']
  const rows = figures.map((figure) => [
    figure.name,
    figure.aim === null ? '' : `≤ ${figure.aim} ${figure.unit}`,
    `${figure.median} ${figure.unit}`,
    `${figure.least} … ${figure.most}`,
    String(figure.values.length),
    figure.ok === null ? '' : figure.ok ? '✓' : '✗',
  ])
  return markdownTable(head, rows)
}

function rounded(value: number, unit: Figure['unit']): number {
  return unit === '%' ? Math.round(value * 100) / 100 : Math.round(value)
}
