/**
 * Data files between nodes. A run whose files are not here is not let in before they are: so whoever says that it holds
 * a run can fire it, and a run that was accepted survives the node that took it. Files go by their hashes, in parts, one
 * file at a time; who has no file of that hash asks for it, and nobody is sent what it did not ask for.
 */

import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Clock, MonotonicMs } from '../base/clock.ts'
import { messageOf, VajraError } from '../base/errors.ts'
import { type BootId, RUN_ID_PATTERN, type RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Message, RunRecord } from '../coordination/messages.ts'
import { encodeCompact, encodeMessage } from '../mesh/codec.ts'
import type { MeshPort } from '../mesh/mesh-port.ts'
import { isEnded } from '../run/share-table.ts'
import type { StorePort } from '../store/store-port.ts'
import type { DataFile } from '../suite/data-spec.ts'
import { MOST_RUNS } from './admission.ts'
import type { Driver } from './driver.ts'
import type { Log } from './options.ts'

/** Without an answer for so long, another node is asked, in milliseconds. */
const PATIENCE_MS = 1500
/** A run whose files cannot be had for so long is forgotten until it is told of again, in milliseconds. */
const WAIT_MS = 60_000

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const runId = z.string().regex(RUN_ID_PATTERN)
const offset = z.int().min(0).max(LIMITS.dataBytes)

const envelope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pull-file'), runId, sha256, offset }),
  z.strictObject({
    kind: z.literal('file-part'),
    sha256,
    offset,
    bytes: z.instanceof(Uint8Array).refine((bytes) => bytes.length > 0 && bytes.length <= LIMITS.dataPartBytes),
  }),
  /** The run has ended, or the file is not here. */
  z.strictObject({ kind: z.literal('no-file'), runId, sha256, ended: z.boolean() }),
])

type RunMessage = Extract<Message, { kind: 'run' }>

export interface DataTransferParts {
  readonly mesh: MeshPort
  readonly store: StorePort
  readonly now: () => MonotonicMs
  /** Whether a run has ended here; undefined when it is not known. */
  readonly hasEnded: (runId: RunId) => boolean | undefined
  /** A run's files are here now. */
  readonly letIn: (from: BootId, message: RunMessage) => void
  readonly complain: (from: BootId, error: unknown) => void
  readonly log: Log
}

/** A run that waits for its files. */
interface Waiting {
  readonly from: BootId
  readonly message: RunMessage
  readonly since: MonotonicMs
  /** Who has been asked in vain. */
  readonly without: Set<BootId>
}

/** The file that is being fetched. */
interface Fetch {
  readonly runId: RunId
  readonly file: DataFile
  readonly bytes: Uint8Array
  received: number
  asked: BootId
  askedAt: MonotonicMs
}

export class DataTransfer {
  readonly #parts: DataTransferParts
  readonly #waiting = new Map<RunId, Waiting>()
  #fetch: Fetch | null = null

  constructor(parts: DataTransferParts) {
    this.#parts = parts
  }

  /** Whether a message may go on to the core; if not, it does when the files that it needs are here. */
  admits(from: BootId, message: Message): boolean {
    if (message.kind !== 'run' || this.#parts.hasEnded(message.record.runId) !== undefined) return true
    const { runId } = message.record
    if (this.#missing(message.record).length === 0) {
      this.#waiting.delete(runId)
      return true
    }
    const known = this.#waiting.get(runId)
    if (known === undefined && this.#waiting.size >= MOST_RUNS) return false
    this.#waiting.set(runId, { from, message, since: this.#parts.now(), without: known?.without ?? new Set() })
    this.#fetchNext()
    return false
  }

  #missing({ source }: RunRecord): DataFile[] {
    const files = source.data ?? []
    return files.filter((file) => !file.onNodes && this.#parts.store.fileLength(file.sha256) === undefined)
  }

  /** Takes up the next file, unless one is on its way. */
  #fetchNext(): void {
    if (this.#fetch !== null) return
    for (const [runId, waiting] of this.#waiting) {
      const [file] = this.#missing(waiting.message.record)
      if (file === undefined) {
        this.#release(runId)
        continue
      }
      const asked = this.#whomToAsk(waiting)
      if (asked === undefined) continue
      const bytes = new Uint8Array(file.bytes)
      this.#fetch = { runId, file, bytes, received: 0, asked, askedAt: 0 }
      this.#ask(this.#fetch)
      return
    }
  }

  /** Who told of the run, who took it, then everybody else. */
  #whomToAsk({ from, message, without }: Waiting): BootId | undefined {
    const peers = this.#parts.mesh.peers()
    const order = [from, message.record.origin, ...peers]
    return order.find((peer) => !without.has(peer) && peers.includes(peer))
  }

  #ask(fetch: Fetch): void {
    const { runId, file, received, asked } = fetch
    fetch.askedAt = this.#parts.now()
    const message = { kind: 'pull-file', runId, sha256: file.sha256, offset: received }
    this.#parts.mesh.send(asked, 'windows', encodeMessage(message))
  }

