/** How long nodes take to boot, to become one mesh, and to fire the first request of a run. */

import { arrivalsAt } from '../../examples/support/arrivals.ts'
import { getJson, until } from '../../examples/support/asking.ts'
import type { Cluster, ClusterNode } from '../../examples/support/cluster.ts'
import type { NodesDocument } from '../../src/api/node-port.ts'
import { epochNow, names, withCluster } from '../support/clusters.ts'
import type { Figure } from '../support/figures.ts'
import { cpuMs } from '../support/process-usage.ts'

const RATE = 200
const RUN_MS = 1000
const FORMED_MS = 60_000

interface Formed {
  /** From the first spawn until the last node said that it is ready. */
  readonly bootMs: number
  /** From then until every node names all others and the same coordinator. */
  readonly formedMs: number
  /** CPU time of each node by then. */
  readonly cpuMs: readonly number[]
}

interface Submitted {
  /** From sending the suite to the answer: it is held by two nodes. */
  readonly acceptedMs: number
  /** From sending the suite to the first request at the target. */
  readonly firstRequestMs: number
}

/** Boot and formation of a mesh of any size; nothing else is measured in it. */
export async function measureFormation(size: number, rounds: number, aim: number): Promise<Figure[]> {
  const formed: Formed[] = []
  for (let round = 0; round < rounds; round++) formed.push(await withCluster((cluster) => form(cluster, size)))
  return formationFigures(size, formed, aim)
}

/** Boot and formation of a mesh of three, and the way from a suite to the first request. */
export async function measureFirstRequests(rounds: number): Promise<Figure[]> {
  const formed: Formed[] = []
  const cold: Submitted[] = []
  const warm: Submitted[] = []
  for (let round = 0; round < rounds; round++) {
    await withCluster(async (cluster) => {
      const target = await cluster.startTarget()
      formed.push(await form(cluster, 3))
      const node = cluster.nodes[round % cluster.nodes.length]!
      cold.push(await submit(cluster, node, target.url))
      await target.reset()
      warm.push(await submit(cluster, node, target.url))
    })
  }
  const figure = (name: string, aim: number | null, values: number[]): Figure => ({ name, unit: 'ms', aim, values })
  return [
    ...formationFigures(3, formed, 2000),
    figure(
      'first run of a mesh: submit to accepted',
      null,
      cold.map(({ acceptedMs }) => acceptedMs),
    ),
    figure(
      'first run of a mesh: submit to first request',
      1500,
      cold.map(({ firstRequestMs }) => firstRequestMs),
    ),
    figure(
      'later run: submit to accepted',
      null,
      warm.map(({ acceptedMs }) => acceptedMs),
    ),
    figure(
      'later run: submit to first request',
      1500,
      warm.map(({ firstRequestMs }) => firstRequestMs),
    ),
  ]
}

/** One node alone: what starting the program costs. */
export async function measureBoot(rounds: number): Promise<Figure[]> {
  const alone: Formed[] = []
  for (let round = 0; round < rounds; round++) alone.push(await withCluster((cluster) => form(cluster, 1)))
  return [
    { name: 'one node: spawn to ready', unit: 'ms', aim: null, values: alone.map(({ bootMs }) => bootMs) },
    { name: 'one node: CPU time to ready', unit: 'ms', aim: null, values: alone.flatMap(({ cpuMs }) => cpuMs) },
  ]
}

function formationFigures(size: number, formed: readonly Formed[], aim: number): Figure[] {
  const whole = formed.map(({ bootMs, formedMs }) => bootMs + formedMs)
  return [
    { name: `${size} nodes: last one ready to one mesh`, unit: 'ms', aim, values: formed.map((one) => one.formedMs) },
    {
      name: `${size} nodes: first spawn to last one ready`,
      unit: 'ms',
      aim: null,
      values: formed.map((one) => one.bootMs),
    },
    { name: `${size} nodes: first spawn to one mesh`, unit: 'ms', aim: null, values: whole },
    {
      name: `${size} nodes: CPU time of each by then`,
      unit: 'ms',
      aim: null,
      values: formed.flatMap((one) => one.cpuMs),
    },
  ]
}

async function form(cluster: Cluster, size: number): Promise<Formed> {
  const begun = performance.now()
  await cluster.startNodes(names(size))
  const ready = performance.now()
  // One after the other: asking all of them all the time would take the CPU that they form with.
  for (const node of cluster.nodes) await until(`a mesh of ${size}`, FORMED_MS, () => knowsAll(node, size))
  await cluster.formed(size)
  const formed = performance.now()
  return {
    bootMs: ready - begun,
    formedMs: formed - ready,
    cpuMs: cluster.nodes.map((node) => cpuMs(node.process.pid!)),
  }
}

async function knowsAll(node: ClusterNode, size: number): Promise<boolean> {
  const { nodes, coordinator } = await getJson<NodesDocument>(`${node.http}/v1/nodes`)
  return nodes.length === size && coordinator !== null
}

async function submit(cluster: Cluster, node: ClusterNode, target: string): Promise<Submitted> {
  const load = { rate: `${RATE}/s`, duration: `${RUN_MS}ms` }
  const sentAt = epochNow()
  const runId = await cluster.submit(node, {
    name: 'first-request',
    target,
    scenarios: [{ name: 'fast', load, http: '/fast' }],
  })
  const acceptedAt = epochNow()
  await cluster.ended(runId, 60_000)
  const [first] = await arrivalsAt(target)
  if (first === undefined) throw new Error(`run ${runId} has fired nothing`)
  return { acceptedMs: acceptedAt - sentAt, firstRequestMs: first - sentAt }
}
