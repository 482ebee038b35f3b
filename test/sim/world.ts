/**
 * A whole mesh in virtual time, from one seed: the real core on every node, a network that delays, loses and cuts,
 * crashes, pauses and restarts. Nothing here reads a real clock; the same seed always gives the same history.
 */

import { type Random, seededRandom } from '../../src/base/random.ts'
import { addSequence, type Ranges } from '../../src/base/ranges.ts'
import type { Effect, Input } from '../../src/coordination/io.ts'
import type { Message, RunRecord } from '../../src/coordination/messages.ts'
import { type CoreState, initialState } from '../../src/coordination/state.ts'
import { step } from '../../src/coordination/step.ts'
import { DEFAULT_TIMING } from '../../src/coordination/timing.ts'
import { IDLE } from '../../src/membership/view.ts'
import type { RunFacts } from '../../src/run/facts.ts'
import type { ShareTable } from '../../src/run/share-table.ts'
import { type ModelWindow, WorkerModel } from './worker-model.ts'

export interface NetworkQuality {
  /** Chance that a message is lost although the connection stays. */
  readonly loss: number
  readonly minDelayMs: number
  readonly maxDelayMs: number
}

export interface SimRun {
  readonly runId: string
  readonly rate: number
  readonly durationMs: number
}

type Core = (state: CoreState, input: Input, now: { monotonic: number; wall: number }) => ReturnType<typeof step>

export interface WorldOptions {
  readonly seed: number
  readonly network?: Partial<NetworkQuality>
  readonly slotCount?: number
  readonly core?: Core
  readonly trace?: boolean
}

interface Scheduled {
  readonly at: number
  readonly order: number
  readonly action: () => void
}

const WALL_START = 1_700_000_000_000

/** One process: it dies for good; a restart is a new one with a new boot id. */
export class SimNode {
  readonly bootId: string
  readonly name: string
  readonly offset: number
  readonly drift: number
  state: CoreState
  alive = true
  gone = false
  pausedUntil = 0
  readonly windows = new Map<string, Map<string, ModelWindow>>()
  readonly workers = new Map<string, WorkerModel>()
  readonly accepted = new Map<string, boolean>()
  readonly settled = new Set<string>()
  readonly #world: World
  inbox: (() => void)[] = []

  constructor(
    world: World,
    bootId: string,
    options: { priority: number; capacity: number; offset: number; drift: number },
  ) {
    this.#world = world
    this.bootId = bootId
    this.name = `node-${bootId}`
    this.offset = options.offset
    this.drift = options.drift
    const info = {
      name: this.name,
      capacity: options.capacity,
      priority: options.priority,
      version: 'sim',
      http: null,
      load: IDLE,
    }
    this.state = initialState({ bootId, info, describe: describeSim, slotCount: world.slotCount })
  }

  /** This node's monotonic clock. */
  local(trueTime: number): number {
    return trueTime * (1 + this.drift) + this.offset
  }

  get paused(): boolean {
    return this.#world.now < this.pausedUntil
  }