  /** A message about files from the windows channel, decoded. @throws VajraError `MESSAGE_INVALID` */
  receive(from: BootId, value: unknown): void {
    const checked = envelope.safeParse(value)
    if (!checked.success) throw new VajraError('MESSAGE_INVALID', 'a message about data files is malformed')
    const message = checked.data
    if (message.kind === 'pull-file') this.#serve(from, message)
    else if (message.kind === 'file-part') this.#take(from, message)
    else this.#goWithout(from, message)
  }

  #serve(to: BootId, { runId, sha256: wanted, offset: from }: z.output<(typeof envelope.options)[0]>): void {
    const { store, mesh, hasEnded } = this.#parts
    const ended = hasEnded(runId) === true
    // Of a run that has ended nobody needs them any more.
    const bytes = ended ? new Uint8Array(0) : store.filePart(wanted, from, LIMITS.dataPartBytes)
    if (bytes.length === 0) mesh.send(to, 'windows', encodeMessage({ kind: 'no-file', runId, sha256: wanted, ended }))
    else mesh.send(to, 'windows', encodeCompact({ kind: 'file-part', sha256: wanted, offset: from, bytes }))
  }

  #take(from: BootId, part: z.output<(typeof envelope.options)[1]>): void {
    const fetch = this.#fetch
    // An answer that came late, or twice.
    if (fetch === null || fetch.file.sha256 !== part.sha256 || part.offset !== fetch.received) return
    if (from !== fetch.asked) return
    if (fetch.received + part.bytes.length > fetch.bytes.length)
      return this.#refuse(fetch, 'is longer than it should be')
    fetch.bytes.set(part.bytes, fetch.received)
    fetch.received += part.bytes.length
    if (fetch.received < fetch.bytes.length) return this.#ask(fetch)
    if (createHash('sha256').update(fetch.bytes).digest('hex') !== fetch.file.sha256) {
      return this.#refuse(fetch, 'is not what it was when the run was accepted')
    }
    this.#fetch = null
    try {
      this.#parts.store.putFile(fetch.file.sha256, fetch.bytes)
    } catch (error) {
      this.#parts.log('error', `a data file of run ${fetch.runId} could not be stored: ${messageOf(error)}`)
      this.#waiting.delete(fetch.runId)
    }
    this.#fetchNext()
  }

  /** What came is of no use: somebody else is asked, from the beginning. */
  #refuse(fetch: Fetch, why: string): void {
    const message = `a data file of run ${fetch.runId} ${why}`
    this.#parts.complain(fetch.asked, new VajraError('MESSAGE_INVALID', message))
    this.#waiting.get(fetch.runId)?.without.add(fetch.asked)
    this.#fetch = null
    this.#fetchNext()
  }

  #goWithout(from: BootId, { runId: asked, sha256: wanted, ended }: z.output<(typeof envelope.options)[2]>): void {
    const fetch = this.#fetch
    if (fetch === null || fetch.asked !== from || fetch.runId !== asked || fetch.file.sha256 !== wanted) return
    this.#fetch = null
    if (ended) this.#release(asked)
    else this.#waiting.get(asked)?.without.add(from)
    this.#fetchNext()
  }

  #release(runId: RunId): void {
    const waiting = this.#waiting.get(runId)
    this.#waiting.delete(runId)
    if (waiting !== undefined) this.#parts.letIn(waiting.from, waiting.message)
  }

  /** Twice a second: who does not answer is passed over, and those that had nothing are asked again. */
  tick(): void {
    const now = this.#parts.now()
    for (const [runId, { since }] of this.#waiting) if (now - since > WAIT_MS) this.#waiting.delete(runId)
    const fetch = this.#fetch
    if (fetch !== null) {
      const isWanted = this.#waiting.has(fetch.runId)
      if (isWanted && now - fetch.askedAt <= PATIENCE_MS) return
      this.#waiting.get(fetch.runId)?.without.add(fetch.asked)
      this.#fetch = null
    }
    this.#fetchNext()
    if (this.#fetch !== null) return
    for (const { without } of this.#waiting.values()) without.clear()
  }
}

/** The exchange of data files of a node. */
export function openDataTransfer({
  mesh,
  store,
  clock,
  log,
  driver,
}: Pick<DataTransferParts, 'mesh' | 'store' | 'log'> & {
  readonly clock: Clock
  readonly driver: () => Driver
}): DataTransfer {
  return new DataTransfer({
    mesh,
    store,
    now: clock.monotonic,
    hasEnded: (runId) => {
      const run = driver().state.runs.get(runId)
      return run === undefined ? undefined : run.table !== null && isEnded(run.table.phase)
    },
    letIn: (from, message) => driver().input({ kind: 'message', from, message }),
    complain: (from, error) => driver().complain(from, error),
    log,
  })
}
