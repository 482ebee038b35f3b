/** Makes a mesh over libp2p from what a user asked for. Importing this loads libp2p: import it when it is needed. */

import type { Clock } from '../base/clock.ts'
import { VajraError } from '../base/errors.ts'
import type { Random } from '../base/random.ts'
import { type Endpoint, parseEndpoint } from './endpoint.ts'
import { lookupAll } from './join-list.ts'
import { createHost } from './libp2p-host.ts'
import { LiveMesh } from './live-mesh.ts'
import type { MeshPort } from './mesh-port.ts'

export interface Libp2pMeshOptions {
  /** 64 hex digits. */
  readonly clusterKey: string
  /** Addresses to listen on, as `host:port` or multiaddr; port 0 for a free one. */
  readonly listen?: readonly string[]
  /** Addresses of other nodes, as multiaddr, `host:port`, or a name whose every address is tried. */
  readonly join?: readonly string[]
  /** Whether to look for nodes on the local network. */
  readonly mdns?: boolean
  /** Folder in which nodes of one user on one machine find each other. */
  readonly localDirectory?: string
  /** Shown in the logs of other nodes. */
  readonly name: string
  readonly clock?: Clock
  readonly random?: Random
}

const SYSTEM_CLOCK: Clock = { monotonic: () => performance.now(), wall: Date.now }

/**
 * A mesh that is not started yet; its boot id is known. Every call makes a new identity: boot ids are fresh at every
 * boot, because gossip can become deaf to an id that comes back behind a connection that is dead.
 *
 * @throws VajraError OPTION_INVALID for an address that is none, CLUSTER_KEY_INVALID
 */
export async function createLibp2pMesh(options: Libp2pMeshOptions): Promise<MeshPort> {
  if (!/^[0-9a-f]{64}$/i.test(options.clusterKey)) {
    throw new VajraError('CLUSTER_KEY_INVALID', 'the cluster key is not 64 hexadecimal digits')
  }
  const join = (options.join ?? []).map((text) => parseEndpoint(text, 'join', 1))
  const listen = await Promise.all((options.listen ?? ['0.0.0.0:0']).map(toListen))
  const clusterKey = options.clusterKey.toLowerCase()
  const host = await createHost({ clusterKey, listen, mdns: options.mdns ?? true })
  return new LiveMesh(host, {
    clusterKey,
    listen,
    join,
    localDirectory: options.localDirectory ?? null,
    name: options.name,
    clock: options.clock ?? SYSTEM_CLOCK,
    random: options.random ?? Math.random,
  })
}

/** Where to listen: the first address of a name. */
async function toListen(text: string): Promise<Endpoint> {
  const { host, port } = parseEndpoint(text, 'listen', 0)
  try {
    const [address = host] = await lookupAll(host)
    return { host: address, port }
  } catch (error) {
    throw new VajraError('OPTION_INVALID', `listen: the name "${host}" has no address`, {
      hint: 'listen on an address of this machine, or 0.0.0.0 for all of them',
      cause: error,
    })
  }
}