  /** Gives the core an input, now or when the process runs again. */
  input(input: Input): void {
    if (!this.alive) return
    if (this.paused) {
      this.inbox.push(() => this.input(input))
      return
    }
    const now = { monotonic: this.local(this.#world.now), wall: WALL_START + this.#world.now }
    const result = this.#world.core(this.state, input, now)
    this.state = result.state
    for (const effect of result.effects) this.#world.perform(this, effect)
    this.#world.stepped(this)
  }
}

function describeSim(source: RunRecord['source']): RunFacts | null {
  const suite = JSON.parse(source.text) as Partial<RunFacts> & { durationMs: number }
  return { suite: 'sim', onNodeLoss: 'redistribute', shares: 'equal', gracefulStopMs: 1000, ...suite }
}

export class World {
  now = 0
  readonly seed: number
  readonly random: Random
  readonly slotCount: number
  readonly core: Core
  readonly nodes: SimNode[] = []
  readonly runs = new Map<string, SimRun>()
  /** For every run: who fired which arrival, and when. */
  readonly fired = new Map<string, Map<number, { node: string; at: number }[]>>()
  readonly trace: string[] = []
  network: NetworkQuality
  onStep: (node: SimNode) => void = () => {}
  readonly #queue: Scheduled[] = []
  readonly #cuts = new Set<string>()
  readonly #connected = new Set<string>()
  readonly #lastDelivery = new Map<string, number>()
  readonly #tracing: boolean
  #order = 0

  constructor(options: WorldOptions) {
    this.seed = options.seed
    this.random = seededRandom(options.seed)
    this.slotCount = options.slotCount ?? 24
    this.core = options.core ?? step
    this.#tracing = options.trace ?? false
    this.network = { loss: 0, minDelayMs: 0.1, maxDelayMs: 3, ...options.network }
  }

  note(text: string): void {
    if (this.#tracing) this.trace.push(`${this.now.toFixed(1).padStart(9)} ${text}`)
  }

  schedule(delay: number, action: () => void): void {
    const entry = { at: this.now + Math.max(0, delay), order: this.#order++, action }
    let low = 0
    let high = this.#queue.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#queue[middle]!
      if (other.at > entry.at || (other.at === entry.at && other.order > entry.order)) low = middle + 1
      else high = middle
    }
    this.#queue.splice(low, 0, entry)
  }

  /** Runs everything that happens within the next `ms`. */
  advance(ms: number): void {
    const end = this.now + ms
    while (this.#queue.length > 0 && this.#queue.at(-1)!.at <= end) {
      const next = this.#queue.pop()!
      this.now = next.at
      next.action()
    }
    this.now = end
  }

  /** Runs until a condition holds; false when it did not within `ms`. */
  advanceUntil(condition: () => boolean, ms: number): boolean {
    const end = this.now + ms
    while (this.now < end) {
      if (condition()) return true
      this.advance(50)
    }
    return condition()
  }

  addNode(options: { bootId?: string; priority?: number; capacity?: number } = {}): SimNode {
    const bootId = options.bootId ?? `b${this.nodes.length + 1}`
    const node = new SimNode(this, bootId, {
      priority: options.priority ?? 0,
      capacity: options.capacity ?? 2,
      offset: this.random() * 1e6,
      drift: (this.random() - 0.5) * 1e-4,
    })
    this.nodes.push(node)
    this.note(`${bootId} boots`)
    this.#tickForever(node, this.random() * 100)
    for (const other of this.nodes) if (other !== node && other.alive) this.#connectLater(node, other)
    return node
  }

  #tickForever(node: SimNode, delay: number): void {
    this.schedule(delay, () => {
      if (!node.alive) return
      if (!node.paused) {
        for (const worker of node.workers.values()) worker.advance(node.local(this.now))
        node.input({ kind: 'tick' })
      }
      this.#tickForever(node, DEFAULT_TIMING.tickMs * (0.9 + 0.2 * this.random()))
    })
    // Threads run more often than the main thread ticks.
    this.schedule(delay + 20, () => this.#advanceThreads(node))
  }

  #advanceThreads(node: SimNode): void {
    if (!node.alive || node.paused) return
    for (const worker of node.workers.values()) worker.advance(node.local(this.now))
  }

  #pair(a: SimNode, b: SimNode): string {
    return a.bootId < b.bootId ? `${a.bootId}|${b.bootId}` : `${b.bootId}|${a.bootId}`
  }

  #connectLater(a: SimNode, b: SimNode): void {
    this.schedule(20 + this.random() * 200, () => {
      const pair = this.#pair(a, b)
      if (!a.alive || !b.alive || this.#connected.has(pair)) return
      if (this.#isCut(a, b) || this.#isCut(b, a) || a.paused || b.paused) {
        this.#connectLater(a, b)
        return
      }
      this.#connected.add(pair)
      a.input({ kind: 'connected', peer: b.bootId })
      b.input({ kind: 'connected', peer: a.bootId })
    })
  }

  #disconnect(a: SimNode, b: SimNode, delay: number): void {
    if (!this.#connected.delete(this.#pair(a, b))) return
    this.schedule(delay, () => {
      a.input({ kind: 'disconnected', peer: b.bootId })
      b.input({ kind: 'disconnected', peer: a.bootId })
    })
  }

  kill(node: SimNode): void {
    this.note(`${node.bootId} is killed`)
    node.alive = false
    for (const other of this.nodes) if (other !== node) this.#disconnect(node, other, 15)
  }

  pause(node: SimNode, ms: number): void {
    this.note(`${node.bootId} is paused for ${ms}`)
    node.pausedUntil = this.now + ms
    this.schedule(ms + 0.001, () => {
      const waiting = node.inbox
      node.inbox = []
      this.#advanceThreads(node)
      for (const action of waiting) action()
    })
  }

  /** Loses everything from one node to another until healed. */
  cut(from: SimNode, to: SimNode): void {
    this.#cuts.add(`${from.bootId}>${to.bootId}`)
  }

  partition(left: readonly SimNode[], right: readonly SimNode[]): void {
    this.note(`partition ${left.map((n) => n.bootId)} | ${right.map((n) => n.bootId)}`)
    for (const a of left) {
      for (const b of right) {
        this.cut(a, b)
        this.cut(b, a)
        const since = this.now
        // The transport notices after its own time-out.
        this.schedule(13_000, () => {
          if (this.#isCut(a, b) && this.now - since >= 12_999) {
            this.#disconnect(a, b, 0)
            this.#connectLater(a, b)
          }
        })
      }
    }
  }

  heal(): void {
    this.note('healed')
    this.#cuts.clear()
  }

  #isCut(from: SimNode, to: SimNode): boolean {
    return this.#cuts.has(`${from.bootId}>${to.bootId}`)
  }

