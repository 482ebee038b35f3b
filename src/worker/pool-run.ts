/** One run, as the main thread sees it: divides it over the threads and puts together what they say. */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import { WINDOW_MS } from '../base/clock.ts'
import { VajraError } from '../base/errors.ts'
import type { Window } from '../metrics/window.ts'
import { InFlight } from './in-flight.ts'
import { LeaseWriter } from './lease-cell.ts'
import type { Assignment, DrainedRun, FromThread, HeldFrom, PreparedRun, ToThread } from './messages.ts'
import { splitSlots } from './slot-split.ts'
import { WindowCollector } from './window-collector.ts'

/** A load thread, as far as a run is concerned. */
export interface ThreadPort {
  readonly index: number
  post(message: ToThread): void
}

export interface PoolRunOptions {
  readonly run: PreparedRun
  readonly threads: readonly ThreadPort[]
  readonly clock: () => MonotonicMs
  readonly onBatch: (sequence: number, windows: readonly Window[]) => void
  readonly onDrained: (drained: DrainedRun) => void
}

/** Answers of all threads to one question. */
interface Round<T> {
  readonly waiting: Set<number>
  readonly answers: T[]
  readonly resolve: (answers: readonly T[]) => void
}

export class PoolRun {
  readonly #options: PoolRunOptions
  readonly #lease: LeaseWriter
  readonly #inFlight: InFlight
  readonly #collector: WindowCollector
  /** Threads that are alive and have not finished the run. */
  readonly #threads: Map<number, ThreadPort>
  #preparing: Round<VajraError | null> | undefined
  #assigning: Round<RunMs> | undefined
  /** Assignments are carried out one after the other. */
  #assignments: Promise<unknown> = Promise.resolve()
  #pendingAssignments = 0
  #lastAssignment = -1
  #assignmentId = 0
  /** Latest time from which an assignment was followed. */
  #appliedAt: RunMs = Number.NEGATIVE_INFINITY
  #firstSequence = -1
  #split: ReadonlyMap<number, number> = new Map()
  /** A renewal that waits until the threads have taken on the assignment they were sent before it. */
  #deferredLease: MonotonicMs | null = null
  #prepared = false
  #over = false

  constructor(options: PoolRunOptions) {
    const { run, threads, clock, onBatch } = options
    this.#options = options
    this.#lease = new LeaseWriter(clock())
    this.#threads = new Map(threads.map((thread) => [thread.index, thread]))
    this.#inFlight = InFlight.create(run.suite.scenarios.length, Math.max(...this.#threads.keys()) + 1)
    this.#collector = new WindowCollector([...this.#threads.keys()], onBatch)
  }

  /** @throws VajraError `TASK_SETUP_FAILED` */
  async prepare(): Promise<void> {
    const { run } = this.#options
    const answers = await new Promise<readonly (VajraError | null)[]>((resolve) => {
      this.#preparing = { waiting: new Set(this.#threads.keys()), answers: [], resolve }
      const { memory } = this.#inFlight
      this.#postAll({ type: 'prepare', run, lease: this.#lease.memory, inFlight: memory })
    })
    const failed = answers.find((error) => error !== null)
    if (failed !== undefined) {
      this.discard()
      throw failed
    }
    this.#prepared = true
    this.#checkOver()
  }

  start(startAt: MonotonicMs): void {
    this.#postAll({ type: 'start', runId: this.#runId, startAt })
  }

