/** What was found, as tables. */

import { markdownTable } from '../support/tables.ts'
import { PARTS, sumOfSpent } from './cpu-account.ts'
import type { Load, Recovery, ScaleResult } from './measure.ts'
import { controlOf, type Flow, GOSSIP, type Volume, volumeOf, WINDOWS } from './traffic.ts'
import type { RoleLoad } from './window-roles.ts'

/** A mesh that was measured, or why it was not. */
export type Row = ScaleResult | { readonly nodes: number; readonly givenUp: string }

/** CPU time of a node, in percent of a core, by the number of nodes up to which it is aimed at. */
const NODE_AIMS = [
  { nodes: 100, percent: 5 },
  { nodes: 1000, percent: 15 },
] as const

const COORDINATOR_AIM_PERCENT = 100

/** Promised after a clean crash. */
const RECOVERY_AIM_MS = 2000

/** What windows cost in a mesh of a size. */
export interface Roles {
  readonly nodes: number
  readonly loads: readonly RoleLoad[]
}

export function isMeasured(row: Row): row is ScaleResult {
  return !('givenUp' in row)
}

/** A node's cost: aims beside it, marks where they are missed. */
export function costTable(rows: readonly Row[]): string {
  const head = [
    'nodes',
    'a node: CPU',
    'aim',
    'core',
    'codec',
    'windows',
    'coordinator: CPU',
    'core',
    'codec',
    'windows',
  ]
  return markdownTable(
    head,
    rows.map((row) => {
      if (!isMeasured(row)) return [String(row.nodes), ...head.slice(1).map(() => '–')]
      const aim = NODE_AIMS.find(({ nodes }) => row.nodes <= nodes)?.percent ?? null
      return [
        String(row.nodes),
        marked(percentOf(row.node), aim),
        aim === null ? '' : `≤ ${aim} %`,
        ...PARTS.map((part) => percent(row.node.cpu[part] / 10)),
        marked(percentOf(row.coordinator), COORDINATOR_AIM_PERCENT),
        ...PARTS.map((part) => percent(row.coordinator.cpu[part] / 10)),
      ]
    }),
  )
}

/** Messages and bytes per second: a node's, the coordinator's. */
export function trafficTable(rows: readonly Row[]): string {
  const head = ['nodes', 'who', 'control in', 'control out', 'windows in', 'windows out', 'gossip in']
  return markdownTable(
    head,
    rows.filter(isMeasured).flatMap((row) => [
      [String(row.nodes), 'a node', ...volumes(row.node.flow)],
      ['', 'coordinator', ...volumes(row.coordinator.flow)],
    ]),
  )
}

/** What windows cost in each role, by the number of nodes. */
export function rolesTable(sizes: readonly Roles[]): string {
  const head = ['nodes', 'who', 'windows in', 'windows out', 'CPU']
  return markdownTable(
    head,
    sizes.flatMap(({ nodes, loads }) =>
      loads.map((load, i) => [
        i === 0 ? String(nodes) : '',
        load.role,
        show(load.in),
        show(load.out),
        `${percent(load.cpuMs / 10)} %`,
      ]),
    ),
  )
}

/** Control messages by kind. */
export function kindTable(rows: readonly Row[]): string {
  const head = ['nodes', 'kind', 'a node: in', 'out', 'coordinator: in', 'out']
  return markdownTable(head, rows.filter(isMeasured).flatMap(kindRows))
}

function kindRows(row: ScaleResult): string[][] {
  const flows = [row.node.flow, row.coordinator.flow]
  const kinds = new Set(flows.flatMap((flow) => [...Object.keys(flow.in), ...Object.keys(flow.out)]))
  return [...kinds]
    .filter((kind) => kind !== WINDOWS && kind !== GOSSIP)
    .sort()
    .map((kind, i) => [
      i === 0 ? String(row.nodes) : '',
      kind,
      ...flows.flatMap((flow) => [show(volumeOf(flow.in, kind)), show(volumeOf(flow.out, kind))]),
    ])
}

/** Kills, the start, and how old totals are. */
export function timeTable(rows: readonly Row[]): string {
  const head = [
    'nodes',
    'submit to full rate',
    'coordinator killed: to full rate',
    'CPU meanwhile',
    'sent meanwhile',
    'other killed: to full rate',
    'CPU meanwhile',
    'all drained to verdict',
    'CPU since the stop',
    'got since the stop',
    "totals' age",
  ]
  return markdownTable(
    head,
    rows
      .filter(isMeasured)
      .map((row) => [
        String(row.nodes),
        milliseconds(row.startMs),
        recovery(row.takeOver),
        milliseconds(row.takeOver.cpuMs),
        sent(row.takeOver.flow),
        recovery(row.loss),
        milliseconds(row.loss.cpuMs),
        row.ending.verdictMs === null ? 'never ✗' : milliseconds(row.ending.verdictMs),
        milliseconds(row.ending.cpuMs),
        size(controlOf(row.ending.flow.in).bytes),
        milliseconds(row.totalsAgeMs),
      ]),
  )
}

/** What kept a mesh from being measured, or would have kept it from working. */
export function remarks(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => {
    if (!isMeasured(row)) return [`${row.nodes} nodes: given up ${row.givenUp}.`]
    return Object.entries(row.refusals).map(
      ([kind, why]) =>
        `${row.nodes} nodes: ✗ \`${kind}\` would not have been taken by a peer (${why}); measured as if it had.`,
    )
  })
}

function percentOf(load: Load): number {
  return sumOfSpent(load.cpu) / 10
}

function percent(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0)
}

function marked(value: number, aim: number | null): string {
  return `${percent(value)} %${aim === null ? '' : value <= aim ? ' ✓' : ' ✗'}`
}

/** Virtual time alone would forget that a coordinator also has to do the work. */
function recovery({ fullRateMs, cpuMs }: Recovery): string {
  if (fullRateMs === null) return 'never ✗'
  return `${milliseconds(fullRateMs)} ${fullRateMs + cpuMs <= RECOVERY_AIM_MS ? '✓' : '✗'}`
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`
}

function volumes(flow: Flow): string[] {
  return [
    show(controlOf(flow.in)),
    show(controlOf(flow.out)),
    show(volumeOf(flow.in, WINDOWS)),
    show(volumeOf(flow.out, WINDOWS)),
    show(volumeOf(flow.in, GOSSIP)),
  ]
}

function show({ messages, bytes }: Volume): string {
  return messages === 0 ? '–' : `${count(messages)}, ${size(bytes)}`
}

function sent({ out }: Flow): string {
  const gossip = volumeOf(out, GOSSIP).bytes
  const rest = Object.values(out).reduce((sum, { bytes }) => sum + bytes, 0) - gossip
  return `${size(rest)}, gossip ${size(gossip)}`
}

function count(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0)
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes.toFixed(0)} B`
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
