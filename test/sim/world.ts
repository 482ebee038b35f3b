/**
 * A whole mesh in virtual time: the real core on every node, hosts with clocks and disks, a network between them, and
 * the faults that can be done to them. Nothing here reads a real clock; the same seed always gives the same history.
 */

import { deriveSeed, hash32, type Random, seededRandom } from '../../src/base/random.ts'
import type { Effect, Input } from '../../src/coordination/io.ts'
import type { CoreState } from '../../src/coordination/state.ts'
import { step } from '../../src/coordination/step.ts'
import type { RunFacts } from '../../src/run/facts.ts'
import { AGGREGATE_ABOVE } from '../../src/run/keepers.ts'
import type { ChoreName } from '../../src/run/share-table.ts'
import { Disk } from './disk.ts'
import { perform } from './effects.ts'
import { EventQueue } from './event-queue.ts'
import type { ModelLoad } from './model-load.ts'
import { Network } from './network.ts'
import { GOOD_QUALITY, type HostPlan, type Quality } from './plan.ts'
import { type Core, SimNode } from './sim-node.ts'

export interface WorldOptions {
  readonly seed: number
  readonly quality?: Quality
  readonly slotCount?: number
  /** Runs of more nodes are aggregated. */
  readonly aggregateAbove?: number
  readonly core?: Core
  readonly trace?: boolean
}

/** A machine: what outlives the processes on it. */
export interface Host {
  readonly plan: HostPlan
  disk: Disk
  boots: number
  /** Without power it refuses nothing: it is silent. */
  powered: boolean
  /** Its newest process. */
  node: SimNode | null
}

/** Who looks on; throws when something does not hold. */
export interface Watcher {
  /** After every turn of a core, before its effects are performed. */
  stepped(node: SimNode, before: CoreState, input: Input, effects: readonly Effect[]): void
  /** @param at when the arrival was planned, in run time */
  fired(node: SimNode, runId: string, index: number, at: number): void
  /** What a node's threads may fire is more than it was. */
  held(node: SimNode, runId: string): void
  /** A node begins the setup or teardown of a run. */
  began(node: SimNode, runId: string, name: ChoreName): void
  /** A node was given two different windows under the same identity. */
  contradicted(node: SimNode, runId: string, bootId: string, sequence: number): void
}

export const STEADY_HOST: HostPlan = Object.freeze({
  bootsAt: 0,
  capacity: 2,
  priority: 0,
  driftPpm: 0,
  offsetMs: 0,
  wallOffsetMs: 0,
})

export class World {
  readonly seed: number
  readonly slotCount: number
  readonly aggregateAbove: number
  readonly core: Core
  readonly queue = new EventQueue()
  readonly network: Network
  readonly hosts: Host[] = []
  /** Every process there ever was. */
  readonly nodes: SimNode[] = []
  readonly byBootId = new Map<string, SimNode>()
  readonly runs = new Map<string, ModelLoad>()
  readonly trace: string[] = []
  readonly tracing: boolean
  watcher: Watcher | null = null
  /** Windows sent by those who measured them. */
  published = 0
  /** Disturbances going on, and when the last one began or ended. */
  disturbances = 0
  disturbedAt = 0

  constructor(options: WorldOptions) {
    this.seed = options.seed
    this.slotCount = options.slotCount ?? 24
    this.aggregateAbove = options.aggregateAbove ?? AGGREGATE_ABOVE
    this.core = options.core ?? step
    this.tracing = options.trace ?? false
    this.network = new Network(this.queue, options.seed, options.quality ?? GOOD_QUALITY)
  }

  get now(): number {
    return this.queue.now
  }

  note(text: string): void {
    if (this.tracing) this.trace.push(`${this.now.toFixed(1)} ${text}`)
  }

  /** Something begins that may take a coordinator its mesh. Returns what is to be called when it is over. */
  disturb(): () => void {
    this.disturbances++
    this.disturbedAt = this.now
    return () => {
      this.disturbances--
      this.disturbedAt = this.now
    }
  }

  addHost(plan: Partial<HostPlan> = {}): Host {
    const host: Host = { plan: { ...STEADY_HOST, ...plan }, disk: new Disk(), boots: 0, powered: true, node: null }
    this.hosts.push(host)
    return host
  }

  /** Adds a host and boots its node. */
  addNode(plan: Partial<HostPlan> = {}): SimNode {
    return this.boot(this.addHost(plan))
  }