  lease(until: MonotonicMs): void {
    const now = this.#options.clock()
    // After a lapse the threads must learn what is still theirs before they may fire again.
    if (this.#pendingAssignments > 0 && this.#lease.lapsedAt(now)) this.#deferredLease = until
    else this.#lease.renew(until, now)
  }

  stop(at: RunMs): void {
    this.#postAll({ type: 'stop', runId: this.#runId, at })
  }

  discard(): void {
    this.#postAll({ type: 'discard', runId: this.#runId })
    this.#over = true
    for (const index of [...this.#threads.keys()]) this.#leave(index)
  }

  /** In flight on all threads. */
  get inFlight(): number {
    return this.#over ? 0 : this.#inFlight.total()
  }

  /** Takes on an assignment. @returns run time from which every thread follows it */
  assign(assignment: Assignment): Promise<RunMs> {
    this.#pendingAssignments++
    const assigned = this.#assignments.then(() => this.#assign(assignment)).finally(() => this.#assigned())
    this.#assignments = assigned.catch(() => {})
    return assigned
  }

  #assigned(): void {
    this.#pendingAssignments--
    if (this.#pendingAssignments > 0 || this.#deferredLease === null) return
    this.#lease.renew(this.#deferredLease, this.#options.clock())
    this.#deferredLease = null
  }

  async #assign({ sequence, slots, releaseAt }: Assignment): Promise<RunMs> {
    if (this.#over || this.#threads.size === 0) return releaseAt
    if (sequence < this.#lastAssignment) return Math.max(releaseAt, this.#appliedAt)
    this.#checkSlots(slots)
    this.#lastAssignment = sequence
    this.#split = splitSlots(
      slots.map(({ slot }) => slot),
      this.#split,
      [...this.#threads.keys()],
    )
    this.#begin(slots)
    const id = ++this.#assignmentId
    const answers = await this.#sendAssignment(id, slots, releaseAt)
    // Never earlier than what was answered before: that answer may be lost, and this one stands for both then. Unless
    // the lease has lapsed; then others may have been granted the slots from `releaseAt` on without asking.
    const earliest = this.#lease.lapsedAt(this.#options.clock()) ? releaseAt : Math.max(releaseAt, this.#appliedAt)
    const at = Math.max(earliest, ...answers)
    this.#postAll({ type: 'settle', runId: this.#runId, id, at })
    this.#appliedAt = Math.max(this.#appliedAt, at)
    return this.#appliedAt
  }

  #checkSlots(slots: readonly HeldFrom[]): void {
    const { slotCount } = this.#options.run
    const distinct = new Set(slots.map(({ slot }) => slot))
    const valid = slots.every(({ slot }) => Number.isInteger(slot) && slot >= 0 && slot < slotCount)
    if (valid && distinct.size === slots.length) return
    throw new VajraError(
      'MESSAGE_INVALID',
      `run ${this.#runId}: an assignment names slots that do not exist or twice`,
      {
        hint: 'check that all nodes run the same version',
      },
    )
  }

  /** The node's windows begin with the second from which it first holds a slot. */
  #begin(slots: readonly HeldFrom[]): void {
    if (this.#firstSequence >= 0 || slots.length === 0) return
    const first = slots.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY)
    this.#firstSequence = Math.max(0, Math.floor(first / WINDOW_MS))
    this.#collector.begin(this.#firstSequence)
  }

  #sendAssignment(id: number, slots: readonly HeldFrom[], releaseAt: RunMs): Promise<readonly RunMs[]> {
    return new Promise((resolve) => {
      this.#assigning = { waiting: new Set(this.#threads.keys()), answers: [], resolve }
      for (const thread of this.#threads.values()) {
        const own = slots.filter(({ slot }) => this.#split.get(slot) === thread.index)
        const { runId } = this.#options.run
        thread.post({ type: 'assign', runId, id, slots: own, releaseAt, firstSequence: this.#firstSequence })
      }
    })
  }

  /** A message of one of its threads. */
  receive(index: number, message: Exclude<FromThread, { readonly type: 'log' }>): void {
    switch (message.type) {
      case 'prepared':
        this.#answerPreparing(index, toError(message.error))
        break
      case 'assigned':
        if (message.id === this.#assignmentId) this.#answerAssigning(index, message.from)
        break
      case 'window':
        this.#collector.add(index, message.sequence, message.windows)
        break
      case 'drained':
        this.#collector.finish(index)
        this.#leave(index)
    }
  }

  /** Whether the run is not over on this thread. */
  uses(thread: ThreadPort): boolean {
    return this.#threads.get(thread.index) === thread
  }

  /** One of its threads has died. */
  lose(index: number, error: VajraError): void {
    if (!this.#threads.has(index)) return
    this.#inFlight.forget(index)
    this.#collector.lose(index)
    this.#answerPreparing(index, error)
    this.#leave(index)
  }

  #leave(index: number): void {
    this.#threads.delete(index)
    this.#answerPreparing(index, null)
    this.#answerAssigning(index, Number.NEGATIVE_INFINITY)
    this.#checkOver()
  }

  #checkOver(): void {
    if (this.#over || !this.#prepared || !this.#collector.done) return
    this.#over = true
    this.#options.onDrained({ runId: this.#runId, ...this.#collector.range })
  }

  #answerPreparing(index: number, error: VajraError | null): void {
    const round = this.#preparing
    if (round?.waiting.delete(index) !== true) return
    round.answers.push(error)
    if (round.waiting.size > 0) return
    this.#preparing = undefined
    round.resolve(round.answers)
  }

  #answerAssigning(index: number, from: RunMs): void {
    const round = this.#assigning
    if (round?.waiting.delete(index) !== true) return
    round.answers.push(from)
    if (round.waiting.size > 0) return
    this.#assigning = undefined
    round.resolve(round.answers)
  }

  get #runId(): string {
    return this.#options.run.runId
  }

  #postAll(message: ToThread): void {
    for (const thread of this.#threads.values()) thread.post(message)
  }
}

function toError(error: { readonly message: string; readonly hint: string | undefined } | null): VajraError | null {
  if (error === null) return null
  return new VajraError('TASK_SETUP_FAILED', error.message, error.hint === undefined ? {} : { hint: error.hint })
}
