/**
 * Memory of a node: whether it grows during a long run, and what 10,000 connections take.
 *
 *     npm run bench:memory -- [--minutes 10] [--rate 500] [--connections 10000] [--only steady,connections]
 *                             [--cli dist/bin/vajra.js] [--json] [--save]
 *
 * One node, one load thread. `--save` writes bench/RESULTS-memory.md and
 * bench/RESULTS-connections.md.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Cluster, type ClusterNode } from '../examples/support/cluster.ts'
import { atExit } from '../examples/support/leave-nothing.ts'
import { EXIT } from '../src/base/errors.ts'
import { floorGrowthOf, type Growth, growthOf, WARM_UP_PART } from './memory/growth.ts'
import type { CollectedSample, HeapSample } from './memory/heap-log.ts'
import { benchmark, type Found, type Page, publish, say } from './support/benchmark.ts'
import { ExactTarget } from './support/exact-target-process.ts'
import { describeMachine, loadNow, machineText } from './support/machine.ts'
import { residentMb } from './support/process-usage.ts'
import { markdownTable } from './support/tables.ts'

type Part = 'steady' | 'connections'

/** A page for each: they take so differently long that they are seldom measured at once. */
const PAGES: Readonly<Record<Part, Omit<Page, 'command' | 'told'>>> = {
  connections: { file: 'RESULTS-connections.md', title: 'Memory of many connections, measured' },
  steady: { file: 'RESULTS-memory.md', title: 'Memory of a steady run, measured' },
}
const PARTS = Object.keys(PAGES) as Part[]

const SAMPLE_MS = 1000

/** How long each answer takes while connections are counted; all of them are opened within this time. */
const HOLD_MS = 5000
const AIM_CONNECTIONS_MB = 400

interface Options {
  readonly minutes: number
  readonly rate: number
  readonly connections: number
  readonly cli: string
}

/** Starts a node that logs its heap. */
async function startNode(cluster: Cluster, cli: string): Promise<{ readonly node: ClusterNode; readonly log: string }> {
  const log = join(cluster.folder, 'heap.log')
  writeFileSync(log, '')
  const preload = ['--import', join(import.meta.dirname, 'memory/heap-log.ts')]
  const place = [
    '--no-mdns',
    '--listen',
    '127.0.0.1:0',
    '--http',
    '127.0.0.1:0',
    '--data-dir',
    join(cluster.folder, 'data'),
  ]
  const args = [...preload, cli, 'node', '--name', 'node', '--json', '--workers', '1', ...place]
  return { node: await cluster.ready(cluster.launch('node', args, { HEAP_LOG: log })), log }
}

/** What was logged, in MB: at each second, or each time a full collection was asked for. */
function heapMb(log: string, part: keyof HeapSample | keyof CollectedSample): number[] {
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  const samples = lines.map((line) => JSON.parse(line) as Partial<HeapSample & CollectedSample>)
  return samples.flatMap((sample) => (sample[part] === undefined ? [] : sample[part] / 1e6))
}

async function measureSteady(cluster: Cluster, target: ExactTarget, options: Options): Promise<Found> {
  const { minutes, rate, cli } = options
  const seconds = Math.round(minutes * 60)
  await target.begin()
  const { node, log } = await startNode(cluster, cli)
  const load = { rate: `${rate}/s`, duration: `${seconds}s` }
  const runId = await cluster.submit(node, { name: 'steady', scenarios: [{ name: 'only', load, http: target.url }] })
  const resident: number[] = []
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    await sleep(SAMPLE_MS)
    resident.push(residentMb(node.process.pid!))
    if (resident.length % 60 === 0) say(`minute ${resident.length / 60}: ${resident.at(-1)!.toFixed(1)} MB`)
    if (resident.length === Math.floor(seconds * WARM_UP_PART)) node.process.kill('SIGUSR2')
  }
  node.process.kill('SIGUSR2')
  await cluster.ended(runId, 60_000)
  const { totals } = await cluster.report(node, runId)
  await cluster.leave(node)
  const heap = heapMb(log, 'main')
  const loadHeap = heapMb(log, 'load')
  const outside = heapMb(log, 'outside')
  const kept = heapMb(log, 'kept')
  const measured: readonly (readonly [string, Growth])[] = [
    ['resident, of the process', growthOf(resident)],
    ['heap of the main thread', growthOf(heap)],
    ['… what collections leave', floorGrowthOf(heap)],
    ['heap of the load thread', growthOf(loadHeap)],
    ['… what collections leave', floorGrowthOf(loadHeap)],
    ['buffers of the main thread, after collections', floorGrowthOf(outside)],
  ]
  const rows = measured.map(([name, { whole, late, least, most, last }]) => [
    name,
    whole.toFixed(3),
    late.toFixed(3),
    `${least.toFixed(1)} … ${most.toFixed(1)}`,
    last.toFixed(1),
  ])
  const head = ['memory', 'MB/minute', 'in the second half', 'least … most, MB', 'at the end, MB']
  const about = `${minutes} minutes at ${rate}/s, ${totals.sent.toLocaleString('en')} requests, ${totals.failed + totals.dropped} failed or dropped`
  const text = `${about}. Growth by least squares after the first ${100 * WARM_UP_PART} %.`
  const [early = Number.NaN, late = Number.NaN] = kept
  const reachable = `A full collection left ${early.toFixed(2)} MB on the heap of the main thread after the first ${100 * WARM_UP_PART} %, and ${late.toFixed(2)} MB at the end: what was kept grew by ${(late - early).toFixed(2)} MB.`
  return {
    text: `${text}\n\n${markdownTable(head, rows)}\n\n${reachable}`,
    data: {
      ...{ minutes, rate, totals, measured: Object.fromEntries(measured.map(([name, growth]) => [name, growth])) },
      ...{ residentMb: resident, heapMb: heap, loadHeapMb: loadHeap, outsideMb: outside, keptMb: kept },
    },
  }
}