  /** Starts a node on a host where there is none. */
  boot(host: Host): SimNode {
    const index = this.hosts.indexOf(host)
    const bootId = `n${index + 1}-${++host.boots}`
    host.powered = true
    // A process that starts anew may count its monotonic time from anywhere.
    const offset = host.plan.offsetMs + (host.boots - 1) * 7_777_777
    const random = this.randomOf(bootId)
    const around = {
      queue: this.queue,
      core: this.core,
      slotCount: this.slotCount,
      aggregateAbove: this.aggregateAbove,
      random,
      stepped: (node: SimNode, before: CoreState, input: Input, effects: readonly Effect[]) =>
        this.watcher?.stepped(node, before, input, effects),
      perform: (node: SimNode, effect: Effect) => perform(this, node, random, effect),
      threads: (node: SimNode) => ({
        loadOf: (runId: string) => this.runs.get(runId)!,
        fired: (runId: string, arrival: number, at: number) => this.watcher?.fired(node, runId, arrival, at),
        held: (runId: string) => this.watcher?.held(node, runId),
        window: (runId: string, window: Parameters<Disk['putWindow']>[2]) =>
          node.whenFree(() => perform(this, node, random, { kind: 'window', runId, window })),
      }),
    }
    const node = new SimNode(around, bootId, index, host.plan, offset, host.disk)
    host.node = node
    this.nodes.push(node)
    this.byBootId.set(bootId, node)
    this.note(`${bootId} boots`)
    for (const other of this.nodes) if (other !== node && other.alive) this.network.dial(node, other)
    return node
  }

  randomOf(what: string): Random {
    return seededRandom(deriveSeed(this.seed, hash32(what)))
  }

  /** Nodes that are alive and have not left. */
  survivors(): SimNode[] {
    return this.nodes.filter((node) => node.stays)
  }

  advance(ms: number): void {
    this.queue.advance(ms)
  }

  advanceUntil(condition: () => boolean, ms: number): boolean {
    return this.queue.advanceUntil(condition, ms)
  }

  /** The process is gone; `power`: its machine too, so that nobody notices before the transports give up. */
  kill(node: SimNode, how: { power?: boolean; disk?: 'kept' | 'lost' } = {}): void {
    if (!node.alive) return
    const host = this.hosts[node.host]!
    this.note(
      `${node.bootId} is killed${how.power ? ' without a sound' : ''}${how.disk === 'lost' ? ', disk lost' : ''}`,
    )
    this.disturb()()
    node.alive = false
    host.powered = how.power !== true
    if (how.power) host.disk.forgetLives()
    if (how.disk === 'lost') host.disk = new Disk()
    for (const other of this.nodes) {
      if (other === node || !other.alive) continue
      if (how.power) this.network.giveUpWhen(other, node, () => true)
      else this.network.disconnect(node, other, 0, 5 + 15 * this.randomOf(`${node.bootId}†${other.bootId}`)())
    }
  }

  pause(node: SimNode, ms: number, what: 'main' | 'process' = 'process'): void {
    this.note(`${node.bootId}: its ${what} stands still for ${ms.toFixed(0)}`)
    this.queue.schedule(ms, this.disturb())
    node.block(what, ms)
    for (const other of this.nodes) {
      if (other !== node && other.alive) this.network.giveUpWhen(other, node, () => node.alive && node.blocked)
    }
  }

  /** Loses everything between two groups of hosts. Returns how to heal it. */
  partition(left: readonly number[], right: readonly number[]): () => void {
    this.note(`partition ${left.map((host) => host + 1)} | ${right.map((host) => host + 1)}`)
    const heals = left.flatMap((a) => right.flatMap((b) => [this.network.cut(a, b), this.network.cut(b, a)]))
    for (const a of left) for (const b of right) this.#giveUpCut(a, b)
    heals.push(this.disturb())
    return () => {
      this.note('partition healed')
      for (const heal of heals) heal()
    }
  }

  #giveUpCut(a: number, b: number): void {
    const [one, other] = [this.hosts[a]?.node, this.hosts[b]?.node]
    if (one == null || other == null) return
    this.network.giveUpWhen(one, other, () => this.network.isCut(a, b) || this.network.isCut(b, a))
  }

  /** Loses everything from one host to another. Returns how to heal it. */
  cut(from: number, to: number): () => void {
    this.note(`cut ${from + 1} → ${to + 1}`)
    const heals = [this.network.cut(from, to), this.disturb()]
    this.#giveUpCut(from, to)
    return () => {
      for (const heal of heals) heal()
    }
  }

  /** Hands a run to a node. */
  submit(node: SimNode, runId: string, load: ModelLoad, facts: Partial<RunFacts> = {}): void {
    this.runs.set(runId, load)
    this.note(`submit ${runId} to ${node.bootId}`)
    const source = { text: JSON.stringify({ durationMs: load.durationMs, ...facts }), format: 'json' as const }
    const record = { runId, createdAt: node.wall, origin: node.bootId, originName: node.name, source }
    node.input({ kind: 'submit', record })
  }
}
