/**
 * The hot path alone and a node, side by side on one CPU.
 *
 * What a request takes changes by a fifth within seconds on a machine that is shared, and so it does from one run to the
 * next. Two processes that share a CPU take turns on it every few milliseconds: what slows one slows the other as much,
 * and their ratio keeps within a hundredth.
 */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../examples/support/asking.ts'
import { Cluster, type ClusterNode } from '../../examples/support/cluster.ts'
import type { Nginx } from '../support/nginx.ts'
import type { Pinning } from '../support/pinning.ts'
import { threadUsage, usedBetween } from '../support/thread-usage.ts'
import type { OverheadSample, Threads, Variant } from './sample.ts'

export const USERS = 64
/** From the first requests on: V8 goes on compiling what a mesh does a few times a second for half a minute. */
const WARM_UP_MS = 30_000
/** From when the node has the CPU for itself. */
const SETTLE_MS = 700
/** Until the end of the run, after measuring. */
const REST_MS = 1500
/** The one of three that fires; with the others' capacity of 1 they get no slot. */
const CAPACITY = 1_000_000
const LONGEST_S = 120

export interface Setting {
  /** One for each of the two, so that each is counted. */
  readonly targets: { readonly bare: Nginx; readonly node: Nginx }
  readonly pinning: Pinning
  /** Of each of the two spans that are measured. */
  readonly seconds: number
  readonly cli: string
  /** Told of what is started, to be ended with the benchmark. */
  readonly started: (cluster: Cluster) => void
}

type Measured = Omit<OverheadSample, 'variant' | 'round'>

/** Starts both anew, as two processes of one program differ by a hundredth or two, and lets them fire. */
export async function measurePair(variant: Variant, setting: Setting): Promise<Measured> {
  const cluster = new Cluster()
  setting.started(cluster)
  try {
    return await measureIn(cluster, variant, setting)
  } finally {
    cluster.closeNow()
  }
}

async function measureIn(cluster: Cluster, variant: Variant, setting: Setting): Promise<Measured> {
  const { targets, pinning, seconds } = setting
  const node = await startNode(cluster, variant, setting)
  const loop = [join(import.meta.dirname, 'bare-loop.ts'), targets.bare.http, `${USERS}`, `${LONGEST_S}`]
  const bare = cluster.launch('hot path', loop, {}, pinning.generator).process
  const before = { bare: await targets.bare.count(), node: await targets.node.count() }
  const duration = WARM_UP_MS + 2 * seconds * 1000 + SETTLE_MS + REST_MS
  const scenario = { name: 'only', load: { users: USERS, duration: `${duration}ms` }, http: targets.node.http }
  const runId = await cluster.submit(node, { name: 'overhead', shares: 'weighted', scenarios: [scenario] })
  for (const who of ['bare', 'node'] as const) {
    await until('the first request', 20_000, async () => (await targets[who].count()) > before[who])
  }
  await sleep(WARM_UP_MS)
  const [hotPath, beside] = await Promise.all([
    measureSpan(bare.pid!, targets.bare, seconds),
    measureSpan(node.process.pid!, targets.node, seconds),
  ])
  bare.kill('SIGSTOP')
  await sleep(SETTLE_MS)
  const solo = await measureSpan(node.process.pid!, targets.node, seconds)
  await cluster.ended(runId, 40_000)
  const { coverage } = await cluster.report(node, runId)
  const others = coverage.nodes.filter(({ node: name, requests }) => name !== node.name && requests > 0)
  if (others.length > 0) throw new Error(`${others.map(({ node: name }) => name).join(', ')} fired too`)
  return { bare: hotPath.threads, beside: beside.threads, solo: solo.threads, arrived: solo.arrived }
}

/** The node that fires; the two others of its mesh are on the target's CPU. */
async function startNode(cluster: Cluster, variant: Variant, { pinning, cli }: Setting): Promise<ClusterNode> {
  const start = (name: string, capacity: number, inside: readonly string[]): Promise<ClusterNode> => {
    const place = ['--no-mdns', '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0']
    const data = ['--data-dir', join(cluster.folder, name)]
    const size = ['--workers', '1', '--capacity', String(capacity)]
    return cluster.ready(
      cluster.launch(name, [cli, 'node', '--name', name, '--json', ...size, ...place, ...data], {}, inside),
    )
  }
  if (variant === 'alone') return start('node-1', CAPACITY, pinning.generator)
  const [first] = await Promise.all([
    start('node-1', CAPACITY, pinning.generator),
    start('node-2', 1, pinning.target),
    start('node-3', 1, pinning.target),
  ])
  await cluster.formed(3)
  return first
}

/** What the threads of a process take for each request that arrives at its target. */
async function measureSpan(
  pid: number,
  target: Nginx,
  seconds: number,
): Promise<{ threads: Threads; arrived: number }> {
  const read = async () => ({ at: performance.now(), count: await target.count(), used: threadUsage(pid) })
  const from = await read()
  await sleep(seconds * 1000)
  const to = await read()
  const requests = to.count - from.count
  const used = usedBetween(from.used, to.used)
  return {
    threads: Object.fromEntries([...used].map(([name, ms]) => [name, (ms * 1000) / requests])),
    arrived: (requests * 1000) / (to.at - from.at),
  }
}
