/** What fires: started once, so that what has to be compiled is before anything is measured. */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, ClusterNode, Launched } from '../../examples/support/cluster.ts'
import type { Nginx } from '../support/nginx.ts'
import type { Pinning } from '../support/pinning.ts'

export const USERS = 64
/** How long each fires before the first round: V8 goes on compiling for seconds, on threads of its own. */
const WARM_UP_MS = 6000
/** The one of three that fires; with the others' capacity of 1 they get no slot. */
const CAPACITY = 1_000_000
/** Longer than any sitting; the process is ended with this one. */
const LONGEST_S = 86_400

/** A node that fires, and the mesh that it is in. */
export interface NodeOf {
  readonly cluster: Cluster
  readonly node: ClusterNode
}

export interface Setting {
  readonly nginx: Nginx
  readonly pinning: Pinning
  readonly seconds: number
  /** The hot path alone, which is stopped. It has no lease, so it can be, and goes on where it was. */
  readonly bare: Launched
  readonly alone: NodeOf
  readonly mesh: NodeOf
}

interface Start {
  readonly nginx: Nginx
  readonly pinning: Pinning
  readonly seconds: number
  readonly cli: string
  /** Each a mesh of its own. */
  readonly clusters: { readonly alone: Cluster; readonly mesh: Cluster }
}

/** Starts all that is measured, and lets it fire once. */
export async function startVariants({ nginx, pinning, seconds, cli, clusters }: Start): Promise<Setting> {
  const { target, generator } = pinning
  const start = (cluster: Cluster, name: string, capacity: number, inside: readonly string[]): Promise<ClusterNode> => {
    const place = ['--no-mdns', '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0']
    const data = ['--data-dir', join(cluster.folder, name)]
    const size = ['--workers', '1', '--capacity', String(capacity)]
    const args = [cli, 'node', '--name', name, '--json', ...size, ...place, ...data]
    return cluster.ready(cluster.launch(name, args, {}, inside))
  }
  const only = await start(clusters.alone, 'alone', CAPACITY, generator)
  const [first] = await Promise.all([
    start(clusters.mesh, 'node-1', CAPACITY, generator),
    start(clusters.mesh, 'node-2', 1, target),
    start(clusters.mesh, 'node-3', 1, target),
  ])
  await clusters.mesh.formed(3)
  const loop = [join(import.meta.dirname, 'bare-loop.ts'), nginx.http, `${USERS}`, `${LONGEST_S}`]
  const bare = clusters.alone.launch('hot path', loop, {}, generator)
  await sleep(WARM_UP_MS)
  bare.process.kill('SIGSTOP')
  const alone = { cluster: clusters.alone, node: only }
  const mesh = { cluster: clusters.mesh, node: first }
  for (const each of [alone, mesh]) await fire(each, nginx, WARM_UP_MS)
  return { nginx, pinning, seconds, bare, alone, mesh }
}

/** A run to its end. @param begun told once it is accepted; the node is asked nothing until what it returns is done */
export async function fire(
  { cluster, node }: NodeOf,
  { http }: Nginx,
  milliseconds: number,
  begun: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const scenario = { name: 'only', load: { users: USERS, duration: `${milliseconds}ms` }, http }
  const runId = await cluster.submit(node, { name: 'overhead', shares: 'weighted', scenarios: [scenario] })
  // Asking is work for the node, and would be measured.
  await Promise.all([sleep(milliseconds), begun()])
  await cluster.ended(runId, 40_000)
  const { coverage } = await cluster.report(node, runId)
  const others = coverage.nodes.filter(({ node: name, requests }) => name !== node.name && requests > 0)
  if (others.length > 0) throw new Error(`${others.map(({ node: name }) => name).join(', ')} fired too`)
}
