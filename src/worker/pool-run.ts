/** One run, as the main thread sees it: divides it over the threads and puts together what they say. */

import { type MonotonicMs, type RunMs, WINDOW_MS } from '../base/clock.ts'
import { VajraError } from '../base/errors.ts'
import { AssignmentPosting } from './assignment-posting.ts'
import type { CredentialsLink } from './credential-thread.ts'
import { InFlight } from './in-flight.ts'
import { LeaseWriter } from './lease-cell.ts'
import type { Assignment, DrainedRun, FromThread, HeldFrom, NamedValues, PreparedRun, ToThread } from './messages.ts'
import { MixTurns } from './mix-turns.ts'
import { checkSlots, NodeSlots } from './node-slots.ts'
import { Replacing } from './replacing.ts'
import { RunRows } from './run-rows.ts'
import { setupError } from './setup-error.ts'
import type { ThreadPort } from './thread-port.ts'
import { ThreadRound } from './thread-round.ts'
import { type OnBatch, WindowCollector } from './window-collector.ts'

export interface PoolRunOptions {
  readonly run: PreparedRun
  readonly threads: readonly ThreadPort[]
  readonly clock: () => MonotonicMs
  readonly onBatch: OnBatch
  readonly onDrained: (drained: DrainedRun) => void
  /** A dead thread's part of the load will not be fired, though the run goes on. */
  readonly onFault: (error: VajraError) => void
  readonly openCredentials?: () => CredentialsLink
}

export class PoolRun {
  readonly #options: PoolRunOptions
  readonly #lease: LeaseWriter
  readonly #inFlight: InFlight
  readonly #turns: SharedArrayBuffer
  readonly #rows: RunRows
  readonly #collector: WindowCollector
  /** Threads that are alive and have not finished the run. */
  readonly #threads: Map<number, ThreadPort>
  readonly #slots = new NodeSlots()
  readonly #posting: AssignmentPosting
  readonly #replacing = new Replacing<ThreadPort>()
  #preparing: ThreadRound<VajraError | null> | undefined
  #assigning: ThreadRound<RunMs> | undefined
  /** Assignments are carried out one after the other. */
  #assignments: Promise<unknown> = Promise.resolve()
  #pendingAssignments = 0
  #lastAssignment = -1
  /** Latest time from which an assignment was followed. */
  #appliedAt: RunMs = Number.NEGATIVE_INFINITY
  #firstSequence = -1
  /** A renewal that waits until the threads have taken on the assignment they were sent before it. */
  #deferredLease: MonotonicMs | null = null
  #startAt: MonotonicMs | null = null
  /** What the suite's setup gave. */
  #setup: NamedValues = {}
  /** What answers gave, of threads that have finished; empty unless the run hands it back. */
  #given: NamedValues = {}
  #stopAt: RunMs | null = null
  #prepared = false
  #over = false

  constructor(options: PoolRunOptions) {
    const { run, threads, clock, onBatch } = options
    this.#options = options
    this.#posting = new AssignmentPosting(run.runId, this.#slots)
    this.#lease = new LeaseWriter(clock())
    this.#threads = new Map(threads.map((thread) => [thread.index, thread]))
    this.#inFlight = InFlight.create(run.suite.scenarios.length, Math.max(...this.#threads.keys()) + 1)
    this.#turns = MixTurns.create(run.suite.scenarios.length)
    this.#rows = new RunRows(run.suite)
    this.#collector = new WindowCollector([...this.#threads.keys()], onBatch)
  }

