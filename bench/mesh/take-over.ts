/** How long less than the asked rate arrives at the target after a node was killed. */

import { arrivalsAt, gapAfter } from '../../examples/support/arrivals.ts'
import { until } from '../../examples/support/asking.ts'
import type { Cluster, ClusterNode } from '../../examples/support/cluster.ts'
import { epochNow, names, sleepUntil, withCluster } from '../support/clusters.ts'
import type { Figure } from '../support/figures.ts'

const RATE = 600
const RUN_MS = 9000
const LOOK_UNTIL_MS = 8500

/** The kill comes at another point of the mesh's heartbeats and leases each time. */
const KILL_MS = 3000
const KILL_STEP_MS = 137

type Victim = 'coordinator' | 'other'

/** @param rounds for each kind of victim */
export async function measureTakeOver(rounds: number, progress: (text: string) => void): Promise<Figure[]> {
  return withCluster(async (cluster) => {
    const [target] = await Promise.all([cluster.startTarget(), cluster.startNodes(names(3))])
    const gaps: Record<Victim, number[]> = { coordinator: [], other: [] }
    for (let round = 0; round < 2 * rounds; round++) {
      const kind: Victim = round % 2 === 0 ? 'coordinator' : 'other'
      await cluster.formed(3)
      const gap = await killOne(cluster, target.url, kind, KILL_MS + round * KILL_STEP_MS)
      progress(`take-over ${round + 1}/${2 * rounds}: ${kind} killed, full rate after ${gap} ms`)
      gaps[kind].push(gap)
      await target.reset()
      await cluster.startNodes(names(1, cluster.nodes.length + 1))
    }
    return [
      { name: 'kill of the coordinator to full rate', unit: 'ms', aim: 1500, values: gaps.coordinator },
      { name: 'kill of another node to full rate', unit: 'ms', aim: 1500, values: gaps.other },
    ]
  })
}

/** @param killMs in run time. @returns milliseconds until the full rate arrived again */
async function killOne(cluster: Cluster, target: string, kind: Victim, killMs: number): Promise<number> {
  const coordinator = await cluster.coordinator()
  const others = cluster.alive().filter((node) => node !== coordinator)
  const victim = kind === 'coordinator' ? coordinator : others[0]!
  const load = { rate: `${RATE}/s`, duration: `${RUN_MS}ms` }
  const suite = { name: 'take-over', target, scenarios: [{ name: 'fast', load, http: '/fast' }] }
  const runId = await cluster.submit(others[1]!, suite)
  const startedAt = await startOf(cluster, others[1]!, runId)
  await sleepUntil(startedAt + killMs)
  const at = epochNow()
  await cluster.kill(victim)
  await cluster.ended(runId, 60_000)
  const gap = gapAfter(await arrivalsAt(target), { at, until: startedAt + LOOK_UNTIL_MS, rate: RATE })
  if (!gap.restored) throw new Error(`run ${runId}: the rate did not come back after ${victim.name} was killed`)
  return gap.restoredAfterMs
}

async function startOf(cluster: Cluster, node: ClusterNode, runId: string): Promise<number> {
  let startedAt: string | null = null
  await until('the start of the run', 30_000, async () => {
    startedAt = (await cluster.run(node, runId)).startedAt
    return startedAt !== null
  })
  return Date.parse(startedAt ?? '')
}
