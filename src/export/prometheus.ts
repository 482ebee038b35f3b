/**
 * The Prometheus text format, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
 */

import { VajraError } from '../base/errors.ts'

/** Content type of what {@link renderPrometheus} gives. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** A metric with all of its samples. */
export interface MetricFamily {
  /** Letters, digits, `_` and `:`; counters end in `_total`, units are base units (`_seconds`, `_bytes`). */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly MetricSample[]
}

export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/**
 * Renders metrics in the order given. A family without samples is left out; an answer without any is empty.
 *
 * @throws VajraError `INTERNAL` for a name that Prometheus does not allow: it would make the whole answer unreadable
 */
export function renderPrometheus(families: readonly MetricFamily[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(renderFamily)
    .join('')
}

function renderFamily({ name, help, type, samples }: MetricFamily): string {
  checkName(name, METRIC_NAME)
  const lines = [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ labels, value }) => `${name}${renderLabels(labels ?? {})} ${renderValue(value)}`),
  ]
  return `${lines.join('\n')}\n`
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    checkName(name, LABEL_NAME)
    return `${name}="${escapeLabel(value)}"`
  })
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function renderValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (Number.isFinite(value)) return String(value)
  return value > 0 ? '+Inf' : '-Inf'
}

function checkName(name: string, pattern: RegExp): void {
  if (!pattern.test(name)) throw new VajraError('INTERNAL', `metrics: ${name} is not a name Prometheus allows`)
}
