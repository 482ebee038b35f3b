/**
 * One run on one load thread. It fires what falls due while the lease is valid, closes windows as their seconds end,
 * and ends itself when the load is over and nothing is in flight.
 *
 * While the lease is not valid nothing is decided about arrivals: they are the thread's to drop once it is renewed,
 * unless an assignment that comes meanwhile says that from some time on they were another node's.
 */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import type { JourneyLane } from './journey-lane.ts'
import type { LeaseReader } from './lease-cell.ts'
import { LeaseWatch } from './lease-watch.ts'
import { RevisedLoads } from './load-revisions.ts'
import type { PreparedRun, ToThread } from './messages.ts'
import type { OpenExecutor } from './open-executor.ts'
import type { RunScenario } from './run-scenarios.ts'
import { AFTER_MS, DRAIN_POLL_MS, HANDOVER_MS, LEASE_POLL_MS, OVERDUE_MS, TURN_MS } from './run-timing.ts'
import { type SlotChange, SlotHoldings } from './slot-holdings.ts'
import type { StepTask } from './step-task.ts'
import type { ThreadMeter } from './thread-meter.ts'
import { type PostWindow, WindowPosting } from './window-posting.ts'

const NEVER = Number.POSITIVE_INFINITY
const DROP = (): RunMs => NEVER

export interface ThreadRunOptions {
  readonly run: PreparedRun
  readonly scenarios: readonly RunScenario[]
  readonly lease: LeaseReader
  readonly clock: () => MonotonicMs
  readonly meter: ThreadMeter
  readonly postWindow: PostWindow
  /** The run is over on this thread; all its windows have been posted. */
  readonly onOver: () => void
}

export class ThreadRun {
  readonly #options: ThreadRunOptions
  readonly #clock: () => MonotonicMs
  readonly #scenarios: readonly RunScenario[]
  readonly #tasks: readonly StepTask[]
  readonly #journeys: readonly JourneyLane[]
  readonly #holdings = new SlotHoldings()
  readonly #lease: LeaseWatch
  readonly #windows: WindowPosting
  #startAt: MonotonicMs | null = null
  /** The clock as last read in this turn: reading it takes longer than anything else that a turn does without firing. */
  #time: MonotonicMs = 0
  /** Run time from which the load is over. */
  #endAt: RunMs
  /** Run time at which what is still in flight is cut. */
  #cutAt: RunMs
  #stopped = false
  /** Run time of the latest arrival or iteration begun. */
  #processedTo: RunMs = Number.NEGATIVE_INFINITY
  readonly #loads: RevisedLoads
  /** Assignment whose released slots are not settled yet; 0 for none. */
  #unsettled = 0
  #over = false

  constructor(options: ThreadRunOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#lease = new LeaseWatch(options.lease)
    this.#scenarios = options.scenarios
    this.#tasks = options.scenarios.flatMap(({ tasks }) => tasks)
    this.#journeys = options.scenarios.flatMap(({ journey }) => journey ?? [])
    const parts = options.scenarios.flatMap(({ windows }) => windows)
    this.#windows = new WindowPosting(parts, options.meter, options.postWindow)
    this.#endAt = options.run.suite.durationMs
    this.#cutAt = this.#endAt + options.run.suite.gracefulStopMs
    this.#loads = new RevisedLoads(options.run.suite.scenarios, options.scenarios)
  }

