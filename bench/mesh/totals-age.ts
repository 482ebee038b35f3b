/** How old the totals are that any node shows: from the end of a second until every node has all of it. */

import { setTimeout as sleep } from 'node:timers/promises'
import { until } from '../../examples/support/asking.ts'
import type { Cluster, ClusterNode } from '../../examples/support/cluster.ts'
import type { RunDocument } from '../../src/api/node-port.ts'
import { epochNow, names, withCluster } from '../support/clusters.ts'
import type { Figure } from '../support/figures.ts'

const RATE = 600
const POLL_MS = 50

/** Arrivals at the turn of a second may be counted on its other side. */
const ROUNDING = 2

/** When a node first showed all of a second: epoch milliseconds by second of the run. */
type Seen = Map<number, number>

/** @param seconds length of the run; its last second is not looked at, for totals are not live any more then */
export async function measureTotalsAge(seconds: number): Promise<Figure[]> {
  return withCluster(async (cluster) => {
    const [target] = await Promise.all([cluster.startTarget(), cluster.startNodes(names(3))])
    await cluster.formed(3)
    const load = { rate: `${RATE}/s`, duration: `${seconds}s` }
    const suite = { name: 'totals', target: target.url, scenarios: [{ name: 'fast', load, http: '/fast' }] }
    const runId = await cluster.submit(cluster.nodes[0]!, suite)
    const startedAt = await startOf(cluster, runId)
    const seen = await Promise.all(cluster.nodes.map((node) => watch(cluster, node, runId, startedAt + seconds * 1000)))
    const everywhere: number[] = []
    for (let second = 0; second < seconds - 1; second++) everywhere.push(ageOf(second, seen, startedAt))
    return [{ name: 'end of a second to its totals on every node', unit: 'ms', aim: 1500, values: everywhere }]
  })
}

async function startOf(cluster: Cluster, runId: string): Promise<number> {
  let startedAt: string | null = null
  await until('the start of the run', 30_000, async () => {
    startedAt = (await cluster.run(cluster.nodes[0]!, runId)).startedAt
    return startedAt !== null
  })
  return Date.parse(startedAt ?? '')
}

/** Looks at one node until the run is over. */
async function watch(cluster: Cluster, node: ClusterNode, runId: string, endAt: number): Promise<Seen> {
  const seen: Seen = new Map()
  while (epochNow() < endAt) {
    const askedAt = epochNow()
    const document = await cluster.run(node, runId)
    const now = epochNow()
    for (let second = fullSeconds(document) - 1; second >= 0 && !seen.has(second); second--) seen.set(second, now)
    await sleep(Math.max(0, POLL_MS - (now - askedAt)))
  }
  return seen
}

/** Seconds of which the totals hold every planned request: no node's window is missing. */
function fullSeconds({ live }: RunDocument): number {
  if (live === undefined) return 0
  return Math.floor((live.totals.scheduled + ROUNDING) / RATE)
}

function ageOf(second: number, seen: readonly Seen[], startedAt: number): number {
  const instants = seen.map((one) => one.get(second) ?? Number.POSITIVE_INFINITY)
  return Math.max(...instants) - (startedAt + (second + 1) * 1000)
}
