/**
 * A mesh of many nodes in virtual time: the real core on every node, a network without faults, one run.
 *
 * A few nodes are measured and get everything that is sent to them, in real bytes. The others, of which there may be any
 * number, get control messages without a codec, and no windows: a thousand of them would send each other a million a
 * second, which no machine takes in. Nor are they given the heartbeats of all: only of the coordinator, and of the first
 * in rank, by which they know that others stand for election before them.
 */

import type { BootId, RunId } from '../../src/base/ids.ts'
import { recipientsOf } from '../../src/coordination/keeping.ts'
import type { Message } from '../../src/coordination/messages.ts'
import { isCoordinator } from '../../src/coordination/state.ts'
import { IDLE, type Member, type View } from '../../src/membership/view.ts'
import { encodeBatch } from '../../src/mesh/batch-codec.ts'
import { CHANNEL_BYTES, encodeCompact, encodeMessage } from '../../src/mesh/codec.ts'
import { frameBytes } from '../../src/mesh/frames.ts'
import type { WindowBatch } from '../../src/metrics/window.ts'
import type { Suite } from '../../src/suite/spec.ts'
import { EventQueue } from '../../test/sim/event-queue.ts'
import { sumOfSpent } from './cpu-account.ts'
import { SampleWindows } from './sample-windows.ts'
import { infoOf, ScaleNode, type Surroundings } from './scale-node.ts'
import { GOSSIP, WINDOWS } from './traffic.ts'

/** One way between any two nodes, in milliseconds. */
export const DELAY_MS = 1

/** From a kill until its peers see the connection closed, and until two redials were refused: as measured on loopback. */
const DISCONNECT_MS = 15
const REFUSED_MS = 120

/** From the end of a second until its windows have been collected from the threads, spread over the nodes. */
const COLLECT_MS = 5
const COLLECT_SPREAD_MS = 15
export const COLLECTED_MS = COLLECT_MS + COLLECT_SPREAD_MS

/**
 * Copies of a publication that a node forwards, and so also gets: `D` of `src/mesh/gossip.ts`. The publisher floods: it
 * sends to everybody.
 */
export const GOSSIP_DEGREE = 3

/** Whoever has heard so many above it stands later than a take-over takes: heartbeats of more change nothing. */
const HEARD_RANKS = 16

/** Measured beside the first two in rank, who coordinate in turn. */
const PLAIN_NODES = 4

export class ScaleMesh implements Surroundings {
  readonly queue = new EventQueue()
  readonly suite: Suite
  readonly deadline: number
  readonly nodes: readonly ScaleNode[]
  /** Kinds of messages that a peer would have refused, and why. */
  readonly refusals = new Map<string, string>()
  readonly #byId: ReadonlyMap<BootId, ScaleNode>
  readonly #windows = new SampleWindows(1)
  readonly #encoded = new WeakMap<Message, Uint8Array>()