  deliver(from: SimNode, to: SimNode, action: () => void, lossy = true): void {
    if (!this.#connected.has(this.#pair(from, to)) || this.#isCut(from, to)) return
    if (lossy && this.random() < this.network.loss) return
    const delay = this.network.minDelayMs + this.random() * (this.network.maxDelayMs - this.network.minDelayMs)
    // A stream keeps its order.
    const link = `${from.bootId}>${to.bootId}`
    const at = Math.max(this.now + delay, this.#lastDelivery.get(link) ?? 0)
    this.#lastDelivery.set(link, at)
    this.schedule(at - this.now, () => {
      if (!this.#isCut(from, to)) action()
    })
  }

  nodeOf(bootId: string): SimNode | undefined {
    return this.nodes.find((node) => node.bootId === bootId)
  }

  submit(node: SimNode, run: SimRun, facts: Partial<RunFacts> = {}): void {
    this.runs.set(run.runId, run)
    this.fired.set(run.runId, new Map())
    this.note(`submit ${run.runId} to ${node.bootId}`)
    const source = { text: JSON.stringify({ durationMs: run.durationMs, ...facts }), format: 'json' as const }
    const record = {
      runId: run.runId,
      createdAt: WALL_START + this.now,
      origin: node.bootId,
      originName: node.name,
      source,
    }
    node.input({ kind: 'submit', record })
  }

  stepped(node: SimNode): void {
    this.onStep(node)
  }

  perform(node: SimNode, effect: Effect): void {
    switch (effect.kind) {
      case 'send':
        return this.#send(node, effect.to, effect.message)
      case 'gossip':
        for (const other of this.nodes) if (other !== node) this.#send(node, other.bootId, effect.message)
        return
      case 'probe':
        return this.#probe(node, effect.peer)
      case 'prepare':
        this.schedule(20 + this.random() * 100, () =>
          node.input({ kind: 'prepared', runId: effect.runId, error: null }),
        )
        return
      case 'log':
        return this.note(`${node.bootId} ${effect.message}`)
      case 'accepted':
        node.accepted.set(effect.runId, effect.replicated)
        return
      case 'settled':
        node.settled.add(effect.runId)
        return
      case 'store-table':
        return this.note(
          `${node.bootId} table ${effect.table.version.term.number}.${effect.table.version.sequence} ${effect.table.phase} ${summary(effect.table)}`,
        )
      case 'serve-batches':
        return this.#serve(node, effect)
      case 'left':
        this.note(`${node.bootId} leaves`)
        node.gone = true
        this.schedule(5, () => this.kill(node))
        return
      default:
        return this.#driveWorker(node, effect)
    }
  }

  #driveWorker(node: SimNode, effect: Effect): void {
    switch (effect.kind) {
      case 'assign': {
        const worker = this.#workerOf(node, effect.runId)
        // Messages to a thread keep their order.
        const at = Math.max(this.now + this.random() * 5, this.#lastDelivery.get(`${node.bootId}#threads`) ?? 0)
        this.#lastDelivery.set(`${node.bootId}#threads`, at)
        this.schedule(at - this.now, () => {
          if (!node.alive) return
          this.#advanceThreads(node)
          const appliedAt = worker.assign(effect.slots, effect.releaseAt)
          node.input({ kind: 'applied', runId: effect.runId, version: effect.version, at: appliedAt })
        })
        return
      }
      case 'start':
        return this.#workerOf(node, effect.runId).start(effect.startAt)
      case 'lease':
        node.workers.get(effect.runId)?.lease(effect.until)
        return
      case 'stop-firing':
        node.workers.get(effect.runId)?.stop(effect.at)
        return
      case 'discard':
        node.workers.delete(effect.runId)
        return
      default:
    }
  }

  #workerOf(node: SimNode, runId: string): WorkerModel {
    const existing = node.workers.get(runId)
    if (existing !== undefined) return existing
    const run = this.runs.get(runId)!
    const worker = new WorkerModel(run.rate, this.slotCount, run.durationMs, {
      fired: (index) => this.#fire(node, runId, index),
      window: (window) => this.#window(node, runId, window),
      drained: (final) => this.schedule(0, () => node.input({ kind: 'drained', runId, final })),
    })
    node.workers.set(runId, worker)
    return worker
  }

  #fire(node: SimNode, runId: string, index: number): void {
    const fired = this.fired.get(runId)!
    const shots = fired.get(index) ?? []
    shots.push({ node: node.bootId, at: this.now })
    fired.set(index, shots)
  }

  #window(node: SimNode, runId: string, window: ModelWindow): void {
    this.#hold(node, runId, node.bootId, window)
    for (const other of this.nodes) {
      if (other !== node) this.deliver(node, other, () => this.#hold(other, runId, node.bootId, window))
    }
  }

  #hold(node: SimNode, runId: string, bootId: string, window: ModelWindow): void {
    if (!node.alive) return
    const held = node.windows.get(runId) ?? new Map<string, ModelWindow>()
    held.set(`${bootId}/${window.sequence}`, window)
    node.windows.set(runId, held)
    this.schedule(0, () => node.input({ kind: 'batch', runId, bootId, sequence: window.sequence }))
  }

