/** The table at the end of the suite: asked rate, highest rate seen, time to be back, of every fault. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pageText } from '../../../../bench/support/benchmark.ts'
import { describeMachine, loadNow, machineText } from '../../../../bench/support/machine.ts'
import type { Gap } from '../../../../examples/support/arrivals.ts'
import type { FaultPlan, Outcome, Promised } from './fault-case.ts'

interface FaultRow {
  readonly name: string
  readonly nodes: number
  /** Requests per second. */
  readonly asked: number
  /** Most requests in one second of the target's log. */
  readonly highest: number
  readonly faults: readonly FaultFigure[]
}

interface FaultFigure {
  readonly what: string
  readonly backAt: number
  readonly withinMs: number
  readonly restored: boolean
  readonly restoredAfterMs: number
  /** Requests that were due meanwhile and did not arrive. */
  readonly missing: number
}

const PAGE = join(import.meta.dirname, '../../../../bench/RESULTS-faults.md')

const rows: FaultRow[] = []
const loadBefore = loadNow()

export function addRow(
  name: string,
  { nodes, rate }: FaultPlan,
  { log }: Outcome,
  promises: readonly (Promised & { readonly gap: Gap })[],
): void {
  const faults = promises.map(({ what, withinMs, rate: backAt = rate, gap }) => ({ what, backAt, withinMs, ...gap }))
  rows.push({ name, nodes: nodes.length, asked: rate, highest: Math.max(...Object.values(log.perSecond)), faults })
}

/** Prints the table, and writes it where it was asked for. */
export function finish(): void {
  if (rows.length === 0) return
  const machine = describeMachine(loadBefore, 'the sources')
  const versions = [versionOf('ip', '-V'), versionOf('iptables', '--version'), versionOf('faketime', '--version')]
  const text = `${table()}\n\n${machineText(machine)}\n${versions.filter((version) => version !== '').join(', ')}.\n`
  process.stdout.write(`${text}\n`)
  const { FAULTS_RESULTS: folder, FAULTS_SAVE: save } = process.env
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'faults.json'), `${JSON.stringify({ rows, machine }, null, 2)}\n`)
  }
  if (save !== undefined) writeFileSync(PAGE, page(text, readFileSync(PAGE, 'utf8')))
}

/** @param before the page as it is */
function page(text: string, before: string): string {
  const about = { file: 'RESULTS-faults.md', title: 'Real faults, measured', command: 'npm run faults:table' }
  return pageText({ ...about, told: 'what each column means' }, text.trimEnd(), before)
}

function table(): string {
  const head = ['fault', 'nodes', 'asked', 'highest second', 'back at', 'promised', 'measured', 'missing']
  const lines = rows.flatMap(({ name, nodes, asked, highest, faults }) =>
    faults.map(({ what, backAt, withinMs, restored, restoredAfterMs, missing }, i) => [
      `${i === 0 ? `${name}: ` : '… '}${what}`,
      i === 0 ? String(nodes) : '',
      i === 0 ? `${asked}/s` : '',
      i === 0 ? String(highest) : '',
      `${backAt}/s`,
      withinMs === 0 ? 'no gap' : `≤ ${withinMs} ms`,
      restored ? `${restoredAfterMs} ms` : 'not back',
      String(missing),
    ]),
  )
  const widths = head.map((_, column) => Math.max(...[head, ...lines].map((line) => line[column]!.length)))
  const pad = (cell: string, i: number): string => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))
  const show = (line: readonly string[]): string => `| ${line.map(pad).join(' | ')} |`
  const rule = widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [show(head), `| ${rule.join(' | ')} |`, ...lines.map(show)].join('\n')
}

/** What a command says of its version; empty where it is not installed. */
function versionOf(command: string, flag: string): string {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' })
  return (stdout || stderr || '').trim().split('\n')[0] ?? ''
}
