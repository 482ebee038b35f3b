/**
 * Tables for `vajra nodes` and `vajra runs`.
 */

import type { Pacing } from '../base/pacing.ts'
import { formatCount, formatRunTime } from './format.ts'
import { type Alignment, alignColumns } from './layout.ts'
import { printable, styleFor } from './style.ts'

export interface TableOptions {
  readonly colour: boolean
  /** By column; left where not given. */
  readonly alignments?: readonly Alignment[]
}

/** Aligned columns, two spaces apart, headers in capitals. One line a row, no trailing spaces. */
export function renderTable(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  options: TableOptions,
): string {
  const cells = [headers.map((header) => header.toUpperCase()), ...rows.map((row) => row.map(printable))]
  const [head, ...body] = alignColumns(cells, options.alignments ?? []).map((row) => row.join('  ').trimEnd())
  return [styleFor(options.colour).bold(head!), ...body].join('\n')
}

/** What the table of nodes shows of `GET /v1/nodes`. */
export interface NodesTable {
  readonly self: string
  readonly coordinator: string | null
  readonly term: number
  readonly nodes: readonly {
    readonly name: string
    readonly bootId: string
    readonly coordinator: boolean
    readonly state: string
    readonly capacity: number
    readonly version: string
    readonly http: string | null
    readonly load: { readonly inFlight: number; readonly cpu: number; readonly pacing?: Pacing }
    readonly runs: number
  }[]
}

/** One row a node, the coordinator marked, and a line on who coordinates. */
export function renderNodes(document: NodesTable, options: { readonly colour: boolean }): string {
  const headers = [
    'name',
    'role',
    'state',
    'capacity',
    'cpu',
    'pacing',
    'in flight',
    'runs',
    'http',
    'version',
    'boot id',
  ]
  const alignments: Alignment[] = ['left', 'left', 'left', 'right', 'right', 'left', 'right', 'right']
  const rows = document.nodes.map((node) => [
    node.name,
    node.coordinator ? 'coordinator' : '',
    node.state,
    formatCapacity(node.capacity),
    `${Math.round(node.load.cpu * 100)}%`,
    formatPacing(node.load.pacing),
    formatCount(node.load.inFlight),
    formatCount(node.runs),
    node.http ?? '-',
    node.version,
    // The end of a boot id tells nodes apart; the whole is in the JSON document.
    node.bootId.length > 12 ? `…${node.bootId.slice(-8)}` : node.bootId,
  ])
  const coordinator = document.coordinator === null ? 'none elected yet' : printable(document.coordinator)
  const count = `${document.nodes.length} ${document.nodes.length === 1 ? 'node' : 'nodes'}`
  const summary = `${count}, coordinator: ${coordinator} (term ${document.term}), asked: ${printable(document.self)}`
  return `${renderTable(headers, rows, { ...options, alignments })}\n\n${summary}`
}

/** `auto (precise)` where the node finds out by itself. Nodes of an earlier version do not tell. */
function formatPacing(pacing: Pacing | undefined): string {
  if (pacing === undefined) return '-'
  return pacing.setting === 'auto' ? `auto (${pacing.mode})` : pacing.mode
}

function formatCapacity(capacity: number): string {
  return String(Math.round(capacity * 100) / 100)
}

/** What the table of runs shows of `GET /v1/runs`. */
export interface RunsTableRow {
  readonly runId: string
  readonly suite: string
  readonly status: string
  readonly createdAt: string
  readonly durationMs: number
  readonly degraded: boolean
  readonly complete: boolean | null
  readonly thresholdsOk: boolean | null
  readonly shares: readonly unknown[]
}

/** One row a run, in the order given; says so when there is none. */
export function renderRuns(runs: readonly RunsTableRow[], options: { readonly colour: boolean }): string {
  if (runs.length === 0) return 'no runs'
  const headers = ['run', 'suite', 'status', 'created', 'duration', 'nodes', 'thresholds', 'coverage']
  const alignments: Alignment[] = ['left', 'left', 'left', 'left', 'right', 'right']
  const rows = runs.map((run) => [
    run.runId,
    run.suite,
    run.degraded ? `${run.status} (degraded)` : run.status,
    run.createdAt,
    formatRunTime(run.durationMs),
    formatCount(run.shares.length),
    verdict(run.thresholdsOk, 'hold', 'crossed'),
    verdict(run.complete, 'complete', 'incomplete'),
  ])
  return renderTable(headers, rows, { ...options, alignments })
}

function verdict(value: boolean | null, yes: string, no: string): string {
  if (value === null) return '-'
  return value ? yes : no
}
