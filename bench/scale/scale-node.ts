/**
 * One node: the real core, and, where it is measured, the real codec, window exchange, totals and store around it.
 *
 * Measured nodes do everything that `src/node` does between the core and the mesh, with their CPU time taken. The others
 * run the same core, but speak without a codec: they are there to be followed, asked and heard.
 */

import type { BootId, RunId } from '../../src/base/ids.ts'
import type { Effect, Input } from '../../src/coordination/io.ts'
import { checkMessage } from '../../src/coordination/message-schema.ts'
import type { Message, NodeInfo } from '../../src/coordination/messages.ts'
import { type CoreState, initialState } from '../../src/coordination/state.ts'
import { step } from '../../src/coordination/step.ts'
import { IDLE, type View } from '../../src/membership/view.ts'
import { decodeMessage } from '../../src/mesh/codec.ts'
import { encodeFrame, FRAME, frameBytes } from '../../src/mesh/frames.ts'
import { factsOf, type RunFacts } from '../../src/run/facts.ts'
import { AGGREGATE_ABOVE } from '../../src/run/keepers.ts'
import { isEnded } from '../../src/run/share-table.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import type { StorePort } from '../../src/store/store-port.ts'
import type { Suite } from '../../src/suite/spec.ts'
import type { EventQueue } from '../../test/sim/event-queue.ts'
import { CpuAccount } from './cpu-account.ts'
import { ModelThreads } from './model-threads.ts'
import { NodeWindows } from './node-windows.ts'
import { Traffic } from './traffic.ts'

/** Wall-clock time at virtual time 0. */
const WALL_START = 1_700_000_000_000

/** Above any message that a node could send: what a channel allows is held against it elsewhere. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

/** What a node needs of the mesh around it. */
export interface Surroundings {
  readonly queue: EventQueue
  readonly suite: Suite
  peersOf(node: ScaleNode): readonly BootId[]
  send(from: ScaleNode, to: BootId, message: Message): void
  sendWindows(from: ScaleNode, to: BootId, bytes: Uint8Array): void
  gossip(from: ScaleNode, message: Message): void
  probe(from: ScaleNode, peer: BootId): void
  started(node: ScaleNode, runId: RunId, startAt: number): void
  /** A peer would refuse this message. */
  refused(message: Message, why: string): void
}

export class ScaleNode {
  readonly bootId: BootId
  readonly index: number
  readonly isMeasured: boolean
  readonly cpu = new CpuAccount()
  readonly traffic = new Traffic()
  readonly threads: ModelThreads
  readonly windows: NodeWindows | null
  readonly settledRuns = new Set<RunId>()
  state: CoreState
  alive = true
  readonly #around: Surroundings
  readonly #store: StorePort | null
  readonly #inputs: Input[] = []
  #running = false

  constructor(around: Surroundings, info: NodeInfo, bootId: BootId, index: number, isMeasured: boolean) {
    const { suite, queue } = around
    const facts: RunFacts = factsOf(suite)
    this.#around = around
    this.bootId = bootId
    this.index = index
    this.isMeasured = isMeasured
    this.state = initialState({ bootId, info, describe: () => facts, aggregateAbove: AGGREGATE_ABOVE })
    this.threads = new ModelThreads({
      queue,
      input: (input) => this.input(input),
      started: (startAt) => {
        for (const runId of this.state.runs.keys()) around.started(this, runId, startAt)
      },
    })
    this.#store = isMeasured ? openStore({ path: ':memory:' }) : null
    this.windows = this.#store === null ? null : new NodeWindows(this, this.#store, around)
  }

  /** Begins with a mesh that has formed: everybody is connected and introduced. */
  meet(view: View): void {
    this.state = { ...this.state, view }
  }

  input(input: Input): void {
    if (!this.alive) return
    this.#inputs.push(input)
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#turn(next)
    } finally {
      this.#running = false
    }
  }

  /** A control message from a peer, as it comes from the wire. */
  receive(from: BootId, message: Message, bytes: Uint8Array): void {
    if (!this.alive) return
    const checked = this.cpu.during('codec', () => this.#check(message, bytes))
    this.input({ kind: 'message', from, message: checked })
  }

  /** Sends a frame to so many peers: the copying that the links do is this node's work. */
  frame(kind: string, bytes: Uint8Array, copies: number): void {
    for (let i = 0; i < copies; i++) encodeFrame(FRAME.message, bytes)
    this.traffic.count('out', kind, copies, copies * frameBytes(bytes.length))
  }

  close(): void {
    this.alive = false
    this.#store?.close()
  }

  #check(message: Message, bytes: Uint8Array): Message {
    try {
      return checkMessage(decodeMessage(bytes, NO_LIMIT))
    } catch (error) {
      // Taken all the same: what comes after is to be measured too.
      this.#around.refused(message, error instanceof Error ? error.message : String(error))
      return message
    }
  }

  #turn(input: Input): void {
    const { now } = this.#around.queue
    const clocks = { monotonic: now, wall: WALL_START + now }
    const { state, effects } = this.cpu.during('core', () => step(this.state, input, clocks))
    this.state = state
    for (const effect of effects) this.#perform(effect)
  }

  #perform(effect: Effect): void {
    const around = this.#around
    switch (effect.kind) {
      case 'send':
        return around.send(this, effect.to, effect.message)
      case 'gossip':
        return around.gossip(this, effect.message)
      case 'probe':
        return around.probe(this, effect.peer)
      case 'store-run':
        return this.cpu.during('core', () => {
          const { runId, createdAt } = effect.record
          this.#store?.putRun({ runId, createdAt, record: JSON.stringify(effect.record) })
        })
      case 'store-table':
        return this.cpu.during('core', () => {
          if (this.#store === null) return
          this.#store.putTable(effect.table.runId, JSON.stringify(effect.table), isEnded(effect.table.phase))
        })
      case 'run-changed':
        return this.windows?.runChanged(effect.runId)
      case 'settled':
        this.settledRuns.add(effect.runId)
        return
      case 'serve-batches':
        return this.windows?.serve(effect)
      default:
        return this.threads.perform(effect)
    }
  }
}

export function infoOf(index: number): NodeInfo {
  return {
    name: `node-${index + 1}`,
    capacity: 1,
    priority: 0,
    version: '0.1.0',
    http: `http://10.0.${index >> 8}.${index & 255}:7070`,
    load: { ...IDLE, inFlight: 3, cpu: 0.31, headroom: 0.62 },
  }
}