  /** @throws VajraError `TASK_SETUP_FAILED` */
  async prepare(): Promise<void> {
    const round = new ThreadRound<VajraError | null>(this.#threads.keys())
    this.#preparing = round
    for (const thread of this.#threads.values()) this.#prepareOn(thread)
    const answers = await round.answers
    const failed = answers.find((error) => error !== null)
    if (failed !== undefined) {
      this.discard()
      throw failed
    }
    this.#prepared = true
    this.#checkOver()
  }

  #prepareOn(thread: ThreadPort): void {
    const { run, openCredentials } = this.#options
    const rows = this.#rows.memory
    const shared = { lease: this.#lease.memory, inFlight: this.#inFlight.memory, turns: this.#turns, rows }
    thread.post({ type: 'prepare', run, ...shared, credentials: openCredentials?.() ?? null })
  }

  start(startAt: MonotonicMs, setup: NamedValues = {}): void {
    // Stopped before its start, it is over already.
    if (this.#stopAt === null) this.#startAt ??= startAt
    this.#setup = setup
    this.#postAll({ type: 'start', runId: this.#runId, startAt, stopAt: null, ownSlots: this.#rows.ownSlots, setup })
  }

  lease(until: MonotonicMs): void {
    const now = this.#options.clock()
    // After a lapse the threads must learn what is still theirs before they may fire again.
    if (this.#pendingAssignments > 0 && this.#lease.lapsedAt(now)) this.#deferredLease = until
    else this.#lease.renew(until, now)
  }

  stop(at: RunMs): void {
    this.#stopAt = Math.min(at, this.#stopAt ?? at)
    this.#postAll({ type: 'stop', runId: this.#runId, at })
  }

  discard(): void {
    this.#postAll({ type: 'discard', runId: this.#runId })
    for (const thread of this.#replacing.coming.values()) thread.post({ type: 'discard', runId: this.#runId })
    this.#over = true
    for (const index of [...this.#threads.keys()]) this.#leave(index)
  }

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

  async #assign({ sequence, slots, releaseAt, revisions }: Assignment): Promise<RunMs> {
    if (this.#over || this.#threads.size + this.#replacing.coming.size === 0) return releaseAt
    if (sequence < this.#lastAssignment) return Math.max(releaseAt, this.#appliedAt)
    const { runId, slotCount } = this.#options.run
    checkSlots(runId, slots, slotCount)
    this.#lastAssignment = sequence
    if (this.#startAt === null) this.#rows.hold(slots)
    const releasedFrom = this.#slots.replace(slots)
    this.#slots.divide([...this.#threads.keys()])
    this.#begin(slots)
    const id = this.#posting.begin(revisions)
    const round = new ThreadRound<RunMs>(this.#threads.keys())
    this.#assigning = round
    for (const thread of this.#threads.values()) this.#posting.assign(thread, id, releaseAt, this.#firstSequence)
    const answers = await round.answers
    // Never earlier than what was answered before: that answer may be lost, and this one stands for both then. Unless
    // the lease has lapsed; then others may have been granted the slots from `releaseAt` on without asking.
    const earliest = this.#lease.lapsedAt(this.#options.clock()) ? releaseAt : Math.max(releaseAt, this.#appliedAt)
    const at = Math.max(earliest, releasedFrom, ...answers)
    this.#slots.release(at, this.#runTime)
    this.#postAll({ type: 'settle', runId, id, at })
    this.#appliedAt = Math.max(this.#appliedAt, at)
    return this.#appliedAt
  }

  /** The node's windows begin with the second from which it first holds a slot. */
  #begin(slots: readonly HeldFrom[]): void {
    if (this.#firstSequence >= 0 || slots.length === 0) return
    const first = slots.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY)
    this.#firstSequence = Math.max(0, Math.floor(first / WINDOW_MS))
    this.#collector.begin(this.#firstSequence)
  }

  /** A message of one of its threads. */
  receive(index: number, message: Exclude<FromThread, { readonly type: 'log' }>): void {
    switch (message.type) {
      case 'prepared':
        this.#setUp(index, setupError(message.error))
        break
      case 'assigned':
        if (message.id === this.#posting.latest) this.#assigning?.answer(index, message.from)
        break
      case 'window':
        this.#collector.add(index, message.sequence, message.windows, message.second)
        break
      case 'drained':
        this.#given = { ...this.#given, ...message.values }
        this.#collector.finish(index)
        this.#leave(index)
    }
  }

  /** Whether the run is not over on this thread. */
  uses(thread: ThreadPort): boolean {
    return this.#threads.get(thread.index) === thread || this.#replacing.coming.get(thread.index) === thread
  }

  /**
   * One of its threads has died. It takes on another in its place, if there is still something to fire.
   *
   * @param another gives a running thread of the same index
   */
  lose(index: number, error: VajraError, another: () => ThreadPort): void {
    const now = this.#options.clock()
    const coming = this.#replacing.coming.has(index)
    if (this.#over || (!coming && !this.#threads.has(index))) return
    this.#replacing.went(index)
    if (this.#mayFire(now)) this.#replace(now, index, another)
    if (coming) {
      this.#checkOver()
      return
    }
    const firedTo = this.#startAt === null ? Number.NEGATIVE_INFINITY : this.#lease.firedBefore(now) - this.#startAt
    this.#slots.leave(index, firedTo, this.#runTime)
    this.#inFlight.forget(index)
    this.#collector.lose(index)
    this.#preparing?.answer(index, error)
    this.#assigning?.answer(index, firedTo)
    this.#leave(index)
  }

  #mayFire(now: MonotonicMs): boolean {
    const end = Math.min(this.#options.run.suite.durationMs, this.#stopAt ?? Number.POSITIVE_INFINITY)
    return this.#prepared && (this.#startAt === null ? this.#stopAt === null : now < this.#startAt + end)
  }

  #replace(now: MonotonicMs, index: number, another: () => ThreadPort): void {
    if (!this.#replacing.noteDeath(index, now)) {
      const message = `load thread ${index} died too often to be replaced: its part of the load is not fired`
      this.#options.onFault(new VajraError('WORKER_CRASHED', message, { hint: 'mend the task that takes it down' }))
      return
    }
    const thread = another()
    this.#replacing.come(thread)
    this.#prepareOn(thread)
  }

  /** A thread has set up its tasks, or failed to. */
  #setUp(index: number, error: VajraError | null): void {
    const thread = this.#replacing.coming.get(index)
    if (thread === undefined) {
      this.#preparing?.answer(index, error)
    } else if (error === null) {
      this.#assignments = this.#assignments.then(() => this.#takeOn(thread))
    } else {
      this.#replacing.went(index)
      this.#options.onFault(error)
      this.#checkOver()
    }
  }

  /** A thread takes the place of one that has died: what was planned meanwhile is for it to drop. */
  #takeOn(thread: ThreadPort): void {
    // It may have died meanwhile, and another one be on its way.
    if (this.#over || this.#replacing.coming.get(thread.index) !== thread) return
    this.#replacing.went(thread.index)
    this.#threads.set(thread.index, thread)
    this.#slots.divide([...this.#threads.keys()])
    const next = this.#collector.replace(thread.index)
    const firstSequence = this.#firstSequence < 0 ? -1 : next
    for (const left of this.#slots.takeOver(thread.index)) this.#posting.lend(thread, left, firstSequence)
    this.#posting.assign(thread, this.#posting.begin(), 0, firstSequence)
    // Its slots first: once started, a thread without any would end with the load and leave the dropped uncounted.
    const [runId, startAt, stopAt, setup, { ownSlots }] = [
      this.#runId,
      this.#startAt,
      this.#stopAt,
      this.#setup,
      this.#rows,
    ]
    if (startAt !== null) thread.post({ type: 'start', runId, startAt, stopAt, ownSlots, setup })
    else if (stopAt !== null) thread.post({ type: 'stop', runId, at: stopAt })
  }

  #leave(index: number): void {
    this.#threads.delete(index)
    this.#preparing?.answer(index, null)
    this.#assigning?.answer(index, Number.NEGATIVE_INFINITY)
    this.#checkOver()
  }

  #checkOver(): void {
    if (this.#over || !this.#prepared || !this.#collector.done || this.#replacing.coming.size > 0) return
    this.#over = true
    const values = this.#options.run.handsBack === true ? { values: this.#given } : {}
    this.#options.onDrained({ runId: this.#runId, ...this.#collector.range, ...values })
  }

  get #runTime(): RunMs {
    return this.#startAt === null ? Number.NEGATIVE_INFINITY : this.#options.clock() - this.#startAt
  }

  get #runId(): string {
    return this.#options.run.runId
  }

  #postAll(message: ToThread): void {
    for (const thread of this.#threads.values()) thread.post(message)
  }
}