  start(startAt: MonotonicMs): void {
    if (this.#startAt !== null) return
    this.#startAt = startAt
    // A start that is learned of late is not caught up with.
    const now = this.#now()
    if (now > 0) this.#lease.skipTo(now)
    for (const { executions } of this.#scenarios) executions.startAt(startAt)
    for (const { closed } of this.#scenarios) closed?.startAt(startAt)
  }

  #now(): RunMs {
    return this.#startAt === null ? Number.NEGATIVE_INFINITY : this.#clock() - this.#startAt
  }

  /**
   * Takes on an assignment.
   *
   * @returns run time from which released slots are not fired, until {@link settle} says otherwise
   */
  assign({ id, slots, releaseAt, firstSequence, revisions }: Extract<ToThread, { readonly type: 'assign' }>): RunMs {
    this.#loads.revise(revisions, this.#now())
    const change = this.#holdings.replace(slots, this.#now())
    this.#windows.open(firstSequence)
    const from = change.released.length === 0 ? releaseAt : this.#release(id, change, releaseAt)
    for (const { open, closed } of this.#scenarios) {
      open?.assign(id, change, from)
      closed?.assign(change, from)
    }
    return from
  }

  /** Keeps slots to the end, if that is near and the lease lasts as long: else others may be given them without asking. */
  #release(id: number, { released }: SlotChange, releaseAt: RunMs): RunMs {
    this.#unsettled = id
    // A slot that would have been held from later on is released then: until then it is another node's.
    const latest = released.reduce((time, held) => Math.max(time, held.from), releaseAt)
    const from = Math.max(latest, this.#processedTo + AFTER_MS)
    if (this.#startAt === null || from >= this.#endAt || from < this.#endAt - HANDOVER_MS) return from
    return this.#lease.validAt(this.#startAt + this.#endAt) ? this.#endAt : from
  }

  /** Fixes until when the slots released by an assignment are fired: the same time on all threads of the node. */
  settle(id: number, at: RunMs): void {
    if (this.#unsettled === id) this.#unsettled = 0
    for (const { open } of this.#scenarios) open?.settle(id, at)
  }

  /** Nothing planned at or after a run time is fired; before the start, the run is over at once. */
  stop(at: RunMs): void {
    if (this.#over) return
    const stopAt = this.#startAt === null ? Number.NEGATIVE_INFINITY : at
    this.#stopped = true
    this.#endAt = Math.min(this.#endAt, stopAt)
    this.#cutAt = Math.min(this.#cutAt, Math.max(this.#endAt, this.#now()) + this.#options.run.suite.gracefulStopMs)
    for (const { open, closed } of this.#scenarios) {
      open?.stop(stopAt)
      closed?.stop(stopAt)
    }
    if (this.#startAt === null) this.#end()
  }

  /** Ends everything at once. Nothing is posted any more. */
  discard(): void {
    this.#over = true
    for (const journey of this.#journeys) void journey.close()
  }

  /**
   * Does what is due.
   *
   * @param begun now
   * @returns when it wants its next turn; infinity for not at all
   */
  turn(begun: MonotonicMs): MonotonicMs {
    const startAt = this.#startAt
    if (startAt === null || this.#over) return NEVER
    this.#time = begun
    this.#windows.begin(begun - startAt)
    this.#lease.read(startAt, begun)
    const more = this.#fireArrivals(startAt, begun + TURN_MS)
    this.#closeWindows(this.#time - startAt)
    const moreSteps = this.#runSteps(startAt, this.#time + TURN_MS)
    const moreUsers = this.#runUsers(startAt, this.#time + TURN_MS)
    if (!this.#lease.lapsed) for (const task of this.#tasks) task.pump()
    const now = this.#time - startAt
    if (now >= this.#cutAt) for (const { executions } of this.#scenarios) executions.cutAll('interrupted')
    if (this.#isOver(now)) {
      this.#end()
      return NEVER
    }
    return startAt + (more || moreSteps || moreUsers ? now : this.#nextTurn(now))
  }

  /** Reads the clock: before everything that begins, and when nothing more is due. */
  #look(): MonotonicMs {
    this.#time = this.#clock()
    return this.#time
  }

  /** Fires or drops arrivals in the order of their times. @returns whether more are due */
  #fireArrivals(startAt: MonotonicMs, until: MonotonicMs): boolean {
    for (;;) {
      const next = this.#nextOpen()
      if (next === null) return false
      const now = this.#look()
      const due = this.#dueOf(next)
      if (due > now - startAt) return false
      if (now > until) return true
      if (due >= this.#windows.endsAt) this.#closeWindows(now - startAt)
      const lapsed = this.#lease.lapsed
      this.#lease.read(startAt, now)
      // What may be processed depends on the lease, so a change begins the choice anew.
      if (this.#lease.lapsed !== lapsed) continue
      this.#processedTo = Math.max(this.#processedTo, due)
      const dropping = this.#lease.lapsed || now - startAt >= this.#endAt + OVERDUE_MS
      next.processNext(now, startAt, dropping ? DROP : this.#firesFrom, this.#isHolding)
    }
  }

  /** While the lease has lapsed, only arrivals that will not be fired in any case are processed. */
  get #isHolding(): boolean {
    return this.#lease.lapsed && !this.#stopped
  }

  #dueOf(open: OpenExecutor): RunMs {
    return this.#isHolding ? open.tailDue : open.due
  }

  #nextOpen(): OpenExecutor | null {
    let next: OpenExecutor | null = null
    let earliest = NEVER
    for (const { open } of this.#scenarios) {
      if (open === null) continue
      const due = this.#dueOf(open)
      if (due >= earliest) continue
      earliest = due
      next = open
    }
    return next
  }

  readonly #firesFrom = (slot: number): RunMs => Math.max(this.#lease.resumedAt, this.#holdings.firesFrom(slot))

  /** Lets users go on whose time has come. @returns whether more could */
  #runUsers(startAt: MonotonicMs, until: MonotonicMs): boolean {
    for (const { closed } of this.#scenarios) {
      if (closed === null) continue
      for (;;) {
        const now = this.#look()
        this.#lease.read(startAt, now)
        if (this.#lease.lapsed) return false
        if (closed.dueAfter(now - startAt) > now - startAt) break
        if (now > until) return true
        this.#processedTo = Math.max(this.#processedTo, now - startAt)
        closed.processNext(now, this.#lease.resumedAt)
      }
    }
    return false
  }

  /** Lets iterations go on that have thought, or waited for the lease. @returns whether more could */
  #runSteps(startAt: MonotonicMs, until: MonotonicMs): boolean {
    for (const journey of this.#journeys) {
      while (journey.due <= until) {
        const now = this.#look()
        this.#lease.read(startAt, now)
        if (this.#lease.lapsed) return false
        if (journey.due > now) break
        if (now > until) return true
        journey.resumeNext(now, startAt + this.#lease.resumedAt)
      }
    }
    return false
  }

  /** Run time of the earliest arrival that is still to be decided. */
  #undecidedFrom(): RunMs {
    let earliest = NEVER
    for (const { open } of this.#scenarios) if (open !== null && open.due < earliest) earliest = open.due
    return earliest
  }

  #closeWindows(now: RunMs): void {
    if (this.#windows.endsAt <= now) this.#windows.closeUpTo(Math.min(now, this.#undecidedFrom()))
  }

  #nextTurn(now: RunMs): RunMs {
    const next = now < this.#endAt ? this.#endAt : now + DRAIN_POLL_MS
    const due = Math.min(this.#undecidedFrom(), this.#waitingDue(now))
    // Without a lease, what is due stays due, and keeps its window open.
    const waits = this.#lease.lapsed && (due <= now || this.#tasks.some(({ ready }) => ready))
    if (waits) return Math.min(next, now + LEASE_POLL_MS)
    return Math.min(next, due, this.#windows.endsAt)
  }

  /** Run time at which the next user, or the next iteration in progress, may go on. */
  #waitingDue(now: RunMs): RunMs {
    let earliest = NEVER
    for (const { due } of this.#journeys) if (due - this.#startAt! < earliest) earliest = due - this.#startAt!
    for (const { closed } of this.#scenarios) earliest = Math.min(earliest, closed?.dueAfter(now) ?? NEVER)
    return earliest
  }

  #isOver(now: RunMs): boolean {
    if (now < this.#endAt || this.#unsettled !== 0) return false
    return this.#scenarios.every(({ open, executions }) => open?.exhausted !== false && executions.count === 0)
  }

  #end(): void {
    this.#closeWindows(this.#now())
    this.#windows.closeLast()
    this.#over = true
    this.#options.onOver()
  }
}
