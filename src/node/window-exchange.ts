/** Window batches between threads, store and peers: each is stored, counted and told on once, wherever it came from. */

import { z } from 'zod'
import { messageOf, VajraError } from '../base/errors.ts'
import { BOOT_ID_PATTERN, type BootId, RUN_ID_PATTERN, type RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { firstOf, type Ranges } from '../base/ranges.ts'
import type { Input } from '../coordination/io.ts'
import { decodeBatch, encodeBatch } from '../mesh/batch-codec.ts'
import { CHANNEL_BYTES, decodeMessage, encodeMessage } from '../mesh/codec.ts'
import type { MeshPort } from '../mesh/mesh-port.ts'
import { batchLimitsOf, checkBatch } from '../metrics/validate-batch.ts'
import type { WindowBatch } from '../metrics/window.ts'
import type { StoredBatch, StorePort } from '../store/store-port.ts'
import type { Suite } from '../suite/spec.ts'
import type { Log } from './options.ts'

/** Bytes of batches put into one message when a peer asks for many. */
const SERVED_BYTES = 1024 * 1024

/** Nodes (lives of nodes) of which a run may have windows: as many as a share table may name. */
const NODES_PER_RUN = 4 * LIMITS.nodes

/** Contradictions that are logged one by one; further ones are only counted. */
const LOGGED = 100

const envelope = z.strictObject({ kind: z.literal('batches'), batches: z.array(z.instanceof(Uint8Array)).max(4096) })

export interface WindowExchangeParts {
  readonly mesh: MeshPort
  readonly store: StorePort
  readonly suiteOf: (runId: RunId) => Suite | undefined
  /** To whom this node's own windows of a run go; null: to every peer. */
  readonly recipientsOf: (runId: RunId) => readonly BootId[] | null
  /** Which windows of a run are here, by node. */
  readonly heldOf: (runId: RunId) => ReadonlyMap<BootId, Ranges> | undefined
  readonly input: (input: Input) => void
  /** A batch that was not held before. */
  readonly added: (batch: WindowBatch) => void
  /** Takes what is no batch, decoded, or throws. */
  readonly others?: (from: BootId, value: unknown) => void
  readonly complain: (from: BootId, error: unknown) => void
  readonly log: Log
}

interface Received {
  readonly batch: WindowBatch
  readonly stored: StoredBatch
}

export class WindowExchange {
  readonly #parts: WindowExchangeParts
  #pending: Received[] = []
  #contradictions = 0

  constructor(parts: WindowExchangeParts) {
    this.#parts = parts
  }

  get contradictions(): number {
    return this.#contradictions
  }

  /** One of this node's own batches: stored first, then sent to those who are to have it. Returns its encoded bytes. */
  publish(batch: WindowBatch): Uint8Array {
    const bytes = encodeBatch(batch)
    try {
      this.#keep([{ batch, stored: { ...identity(batch), bytes } }])
    } catch (error) {
      // A full disk must not cost the measurement: the others will hold it.
      this.#parts.log('error', `window ${batch.sequence} of run ${batch.runId} not stored here: ${messageOf(error)}`)
    }
    const recipients = this.#parts.recipientsOf(batch.runId) ?? this.#parts.mesh.peers()
    if (recipients.length === 0) return bytes
    const message = encodeMessage({ kind: 'batches', batches: [bytes] })
    for (const peer of recipients) this.#parts.mesh.send(peer, 'windows', message)
    return bytes
  }

  /** A message from the windows channel. */
  receive(from: BootId, bytes: Uint8Array): void {
    try {
      const value = decodeMessage(bytes, CHANNEL_BYTES.windows)
      const { others } = this.#parts
      if (others !== undefined && (value as { kind?: unknown } | null)?.kind !== 'batches') return others(from, value)
      const { batches } = parse(value)
      for (const encoded of batches) {
        const received = this.#check(encoded)
        if (received !== undefined) this.#queue(received)
      }
    } catch (error) {
      this.#parts.complain(from, error)
    }
  }

  /** Batches of runs this node does not know yet are left: they are asked for when it does. */
  #check(bytes: Uint8Array): Received | undefined {
    const raw = decodeBatch(bytes)
    const { runId, bootId } = raw
    if (!RUN_ID_PATTERN.test(runId) || !BOOT_ID_PATTERN.test(bootId)) {
      throw new VajraError('MESSAGE_INVALID', 'a window batch has a malformed run or boot id')
    }
    // Nobody knows better than this node itself what it measured.
    if (bootId === this.#parts.mesh.bootId) return undefined
    const suite = this.#parts.suiteOf(runId)
    if (suite === undefined) return undefined
    const held = this.#parts.heldOf(runId)
    if (held !== undefined && held.size >= NODES_PER_RUN && !held.has(bootId)) {
      throw new VajraError('MESSAGE_INVALID', `run ${runId} has windows of ${NODES_PER_RUN} nodes already`)
    }
    const batch = checkBatch(raw, batchLimitsOf(suite))
    // Kept as this node would encode it, so that the same batch is the same bytes everywhere.
    return { batch, stored: { ...identity(batch), bytes: encodeBatch(batch) } }
  }

  /** What comes in one turn of the event loop is stored in one transaction. */
  #queue(received: Received): void {
    this.#pending.push(received)
    if (this.#pending.length > 1) return
    setImmediate(() => this.flush())
  }

  /** Stores what has come in. */
  flush(): void {
    const pending = this.#pending
    this.#pending = []
    if (pending.length === 0) return
    try {
      this.#keep(pending)
    } catch (error) {
      this.#parts.log('error', `windows could not be stored: ${messageOf(error)}`)
    }
  }

  #keep(received: readonly Received[]): void {
    const outcomes = this.#parts.store.putBatches(received.map(({ stored }) => stored))
    received.forEach(({ batch }, i) => {
      const { runId, bootId, sequence } = batch
      if (outcomes[i] === 'contradiction') {
        this.#contradictions++
        if (this.#contradictions <= LOGGED)
          this.#parts.log('error', `run ${runId}: two different windows ${sequence} of node ${bootId}; the first stays`)
      }
      if (outcomes[i] === 'stored') this.#parts.added(batch)
      this.#parts.input({ kind: 'batch', runId, bootId, sequence })
    })
  }

  /** Sends a peer what it asked for, as far as it is here: no more at a time than anybody should ask for. */
  serve(to: BootId, runId: RunId, bootId: BootId, ranges: Ranges): void {
    let batches: Uint8Array[] = []
    let size = 0
    const flush = () => {
      if (batches.length > 0) this.#parts.mesh.send(to, 'windows', encodeMessage({ kind: 'batches', batches }))
      batches = []
      size = 0
    }
    const asked = ranges.filter(([from, last]) => from <= last)
    for (const [from, last] of firstOf(asked, LIMITS.pullSequences)) {
      for (const { bytes } of this.#parts.store.batches(runId, { bootId, from, to: last })) {
        if (size + bytes.length > SERVED_BYTES) flush()
        batches.push(bytes)
        size += bytes.length
      }
    }
    flush()
  }
}

function identity({ runId, bootId, sequence }: WindowBatch) {
  return { runId, bootId, sequence }
}

function parse(value: unknown): z.output<typeof envelope> {
  const result = envelope.safeParse(value)
  if (result.success) return result.data
  throw new VajraError('MESSAGE_INVALID', 'a message on the windows channel is malformed')
}