  #serve(node: SimNode, effect: Extract<Effect, { kind: 'serve-batches' }>): void {
    const to = this.nodeOf(effect.to)
    const held = node.windows.get(effect.runId)
    if (to === undefined || held === undefined) return
    for (const [from, last] of effect.ranges) {
      for (let sequence = from; sequence <= last; sequence++) {
        const window = held.get(`${effect.bootId}/${sequence}`)
        if (window) this.deliver(node, to, () => this.#hold(to, effect.runId, effect.bootId, window))
      }
    }
  }

  #send(from: SimNode, to: string, message: Message): void {
    const target = this.nodeOf(to)
    if (target === undefined || !target.alive) return
    const copy = structuredClone(message)
    this.deliver(from, target, () => target.input({ kind: 'message', from: from.bootId, message: copy }))
  }

  #probe(node: SimNode, peer: string): void {
    const target = this.nodeOf(peer)
    const cut = target !== undefined && (this.#isCut(node, target) || this.#isCut(target, node))
    const result = cut ? 'silent' : target?.alive ? 'reachable' : 'refused'
    this.schedule(result === 'refused' ? 110 : 1000, () => node.input({ kind: 'probed', peer, result }))
    if (result === 'reachable' && target !== undefined) this.#connectLater(node, target)
  }
}

function summary(table: ShareTable): string {
  const counts = table.members.map((member, index) => {
    const slots = table.holders.filter((holder) => holder === index).length
    return `${member.bootId}:${slots}${member.lostAt === null ? '' : '†'}${member.final ? '■' : ''}`
  })
  return counts.join(' ')
}

export function heldRanges(windows: Iterable<number>): Ranges {
  let ranges: Ranges = []
  for (const sequence of windows) ranges = addSequence(ranges, sequence)
  return ranges
}
