/**
 * The driver: turns what happens into the core's inputs, and does what the core's effects ask for. One input at a
 * time; an effect that causes another input at once puts it in the queue.
 */

import type { Clock } from '../base/clock.ts'
import { messageOf, VajraError } from '../base/errors.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Ranges } from '../base/ranges.ts'
import type { Effect, Input } from '../coordination/io.ts'
import { checkMessage } from '../coordination/message-schema.ts'
import type { Message, RunRecord } from '../coordination/messages.ts'
import type { CoreState } from '../coordination/state.ts'
import { step } from '../coordination/step.ts'
import { CHANNEL_BYTES, decodeMessage, encodeCompact } from '../mesh/codec.ts'
import type { Channel, MeshEvents, MeshPort } from '../mesh/mesh-port.ts'
import { isEnded, type ShareTable } from '../run/share-table.ts'
import type { StorePort } from '../store/store-port.ts'
import { refusedMessage, refusedPeer } from './admission.ts'
import type { Log } from './options.ts'
import { isPreflightMessage } from './preflight-messages.ts'
import type { RunWorkers } from './run-workers.ts'

/** What the driver hands on instead of doing it itself. */
export interface DriverHooks {
  /** The table of a run is new. */
  runChanged(runId: RunId): void
  /** A run has ended and its windows are as complete as they will be. */
  runSettled(runId: RunId): void
  accepted(runId: RunId, replicated: boolean): void
  left(): void
  /** Whether a message may be taken now; one that may not comes again as an input when it may. */
  admits(from: BootId, message: Message): boolean
  /** A message on the windows channel. */
  windows(from: BootId, bytes: Uint8Array): void
  /** A message about pre-flight, which the core has nothing to do with. */
  preflight(from: BootId, value: unknown): void
  /** Window batches a peer asks for. */
  serve(to: BootId, runId: RunId, bootId: BootId, ranges: Ranges): void
}

export interface DriverParts {
  readonly mesh: MeshPort
  readonly store: StorePort
  readonly workers: RunWorkers
  readonly clock: Clock
  readonly log: Log
  readonly hooks: DriverHooks
}

/** Complaints about one peer's messages are logged at most this often, in milliseconds. */
const COMPLAINT_MS = 10_000

export class Driver {
  #state: CoreState
  readonly #parts: DriverParts
  readonly #queue: Input[] = []
  readonly #complaints = new Map<BootId, number>()
  /** One message goes to many peers: it is encoded once. */
  readonly #encoded = new WeakMap<Message, Uint8Array>()
  #running = false
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(state: CoreState, parts: DriverParts) {
    this.#state = state
    this.#parts = parts
  }

  get state(): CoreState {
    return this.#state
  }

  /** Begins to tick. */
  start(): void {
    this.#timer = setInterval(() => this.input({ kind: 'tick' }), this.#state.config.timing.tickMs)
    this.input({ kind: 'tick' })
  }

