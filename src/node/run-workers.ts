/** The core's effects on load threads, done on the worker pool; what the pool answers becomes inputs. */

import { createHash } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { messageOf, VajraError } from '../base/errors.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { hash32 } from '../base/random.ts'
import type { Effect, Input } from '../coordination/io.ts'
import type { DataMemory } from '../journey/data-table.ts'
import type { WindowBatch } from '../metrics/window.ts'
import type { Suite } from '../suite/spec.ts'
import type { DrainedRun, PreparedRun } from '../worker/messages.ts'
import type { WorkerPool } from '../worker/pool.ts'
import { refusedTargets } from './allow-target.ts'
import { OnceRunner } from './once-runner.ts'
import type { Log } from './options.ts'
import { letHeapGrow } from './small-heap.ts'

/** Longest error text that travels to the coordinator. */
const MAX_ERROR = 500

type WorkerEffect = Extract<
  Effect,
  { kind: 'stand-by' | 'prepare' | 'start' | 'assign' | 'lease' | 'stop-firing' | 'chore' | 'discard' }
>

export interface RunWorkersParts {
  readonly pool: WorkerPool
  readonly clock: Pick<Clock, 'monotonic'>
  readonly node: string
  readonly bootId: BootId
  readonly slotCount: number
  readonly allowTarget: readonly string[]
  readonly suiteOf: (runId: RunId) => Suite | undefined
  /** Memory for each source of data of a suite; throws what is wrong with one. */
  readonly tablesOf: (suite: Suite) => Promise<readonly DataMemory[]>
  readonly log: Log
}

/** The seed of a run's random choices: the same on every node. */
export function seedOf(runId: RunId): number {
  return hash32(runId)
}

export class RunWorkers {
  readonly #parts: RunWorkersParts
  readonly #once: OnceRunner
  /** SHA-256 chained over this node's encoded batches of each run. */
  readonly #chains = new Map<RunId, Buffer>()
  /** Runs given up while they were being prepared. */
  readonly #discarded = new Set<RunId>()
  /** Runs whose data is being read: the newest attempt of each counts. */
  readonly #reading = new Map<RunId, symbol>()

  constructor(parts: RunWorkersParts) {
    this.#parts = parts
    this.#once = new OnceRunner({ ...parts, seedOf })
  }

  /** A run may come: not every one that is told of is taken on. */
  expect(): void {
    this.#parts.pool.expect()
  }

  /** A run is about to come. */
  standBy(): void {
    letHeapGrow()
    this.#parts.pool.standBy()
  }

  perform(effect: WorkerEffect, input: (input: Input) => void): void {
    const { pool } = this.#parts
    if (effect.kind === 'stand-by') return this.standBy()
    const { runId } = effect
    switch (effect.kind) {
      case 'prepare':
        this.#discarded.delete(runId)
        this.#prepare(runId, input)
        return
      case 'start':
        return pool.start(runId, effect.startAt, effect.setup)
      case 'assign':
        return this.#assign(effect, input)
      case 'lease':
        return pool.lease(runId, effect.until)
      case 'stop-firing':
        return pool.stop(runId, effect.at)
      case 'chore':
        return this.#chore(effect, input)
      case 'discard':
        this.#discarded.add(runId)
        this.#reading.delete(runId)
        this.#chains.delete(runId)
        return pool.discard(runId)
    }
  }

  /** Takes one of this node's encoded batches into the chain. In order of sequence. */
  chain(runId: RunId, bytes: Uint8Array): void {
    this.#chains.set(runId, nextLink(this.#chains.get(runId), bytes))
  }

  /** Whether a batch is of a setup or teardown, which is no part of its run. */
  takes(batch: WindowBatch): boolean {
    return this.#once.takes(batch)
  }

  #chore({ runId, name, setup }: Extract<WorkerEffect, { kind: 'chore' }>, input: (input: Input) => void): void {
    const { suiteOf, log } = this.#parts
    log('info', `run ${runId}: begins the ${name}`)
    this.#once.run(runId, name, suiteOf(runId), setup).then(
      (outcome) => {
        const error = outcome.error?.slice(0, MAX_ERROR) ?? null
        log(error === null ? 'info' : 'warn', `run ${runId}: the ${name} is over${error === null ? '' : `: ${error}`}`)
        input({ kind: 'chore', runId, name, outcome: { ...outcome, error } })
      },
      (error: unknown) => log('error', `run ${runId}: ${name}: ${messageOf(error)}`),
    )
  }

  /** The pool has drained a run. */
  drained(drained: DrainedRun, input: (input: Input) => void): void {
    if (this.#once.drained(drained)) return
    const { runId, firstSequence, lastSequence } = drained
    const hash = this.#chains.get(runId)?.toString('hex') ?? ''
    input({ kind: 'drained', runId, final: { firstSequence, lastSequence, hash } })
  }

  #prepare(runId: RunId, input: (input: Input) => void): void {
    const { pool, node, bootId, slotCount } = this.#parts
    const suite = this.#parts.suiteOf(runId)
    const prepared = (error: string | null) => {
      if (this.#discarded.has(runId)) pool.discard(runId)
      else input({ kind: 'prepared', runId, error: error === null ? null : error.slice(0, MAX_ERROR) })
    }
    if (suite === undefined) return prepared('the suite is not known on this node')
    const refused = refusedTargets(suite, this.#parts.allowTarget)
    if (refused.length > 0) return prepared(`may not fire at ${refused.join(', ')} (--allow-target)`)
    letHeapGrow()
    const run = { runId, suite, slotCount, seed: seedOf(runId), node, bootId }
    const onThreads = (whole: PreparedRun) =>
      pool.prepare(whole).then(
        () => prepared(null),
        (error: unknown) => prepared(messageOf(error)),
      )
    if (suite.data === undefined) return void onThreads(run)
    const attempt = Symbol(runId)
    this.#reading.set(runId, attempt)
    this.#parts.tablesOf(suite).then(
      (data) => {
        if (this.#reading.get(runId) !== attempt) return
        this.#reading.delete(runId)
        void onThreads({ ...run, data })
      },
      (error: unknown) => {
        if (this.#reading.get(runId) !== attempt) return
        this.#reading.delete(runId)
        this.#parts.log('error', `run ${runId}: ${messageOf(error)}`)
        prepared(messageOf(error))
      },
    )
  }

  #assign(effect: Extract<WorkerEffect, { kind: 'assign' }>, input: (input: Input) => void): void {
    const { runId, version, slots, releaseAt, revisions } = effect
    this.#parts.pool.assign(runId, { sequence: version.sequence, slots, releaseAt, revisions }).then(
      (at) => input({ kind: 'applied', runId, version, at }),
      (error: unknown) => {
        if (error instanceof VajraError && error.code === 'RUN_UNKNOWN') return
        this.#parts.log('warn', `run ${runId}: shares could not be handed to the load threads: ${messageOf(error)}`)
      },
    )
  }
}

/** hash(previous ‖ bytes): equal only when all batches and their order are. */
export function nextLink(previous: Buffer | undefined, bytes: Uint8Array): Buffer {
  const hash = createHash('sha256')
  if (previous !== undefined) hash.update(previous)
  return hash.update(bytes).digest()
}
