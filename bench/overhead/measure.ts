/** Runs each variant once, and says what it took and what disturbed it. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, type ClusterNode, until } from '../../examples/support/cluster.ts'
import { ToolProcess } from '../peers/tool-process.ts'
import type { Nginx } from '../support/nginx.ts'
import type { Pinning } from '../support/pinning.ts'
import { busyMs } from '../support/process-tree.ts'
import { untilQuiet } from '../support/quiet.ts'
import { runDelayMs, threadUsage, usedBetween } from '../support/thread-usage.ts'
import type { OverheadSample, Variant } from './sample.ts'

export const USERS = 64
/** From the first request until measuring begins: V8 goes on compiling for seconds, on threads of its own. */
const SETTLE_MS = 5000
const AFTER_MS = 700
/** The one of three that fires; with the others' capacity of 1 they get no slot. */
const CAPACITY = 1_000_000

/** Parts of the span from which on a measurement is disturbed: by others on the generator's CPU, and on the target's. */
const OTHERS_LIMIT = 0.03
const WAITED_LIMIT = 0.1
/** Disturbed measurements are made anew so many times; the last one is kept, whatever it was. */
const REPEATS = 2

export interface Setting {
  readonly cluster: Cluster
  readonly nginx: Nginx
  readonly pinning: Pinning
  readonly cli: string
  readonly seconds: number
  /** The node of the mesh that fires. */
  readonly node: ClusterNode
}

type Span = Omit<OverheadSample, 'variant' | 'round' | 'disturbance'>

/** Three nodes, of which the first fires everything and has a CPU without the others. */
export async function startMesh(cluster: Cluster, cli: string, { target, generator }: Pinning): Promise<ClusterNode> {
  const start = (name: string, capacity: number, inside: readonly string[]): Promise<ClusterNode> => {
    const place = ['--no-mdns', '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0']
    const data = ['--data-dir', join(cluster.folder, name)]
    const size = ['--workers', '1', '--capacity', String(capacity)]
    const args = [cli, 'node', '--name', name, '--json', ...size, ...place, ...data]
    return cluster.ready(cluster.launch(name, args, {}, inside))
  }
  const [node] = await Promise.all([
    start('node-1', CAPACITY, generator),
    start('node-2', 1, target),
    start('node-3', 1, target),
  ])
  await cluster.formed(3)
  return node
}

/** @param disturbed told of each measurement that is made anew, and why */
export async function measureOverhead(
  variant: Variant,
  setting: Setting,
  disturbed: (why: string) => void,
): Promise<Omit<OverheadSample, 'variant' | 'round'>> {
  for (let repeated = 0; ; repeated++) {
    await untilQuiet(setting.pinning)
    const span = await measureOnce(variant, setting)
    const disturbance = disturbanceOf(span)
    if (disturbance === null || repeated === REPEATS) return { ...span, disturbance }
    disturbed(disturbance)
  }
}

function disturbanceOf({ others, targetWaited }: Span): string | null {
  const percent = (part: number): string => `${(part * 100).toFixed(0)} %`
  if (others !== null && others > OTHERS_LIMIT) return `others had ${percent(others)} of the generator's CPU`
  if (targetWaited > WAITED_LIMIT) return `the target waited for its CPU ${percent(targetWaited)} of the time`
  return null
}

function measureOnce(variant: Variant, setting: Setting): Promise<Span> {
  const { nginx, seconds, cli, cluster } = setting
  if (variant === 'mesh') return measureNode(setting)
  if (variant === 'bare') {
    const loop = join(import.meta.dirname, 'bare-loop.ts')
    return measureProcess(setting, [loop, nginx.http, `${USERS}`, `${lengthOf(seconds)}`])
  }
  const file = join(cluster.folder, 'suite.json')
  writeFileSync(file, JSON.stringify(suiteOf(setting)))
  return measureProcess(setting, [cli, 'run', file, '--quiet', '--json', '--workers', '1'])
}

function lengthOf(seconds: number): number {
  return Math.ceil(seconds + (SETTLE_MS + AFTER_MS) / 1000)
}

function suiteOf({ seconds, nginx }: Setting): Record<string, unknown> {
  const scenario = { name: 'only', load: { users: USERS, duration: `${lengthOf(seconds)}s` }, http: nginx.http }
  return { name: 'overhead', shares: 'weighted', scenarios: [scenario] }
}

async function measureProcess(setting: Setting, args: readonly string[]): Promise<Span> {
  const before = await setting.nginx.count()
  const run = new ToolProcess(
    { args: [process.execPath, ...args] },
    setting.pinning.generator,
    {},
    setting.cluster.folder,
  )
  const span = await measureSpan(setting, before, run.pid)
  const { code, stderr } = await run.ended
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`)
  return span
}

async function measureNode(setting: Setting): Promise<Span> {
  const { cluster, node } = setting
  const before = await setting.nginx.count()
  const runId = await cluster.submit(node, suiteOf(setting))
  const span = await measureSpan(setting, before, node.process.pid!)
  await cluster.ended(runId, 30_000)
  const { coverage } = await cluster.report(node, runId)
  const others = coverage.nodes.filter(({ node: name, requests }) => name !== node.name && requests > 0)
  if (others.length > 0) throw new Error(`${others.map(({ node: name }) => name).join(', ')} fired too`)
  return span
}

/** What a process uses from when it has settled until the span is over. */
async function measureSpan({ nginx, seconds, pinning }: Setting, before: number, pid: number): Promise<Span> {
  await until('the first request', 20_000, async () => (await nginx.count()) > before)
  await sleep(SETTLE_MS)
  const cpu = pinning.generator.at(-1)
  const read = async () => {
    const count = await nginx.count()
    const busy = cpu === undefined ? null : busyMs(Number(cpu))
    return { at: performance.now(), count, used: threadUsage(pid), busy, waited: runDelayMs(nginx.pid) }
  }
  const from = await read()
  await sleep(seconds * 1000)
  const to = await read()
  const [ms, requests] = [to.at - from.at, to.count - from.count]
  const used = usedBetween(from.used, to.used)
  const all = [...used.values()].reduce((sum, each) => sum + each, 0)
  return {
    arrived: (requests * 1000) / ms,
    threads: Object.fromEntries([...used].map(([name, each]) => [name, (each * 1000) / requests])),
    others: from.busy === null || to.busy === null ? null : Math.max(0, (to.busy - from.busy - all) / ms),
    targetWaited: (to.waited - from.waited) / ms,
  }
}