async function measureConnections(cluster: Cluster, target: ExactTarget, options: Options): Promise<Found> {
  const { connections, cli } = options
  await target.begin({ delayMs: HOLD_MS })
  const { node } = await startNode(cluster, cli)
  const pid = node.process.pid!
  await sleep(3000)
  const idle = residentMb(pid)
  // As many as are in flight at a time: the rate times how long each takes.
  const rate = Math.ceil((connections * 1000) / HOLD_MS)
  const load = { rate: `${rate}/s`, duration: '12s', maxInFlight: 2 * connections }
  const runId = await cluster.submit(node, { name: 'many', scenarios: [{ name: 'only', load, http: target.url }] })
  let most = 0
  let sockets = 0
  const ended = cluster.ended(runId, 90_000)
  let over = false
  void ended.finally(() => {
    over = true
  })
  while (!over) {
    most = Math.max(most, residentMb(pid))
    sockets = Math.max(sockets, openSockets(pid))
    await sleep(250)
  }
  await ended
  const { totals } = await cluster.report(node, runId)
  await cluster.leave(node)
  const verdict = `aim: at most ${AIM_CONNECTIONS_MB} MB ${most <= AIM_CONNECTIONS_MB ? '✓' : '✗'}`
  const each = ((most - idle) * 1000) / Math.max(1, sockets)
  const text = [
    `${sockets.toLocaleString('en')} sockets open at a time: ${most.toFixed(0)} MB resident (${verdict}), ${idle.toFixed(0)} MB before, ${each.toFixed(1)} kB for each.`,
    `${totals.sent.toLocaleString('en')} requests, ${totals.failed} failed, ${totals.dropped} dropped.`,
  ].join('\n')
  return { text, data: { connections, sockets, idleMb: idle, mostMb: most, eachKb: each, totals } }
}

function openSockets(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

async function withNode(measure: (cluster: Cluster, target: ExactTarget) => Promise<Found>): Promise<Found> {
  const cluster = new Cluster()
  const target = await ExactTarget.start()
  const stop = (): void => {
    cluster.closeNow()
    target.process.kill('SIGKILL')
  }
  process.once('exit', stop)
  try {
    return await measure(cluster, target)
  } finally {
    process.off('exit', stop)
    await cluster.close()
    await target.close()
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      rate: { type: 'string', default: '500' },
      connections: { type: 'string', default: '10000' },
      only: { type: 'string', default: PARTS.join(',') },
      cli: { type: 'string', default: 'bin/vajra.ts' },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  })
  atExit(() => {})
  const wanted = values.only.split(',')
  const loadBefore = loadNow()
  const options: Options = {
    minutes: Number(values.minutes),
    rate: Number(values.rate),
    connections: Number(values.connections),
    cli: resolve(values.cli),
  }
  const unknown = wanted.filter((name) => !PARTS.some((part) => part === name))
  if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}; there are ${PARTS.join(', ')}`)
  const command = ['npm run bench:memory --', ...process.argv.slice(2)].join(' ')
  for (const part of PARTS.filter((name) => wanted.includes(name))) {
    const measure = part === 'steady' ? measureSteady : measureConnections
    const found = await withNode((cluster, target) => measure(cluster, target, options))
    const machine = describeMachine(loadBefore, values.cli)
    const page = { ...PAGES[part], command, told: 'more', anchor: '#memory-npm-run-benchmemory' }
    publish(page, { text: `${found.text}\n\n${machineText(machine)}`, data: { part, ...found.data, machine } }, values)
  }
  return EXIT.ok
}

await benchmark('memory', main)
