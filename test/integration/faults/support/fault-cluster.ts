/** A cluster whose nodes are each in a network namespace of their own. */

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Cluster, type ClusterNode, type Launched } from '../../../../examples/support/cluster.ts'
import { MANAGE_HOST, MESH_HOST, MESH_PORT, type Network } from './network.ts'
import { Relay } from './relay.ts'

/** Environment of one node beside what all have. */
export type EnvironmentOf = (name: string) => NodeJS.ProcessEnv

export class FaultCluster extends Cluster {
  readonly network: Network
  readonly relays: Relay[] = []
  readonly #environmentOf: EnvironmentOf

  constructor(network: Network, environmentOf: EnvironmentOf = () => ({})) {
    super({ VAJRA_CLUSTER_KEY: randomBytes(32).toString('hex') })
    this.network = network
    this.#environmentOf = environmentOf
  }

  /** Starts a node that knows of the others only by their addresses in the network. */
  override startNode(name: string, flags: readonly string[] = []): Promise<ClusterNode> {
    const others = this.network.names.filter((other) => other !== name)
    return super.startNode(name, [
      ...['--listen', `${this.network.meshAddress(name)}:${MESH_PORT}`],
      ...['--http', `${this.network.manageAddress(name)}:7070`, '--insecure-http'],
      ...['--join', others.map((other) => `${this.network.meshAddress(other)}:${MESH_PORT}`).join(',')],
      ...['--grace', '10s'],
      ...flags,
    ])
  }

  override startTarget(): ReturnType<Cluster['startTarget']> {
    return super.startTarget(MANAGE_HOST)
  }

  override launch(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Launched {
    if (!this.network.names.includes(name)) return super.launch(name, args, env)
    const own = { XDG_CONFIG_HOME: join(this.folder, 'config', name), ...this.#environmentOf(name) }
    return super.launch(name, args, { ...env, ...own }, this.network.inside(name))
  }

  /** Has everything that nodes say to each other go through relays. */
  async relay(): Promise<void> {
    const ports = new Map<string, number>()
    for (const name of this.network.names) {
      const relay = await Relay.start(MESH_HOST, { host: this.network.meshAddress(name), port: MESH_PORT })
      this.relays.push(relay)
      ports.set(name, relay.port)
    }
    await this.network.divert((name) => ports.get(name) ?? 0)
  }

  override async close(): Promise<void> {
    await super.close()
    for (const relay of this.relays) relay.close()
    await this.network.close()
  }
}