  /** No more inputs are taken. */
  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
  }

  input(input: Input): void {
    if (this.#closed) return
    this.#queue.push(input)
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#turn(next)
    } finally {
      this.#running = false
    }
  }

  /** What the mesh calls. */
  meshEvents(): MeshEvents {
    return {
      connected: (peer) => this.#connected(peer),
      disconnected: (peer) => this.input({ kind: 'disconnected', peer }),
      message: (from, channel, bytes) => this.#receive(from, channel, bytes),
      gossip: (from, bytes) => this.#receive(from, 'gossip', bytes),
      log: (level, message, fields) => this.#parts.log(level, message, fields),
    }
  }

  #turn(input: Input): void {
    const { clock, log } = this.#parts
    const now = { monotonic: clock.monotonic(), wall: clock.wall() }
    let effects: readonly Effect[]
    try {
      const result = step(this.#state, input, now)
      this.#state = result.state
      effects = result.effects
    } catch (error) {
      // A defect in the core must not take the node down: this input is lost, the state before it stands.
      log('error', `internal error on input ${input.kind}: ${messageOf(error)}`, { stack: (error as Error).stack })
      return
    }
    for (const effect of effects) {
      try {
        this.#perform(effect)
      } catch (error) {
        log('error', `cannot ${effect.kind}: ${messageOf(error)}`)
      }
    }
  }

  #connected(peer: BootId): void {
    const refusal = refusedPeer(this.#state, peer)
    if (refusal === null) this.input({ kind: 'connected', peer })
    else this.complain(peer, new VajraError('MESSAGE_INVALID', refusal))
  }

  #receive(from: BootId, channel: Channel | 'gossip', bytes: Uint8Array): void {
    if (channel === 'windows') {
      this.#parts.hooks.windows(from, bytes)
      return
    }
    let message: Message
    try {
      const value = decodeMessage(bytes, CHANNEL_BYTES.control)
      if (channel === 'control' && isPreflightMessage(value)) return this.#parts.hooks.preflight(from, value)
      message = checkMessage(value)
    } catch (error) {
      this.complain(from, error)
      return
    }
    const refusal = refusedMessage(this.#state, from, message)
    if (refusal !== null) return this.complain(from, new VajraError('MESSAGE_INVALID', refusal))
    // Before the suite is read, which takes as long as the first steps of a thread.
    if (isNewRun(this.#state, message)) this.#parts.workers.expect()
    if (this.#parts.hooks.admits(from, message)) this.input({ kind: 'message', from, message })
  }

  /** Logs that a peer sent something unusable; not more often than it helps. */
  complain(from: BootId, error: unknown): void {
    const now = this.#parts.clock.monotonic()
    if (now - (this.#complaints.get(from) ?? Number.NEGATIVE_INFINITY) < COMPLAINT_MS) return
    // Whoever has the key can come under any number of ids.
    if (this.#complaints.size >= LIMITS.nodes) this.#complaints.clear()
    this.#complaints.set(from, now)
    const name = this.#state.view.get(from)?.name ?? from
    this.#parts.log('warn', `refused a message from ${name}: ${messageOf(error)}`, { peer: from })
  }

  #encode(message: Message): Uint8Array {
    const known = this.#encoded.get(message)
    if (known !== undefined) return known
    const bytes = encodeCompact(message)
    this.#encoded.set(message, bytes)
    return bytes
  }

  #perform(effect: Effect): void {
    const { mesh, hooks, log, workers } = this.#parts
    switch (effect.kind) {
      case 'send':
        mesh.send(effect.to, 'control', this.#encode(effect.message))
        return
      case 'gossip':
        return mesh.gossip(this.#encode(effect.message))
      case 'probe':
        return this.#probe(effect.peer)
      case 'store-run':
        return this.#storeRun(effect.record)
      case 'store-table':
        return this.#storeTable(effect.table)
      case 'accepted':
        return hooks.accepted(effect.runId, effect.replicated)
      case 'run-changed':
        return hooks.runChanged(effect.runId)
      case 'settled':
        return hooks.runSettled(effect.runId)
      case 'serve-batches':
        return hooks.serve(effect.to, effect.runId, effect.bootId, effect.ranges)
      case 'left':
        return hooks.left()
      case 'log':
        return log(effect.level, effect.message)
      default:
        return workers.perform(effect, (input) => this.input(input))
    }
  }

  #probe(peer: BootId): void {
    this.#parts.mesh
      .probe(peer)
      .then((result) => this.input({ kind: 'probed', peer, result }))
      .catch((error: unknown) => this.#parts.log('debug', `probe of ${peer}: ${messageOf(error)}`))
  }

  #storeRun(record: RunRecord): void {
    const { runId, createdAt, source } = record
    const files = (source.data ?? []).flatMap(({ sha256, onNodes }) => (onNodes ? [] : [sha256]))
    this.#parts.store.putRun({ runId, createdAt, record: JSON.stringify(record), files })
  }

  #storeTable(table: ShareTable): void {
    this.#parts.store.putTable(table.runId, JSON.stringify(table), isEnded(table.phase))
  }
}

/** Whether a message tells of a run that nobody has planned yet, for the first time. */
function isNewRun({ runs }: CoreState, message: Message): boolean {
  if (message.kind !== 'run' || message.version !== null || message.dormant) return false
  return !runs.has(message.record.runId)
}
