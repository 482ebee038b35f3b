/** What a node uses that has nothing to do. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../examples/support/cluster.ts'
import { names, withCluster } from '../support/clusters.ts'
import type { Figure } from '../support/figures.ts'
import { cpuMs, residentMb } from '../support/process-usage.ts'

/** After a boot there is still something to compile and to collect. */
const SETTLE_MS = 10_000

/** @param measureMs how long CPU time is added up */
export async function measureIdle(measureMs: number): Promise<Figure[]> {
  if (process.platform !== 'linux') return []
  return withCluster(async (cluster) => {
    const [target] = await Promise.all([cluster.startTarget(), cluster.startNodes(names(3))])
    await cluster.formed(3)
    const fresh = await observe(cluster, measureMs)
    const load = { rate: '300/s', duration: '2s' }
    const suite = { name: 'once', target: target.url, scenarios: [{ name: 'fast', load, http: '/fast' }] }
    await cluster.ended(await cluster.submit(cluster.nodes[0]!, suite), 60_000)
    const later = await observe(cluster, measureMs)
    return [
      { name: 'idle node of 3: CPU, of one core', unit: '%', aim: 1, values: fresh.cpu },
      { name: 'idle node of 3: memory (RSS)', unit: 'MB', aim: 130, values: fresh.memory },
      { name: 'idle node of 3 after a run: CPU, of one core', unit: '%', aim: null, values: later.cpu },
      { name: 'idle node of 3 after a run: memory (RSS)', unit: 'MB', aim: null, values: later.memory },
    ]
  })
}

async function observe(cluster: Cluster, measureMs: number): Promise<{ cpu: number[]; memory: number[] }> {
  await sleep(SETTLE_MS)
  const pids = cluster.nodes.map((node) => node.process.pid!)
  const begun = performance.now()
  const before = pids.map(cpuMs)
  await sleep(measureMs)
  const elapsed = performance.now() - begun
  return { cpu: pids.map((pid, i) => (100 * (cpuMs(pid) - before[i]!)) / elapsed), memory: pids.map(residentMb) }
}