  /** @param deadline by the machine's clock: past it, measuring this mesh is given up */
  constructor(size: number, suite: Suite, deadline: number) {
    this.suite = suite
    this.deadline = deadline
    this.nodes = Array.from({ length: size }, (_, index) => {
      const isMeasured = index < PLAIN_NODES || index >= size - 2
      return new ScaleNode(this, infoOf(index), bootIdOf(index), index, isMeasured)
    })
    this.#byId = new Map(this.nodes.map((node) => [node.bootId, node]))
    const view = new Map(this.nodes.map((node) => [node.bootId, strangerOf(node.index)]))
    for (const node of this.nodes) {
      const others = new Map(view)
      others.delete(node.bootId)
      node.meet(others)
      this.queue.schedule((100 * node.index) / size, () => this.#tick(node))
    }
  }

  get alive(): readonly ScaleNode[] {
    return this.nodes.filter((node) => node.alive)
  }

  get coordinator(): ScaleNode | undefined {
    return this.nodes.find((node) => node.alive && isCoordinator(node.state) && !node.state.election.term.solo)
  }

  /** Measured nodes other than the coordinator and who is next in rank. */
  get plain(): readonly ScaleNode[] {
    return this.nodes.slice(0, Math.min(PLAIN_NODES, this.nodes.length - 2))
  }

  /** A node like any other, that nothing is measured at. */
  get bystander(): ScaleNode {
    return this.nodes[PLAIN_NODES]!
  }

  /** How far it has come, and what that took its coordinator. */
  describe(): string {
    const node = this.coordinator
    const spent = node === undefined ? 0 : sumOfSpent(node.cpu.spent) / 1000
    return `after ${(this.queue.now / 1000).toFixed(1)} s of virtual time, for which the coordinator used ${spent.toFixed(0)} s of CPU time`
  }

  /** Slots that are fired now, of all. */
  get firing(): number {
    return this.nodes.reduce((sum, node) => sum + (node.alive ? node.threads.firing : 0), 0)
  }

  /** Those who do not hear each other are told what all know by now: that there is a run. */
  noteBusy(): void {
    const busy = new Map<BootId, Member>()
    for (const node of this.nodes) busy.set(node.bootId, { ...strangerOf(node.index), busy: true, runs: 1 })
    for (const node of this.nodes) {
      if (node.isMeasured) continue
      const view: View = new Map([...node.state.view].map(([id, member]) => [id, mergedBusy(member, busy.get(id))]))
      node.state = { ...node.state, view }
    }
  }

  /** SIGKILL. */
  kill(node: ScaleNode): void {
    node.alive = false
    for (const other of this.alive) {
      this.queue.schedule(DISCONNECT_MS, () => other.input({ kind: 'disconnected', peer: node.bootId }))
    }
  }

  peersOf(node: ScaleNode): readonly BootId[] {
    return this.alive.filter((other) => other !== node).map((other) => other.bootId)
  }

  send(from: ScaleNode, to: BootId, message: Message): void {
    const target = this.#byId.get(to)
    if (target === undefined) return
    const isHeard = target.isMeasured || message.kind !== 'heartbeat' || this.#countsAmongOthers(from, message)
    if (!from.isMeasured && !isHeard) return
    if (from.isMeasured) {
      from.cpu.during('codec', () => from.frame(message.kind, this.#encode(message, CHANNEL_BYTES.control), 1))
    }
    if (target.alive && isHeard) this.#deliver(from, target, message, 'control')
  }

  /** Flood publishing, and what every node forwards. A node that gets more copies reads the first of them. */
  gossip(from: ScaleNode, message: Message): void {
    const others = this.alive.filter((other) => other !== from)
    if (from.isMeasured) {
      const bytes = from.cpu.during('codec', () => this.#encode(message, CHANNEL_BYTES.gossip))
      from.traffic.count('out', GOSSIP, others.length, others.length * bytes.length)
    }
    for (const other of others) this.#deliver(from, other, message, GOSSIP)
  }

  sendWindows(from: ScaleNode, to: BootId, bytes: Uint8Array): void {
    const target = this.#byId.get(to)
    from.frame(WINDOWS, bytes, 1)
    if (target?.alive && target.windows !== null) {
      this.queue.schedule(DELAY_MS, () => target.windows?.receive(from.bootId, bytes))
    }
  }

  probe(from: ScaleNode, peer: BootId): void {
    const refused = this.#byId.get(peer)?.alive !== true
    const result = refused ? ('refused' as const) : ('reachable' as const)
    this.queue.schedule(REFUSED_MS, () => from.input({ kind: 'probed', peer, result }))
  }

  started(node: ScaleNode, runId: RunId, startAt: number): void {
    const lag = COLLECT_MS + (COLLECT_SPREAD_MS * node.index) / this.nodes.length
    const first = Math.max(0, Math.floor((this.queue.now - startAt) / 1000))
    const publish = (sequence: number) => {
      this.queue.schedule(startAt + 1000 * (sequence + 1) + lag - this.queue.now, () => {
        if (!node.alive || sequence > node.threads.lastSequence) return
        this.#publish(node, runId, sequence)
        publish(sequence + 1)
      })
    }
    publish(first)
  }

  refused(message: Message, why: string): void {
    this.refusals.set(message.kind, why)
  }

  close(): void {
    for (const node of this.nodes) node.close()
  }

  /** Whether a heartbeat changes anything at a node that has met its sender. */
  #countsAmongOthers(from: ScaleNode, message: Extract<Message, { kind: 'heartbeat' }>): boolean {
    return message.coordinator === from.bootId || from.index >= this.nodes.length - HEARD_RANKS
  }

  #tick(node: ScaleNode): void {
    if (!node.alive) return
    node.input({ kind: 'tick' })
    this.queue.schedule(node.state.config.timing.tickMs, () => this.#tick(node))
  }

  #publish(node: ScaleNode, runId: RunId, sequence: number): void {
    const batch = { runId, bootId: node.bootId, sequence, windows: this.#windows.of(node.index, sequence) }
    const recipients = recipientsOf(node.state, runId, this.queue.now)
    this.#noteKept(batch, recipients)
    if (node.windows !== null) return node.windows.publish(batch)
    const bytes = encodeMessage({ kind: 'batches', batches: [encodeBatch(batch)] })
    for (const { windows, bootId } of this.nodes) {
      if (windows !== null && recipients?.includes(bootId) !== false)
        this.queue.schedule(DELAY_MS, () => windows.receive(node.bootId, bytes))
    }
  }

  /** Keepers that nothing is measured at know what they have, or they would ask for it. */
  #noteKept({ runId, bootId, sequence }: WindowBatch, recipients: readonly BootId[] | null): void {
    for (const to of recipients ?? []) {
      const keeper = this.#byId.get(to)
      if (keeper === undefined || keeper.isMeasured) continue
      this.queue.schedule(DELAY_MS, () => keeper.input({ kind: 'batch', runId, bootId, sequence }))
    }
  }

  #deliver(from: ScaleNode, to: ScaleNode, message: Message, channel: 'control' | typeof GOSSIP): void {
    if (!to.isMeasured) {
      this.queue.schedule(DELAY_MS, () => to.input({ kind: 'message', from: from.bootId, message }))
      return
    }
    const bytes = this.#encode(message, CHANNEL_BYTES[channel])
    this.queue.schedule(DELAY_MS, () => {
      if (channel === GOSSIP) {
        to.traffic.count('in', GOSSIP, GOSSIP_DEGREE, GOSSIP_DEGREE * bytes.length)
        to.traffic.count('out', GOSSIP, GOSSIP_DEGREE - 1, (GOSSIP_DEGREE - 1) * bytes.length)
      } else to.traffic.count('in', message.kind, 1, frameBytes(bytes.length))
      to.receive(from.bootId, message, bytes)
    })
  }

  /** Once for all whom it goes to, as the driver does. */
  #encode(message: Message, limit: number): Uint8Array {
    let bytes = this.#encoded.get(message)
    if (bytes === undefined) {
      bytes = encodeCompact(message)
      this.#encoded.set(message, bytes)
    }
    if (bytes.length > limit) this.refusals.set(message.kind, `${bytes.length} bytes are over a limit of ${limit}`)
    return bytes
  }
}

/** As long as a libp2p peer id; the order of indexes is the order of ranks. */
export function bootIdOf(index: number): BootId {
  return `12D3KooW${String(index).padStart(6, '0')}${'rZ7kQwXv2nT9bYcD4fGhJmLpSa8eUu3t6yKx'.slice(0, 38)}`
}

/** What a node knows of another once they have met. */
function strangerOf(index: number): Member {
  return {
    ...infoOf(index),
    bootId: bootIdOf(index),
    load: IDLE,
    runs: 0,
    state: 'alive',
    connected: true,
    introduced: true,
    leaving: false,
    busy: false,
    heardAt: 0,
    goneAt: null,
    probedAt: null,
    term: null,
    follows: null,
    toldAt: Number.NEGATIVE_INFINITY,
  }
}

function mergedBusy(member: Member, busy: Member | undefined): Member {
  return member.runs > 0 || busy === undefined ? member : { ...member, busy: true, runs: 1 }
}
