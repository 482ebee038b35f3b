/** Clusters that are gone when their measurement is over, or when the benchmark ends in another way. */

import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../../examples/support/cluster.ts'
import { atExit } from '../../examples/support/leave-nothing.ts'

const open = new Set<Cluster>()
atExit(() => {
  for (const cluster of open) cluster.closeNow()
})

let program: string | undefined

/** What clusters run from now on: the program's sources unless told otherwise. */
export function useProgram(cli: string | undefined): void {
  program = cli
}

/** Calls with a new cluster, and closes it. */
export async function withCluster<T>(measure: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = new Cluster({}, program)
  open.add(cluster)
  try {
    return await measure(cluster)
  } finally {
    await cluster.close()
    open.delete(cluster)
  }
}

/** Names for so many nodes. */
export function names(count: number, from = 1): string[] {
  return Array.from({ length: count }, (_, i) => `node-${from + i}`)
}

/** Milliseconds of the Unix epoch, with fractions: comparable between processes of one machine. */
export function epochNow(): number {
  return performance.timeOrigin + performance.now()
}

export async function sleepUntil(epochMs: number): Promise<void> {
  await sleep(Math.max(0, epochMs - epochNow()))
}
