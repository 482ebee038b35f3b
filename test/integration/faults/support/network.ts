/**
 * A network of network namespaces: one for each node, with two interfaces. `mesh0` is where nodes speak with each other,
 * and what the tests cut; `manage0` leads to the API and the target, and is never touched.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** Where the tests, the target and relays are: in the namespace of the bridges. */
export const MANAGE_HOST = '10.77.0.1'
export const MESH_HOST = '10.78.0.1'

/** TCP port of the mesh, the same in every namespace. */
export const MESH_PORT = 4001

export class Network {
  readonly names: readonly string[]

  private constructor(names: readonly string[]) {
    this.names = names
  }

  /** @param names of the namespaces */
  static async create(names: readonly string[]): Promise<Network> {
    const network = new Network(names)
    const lines = [
      ...bridge('manage', MANAGE_HOST),
      ...bridge('mesh', MESH_HOST),
      ...names.flatMap((name) => [
        `ip netns add ${name}`,
        `ip -n ${name} link set lo up`,
        ...plug(name, 'manage', network.manageAddress(name)),
        ...plug(name, 'mesh', network.meshAddress(name)),
      ]),
    ]
    await shell(lines.join('\n'))
    return network
  }

  meshAddress(name: string): string {
    return `10.78.0.${this.#number(name)}`
  }

  manageAddress(name: string): string {
    return `10.77.0.${this.#number(name)}`
  }

  /** The command that makes another one run in a namespace, in the same process. */
  inside(name: string): readonly string[] {
    return ['ip', 'netns', 'exec', name]
  }

  /** Has packets lost that go from these to those; what goes back arrives. */
  async cut(from: readonly string[], to: readonly string[]): Promise<void> {
    const rules = from.map((name) => `-A INPUT -i mesh0 -s ${this.meshAddress(name)} -j DROP`)
    await Promise.all(to.map((name) => this.#filter(name, rules)))
  }

  /** Has every packet between the two sides lost. */
  async part(one: readonly string[], other: readonly string[]): Promise<void> {
    await Promise.all([this.cut(one, other), this.cut(other, one)])
  }

  /** Has a part of all packets lost that arrive at any node. */
  async lose(probability: number): Promise<void> {
    const rule = `-A INPUT -i mesh0 -m statistic --mode random --probability ${probability} -j DROP`
    await Promise.all(this.names.map((name) => this.#filter(name, [rule])))
  }

  /** Sends what nodes say to each other through relays instead. @param portOf of the relay to a node, at `MESH_HOST` */
  async divert(portOf: (name: string) => number): Promise<void> {
    await Promise.all(
      this.names.map((name) =>
        rulesIn(
          name,
          'nat',
          this.names
            .filter((other) => other !== name)
            .map(
              (other) =>
                `-A OUTPUT -p tcp -d ${this.meshAddress(other)} --dport ${MESH_PORT} -j DNAT --to-destination ${MESH_HOST}:${portOf(other)}`,
            ),
        ),
      ),
    )
  }

  /** Has every packet arrive again. @throws Error when none was lost: a fault that did nothing proves nothing */
  async heal(): Promise<void> {
    const lists = await Promise.all(this.names.map((name) => shell(`ip netns exec ${name} iptables -w -nvxL INPUT`)))
    await Promise.all(this.names.map((name) => shell(`ip netns exec ${name} iptables -w -F INPUT`)))
    const lost = lists.flatMap((list) =>
      [...list.matchAll(/^\s*(\d+)\s+\d+\s+DROP/gm)].map(([, count]) => Number(count)),
    )
    if (lost.every((count) => count === 0)) throw new Error(`no packet was lost: ${lists.join('\n')}`)
  }

  async close(): Promise<void> {
    const lines = [...this.names.map((name) => `ip netns del ${name}`), 'ip link del manage', 'ip link del mesh']
    await shell(lines.join('\n'))
  }

  #filter(name: string, rules: readonly string[]): Promise<void> {
    return rulesIn(name, 'filter', rules)
  }

  #number(name: string): number {
    const index = this.names.indexOf(name)
    if (index < 0) throw new Error(`no namespace ${name}`)
    return 11 + index
  }
}

function bridge(name: string, host: string): string[] {
  return [
    `ip link add ${name} type bridge forward_delay 0`,
    `ip addr add ${host}/24 dev ${name}`,
    `ip link set ${name} up`,
  ]
}

function plug(namespace: string, network: string, address: string): string[] {
  const port = `${network}-${namespace}`
  return [
    `ip link add ${port} type veth peer name ${network}0 netns ${namespace}`,
    `ip link set ${port} master ${network} up`,
    `ip -n ${namespace} addr add ${address}/24 dev ${network}0`,
    `ip -n ${namespace} link set ${network}0 up`,
  ]
}

/** Adds rules to those of a namespace, all at the same instant. */
async function rulesIn(name: string, table: string, rules: readonly string[]): Promise<void> {
  const text = [`*${table}`, ...rules, 'COMMIT', ''].join('\n')
  await shell(`ip netns exec ${name} iptables-restore -w --noflush`, text)
}

/** @param input for the script to read. @returns what it wrote */
async function shell(script: string, input = ''): Promise<string> {
  const child = spawn('sh', ['-ec', script], { stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  child.stdin.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`exit code ${code} of: ${script}\n${input}\n${stderr}`)
  return stdout
}
