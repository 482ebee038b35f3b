/**
 * A node's load threads for one run, in virtual time, as `src/worker` has them: arrival i of a run belongs to slot
 * i mod slotCount. They fire under a lease, decide nothing while it has lapsed,
 * drop what was planned meanwhile, and close a window each second.
 */

import type { Final, TableRevision } from '../../src/run/share-table.ts'
import { AS_WRITTEN, firstDifference, type RevisedLoad, revisedLoad } from '../../src/worker/load-revisions.ts'
import { type ModelLoad, type ModelPlan, planOf } from './model-load.ts'
import { WITHSTANDS } from './withstands.ts'

/** Counts of one second; immutable once posted. */
export interface ModelWindow {
  readonly sequence: number
  readonly scheduled: number
  readonly sent: number
  readonly dropped: number
}

export interface WorkerHooks {
  /** @param at when the arrival was planned, in run time */
  fired(index: number, at: number): void
  window(window: ModelWindow): void
  drained(final: Final): void
}

interface Entitlement {
  readonly slot: number
  readonly from: number
  to: number
  /** Next arrival index of this slot to be looked at. */
  next: number
}

const NEVER = Number.NEGATIVE_INFINITY
const NO_WINDOWS: Final = { firstSequence: 0, lastSequence: -1, hash: '' }

export class WorkerModel {
  readonly #load: ModelLoad
  /** The load as it was changed, and its plan. */
  #revised: RevisedLoad = AS_WRITTEN
  #plan: ModelPlan
  /** What is planned between these run times was undecided when it was due. */
  #missedFrom = 0
  #missedTo = NEVER
  readonly #slotCount: number
  readonly #hooks: WorkerHooks
  #entitlements: Entitlement[] = []
  /** Run time up to which everything has been decided. */
  #cursor = 0
  #startAt: number | null = null
  #leaseUntil = NEVER
  /** Arrivals planned before this local time are not fired any more. */
  #firesFrom = NEVER
  /** When the threads saw that the lease was over; null while it is not. */
  #lapsedAt: number | null = null
  /** A renewal after a lapse waits until the threads have taken on what they were sent before it. */
  #deferred: number | null = null
  #pending = 0
  #appliedAt = NEVER
  #stopped = false
  #stopAt: number
  #firstSequence: number | null = null
  #sequence = 0
  readonly #counts = new Map<number, { scheduled: number; sent: number; dropped: number }>()
  #drained = false

  constructor(load: ModelLoad, slotCount: number, hooks: WorkerHooks) {
    this.#load = load
    this.#plan = planOf(load)
    this.#slotCount = slotCount
    this.#stopAt = load.durationMs
    this.#hooks = hooks
  }

  /** Whether arrivals may be fired at a local time. */
  isLeased(now: number): boolean {
    return now <= this.#leaseUntil
  }

  /** Whether an arrival of a slot planned at a run time is this node's to fire, now or later, lease permitting. */
  holds(slot: number, at: number): boolean {
    if (this.#drained || at >= this.#stopAt) return false
    return this.#entitlements.some((held) => {
      return held.slot === slot && at >= held.from && at < held.to && this.#plan.at(held.next) <= at
    })
  }

  /** A slot of which both may fire the same arrivals, leases permitting; null when there is none. */
  sharedWith(other: WorkerModel): number | null {
    for (const own of this.#open()) {
      for (const its of other.#open()) {
        if (own.slot !== its.slot) continue
        const from = Math.max(own.from, its.from, this.#plan.at(own.next), other.#plan.at(its.next))
        if (from < Math.min(own.to, its.to, this.#stopAt, other.#stopAt)) return own.slot
      }
    }
    return null
  }

  /** What may still be fired. */
  #open(): readonly Entitlement[] {
    return this.#drained ? [] : this.#entitlements
  }

  start(startAt: number, now: number): void {
    if (this.#startAt !== null) return
    this.#startAt = startAt
    // A start that is learned of late is not caught up with.
    if (now > startAt) this.#firesFrom = Math.max(this.#firesFrom, now)
  }

  lease(until: number, now: number): void {
    if (this.#pending > 0 && !this.isLeased(now)) this.#deferred = until
    else this.#renew(until, now)
  }

  #renew(until: number, now: number): void {
    if (!this.isLeased(now)) this.#firesFrom = Math.max(this.#firesFrom, now)
    this.#leaseUntil = until
  }

  stop(at: number): void {
    this.#stopped = true
    this.#stopAt = Math.min(this.#stopAt, at)
    if (this.#startAt === null && !this.#drained) this.#finish(NO_WINDOWS)
  }

  /** An assignment is on its way to the threads. */
  sent(): void {
    this.#pending++
  }

  /** The threads go by another load. */
  revise(revisions: readonly TableRevision[], now: number): void {
    const revised = revisedLoad(revisions, 0, 0)
    const from = firstDifference(this.#revised, revised)
    if (from === Number.POSITIVE_INFINITY) return
    this.#revised = revised
    this.#plan = planOf(this.#load, revised.revisions)
    for (const held of this.#entitlements) {
      if (held.from > from) held.next = this.#firstIndex(held.slot, held.from)
    }
    const elapsed = this.#startAt === null ? NEVER : now - this.#startAt
    if (elapsed <= from) return
    this.#missedFrom = this.#missedTo < from ? from : Math.min(this.#missedFrom, from)
    this.#missedTo = elapsed
  }

  /** The threads take it on. Returns the run time from which the new slots are followed. */
  assign(slots: readonly { slot: number; from: number }[], releaseAt: number, now: number): number {
    this.#pending--
    const wanted = new Map(slots.map((entry) => [entry.slot, entry.from]))
    const released = this.#entitlements.filter((held) => held.to === Number.POSITIVE_INFINITY && !wanted.has(held.slot))
    // Never earlier than what was answered before, unless the lease is over: then others did not need the answer.
    const earliest = this.isLeased(now) ? Math.max(releaseAt, this.#appliedAt) : releaseAt
    const at = Math.max(earliest, this.#cursor, ...released.map((held) => held.from))
    const lets = this.isLeased(now) || WITHSTANDS.movedTwice ? at : this.#cursor
    for (const held of released) held.to = lets
    for (const held of this.#entitlements) if (held.to === Number.POSITIVE_INFINITY) wanted.delete(held.slot)
    for (const [slot, from] of wanted) this.#take(slot, from)
    this.#appliedAt = Math.max(this.#appliedAt, at)
    if (this.#pending === 0 && this.#deferred !== null) {
      this.#renew(this.#deferred, now)
      this.#deferred = null
    }
    return this.#appliedAt
  }

  #take(slot: number, from: number): void {
    // A slot that comes back while its tail is still being fired comes back at the end of the tail.
    const tail = this.#entitlements.find((held) => held.slot === slot && held.to > from)
    const begin = Math.max(from, tail?.to ?? from)
    this.#entitlements.push({ slot, from: begin, to: Number.POSITIVE_INFINITY, next: this.#firstIndex(slot, begin) })
    if (this.#firstSequence === null || from < this.#firstSequence * 1000) {
      if (this.#firstSequence !== null && this.#sequence > this.#firstSequence) return
      this.#firstSequence = Math.floor(from / 1000)
      this.#sequence = this.#firstSequence
    }
  }

  #firstIndex(slot: number, from: number): number {
    const least = this.#plan.before(from)
    const turns = Math.max(0, Math.ceil((least - slot) / this.#slotCount))
    return slot + turns * this.#slotCount
  }

  /** Does everything that is due at a local time. */
  advance(now: number): void {
    if (this.#startAt === null || this.#drained) return
    const elapsed = now - this.#startAt
    if (elapsed < 0) return
    const leased = this.isLeased(now)
    if (!leased) {
      this.#lapsedAt ??= now
      // Nothing is decided, unless there is nothing to wait for: what is left was not fired.
      if (!this.#stopped || elapsed < this.#stopAt) return
    } else if (this.#lapsedAt !== null) {
      // Renewed in time by the main thread's clock, yet these threads saw it end: then their time counts.
      if (this.#firesFrom < this.#lapsedAt) this.#firesFrom = now
      this.#lapsedAt = null
    }
    const end = Math.min(elapsed, this.#stopAt, this.#revised.heldFrom)
    const from = leased ? this.#firesFrom - this.#startAt : Number.POSITIVE_INFINITY
    for (const held of this.#entitlements) this.#process(held, end, from)
    this.#cursor = Math.max(this.#cursor, end)
    this.#entitlements = this.#entitlements.filter((held) => held.to > this.#cursor)
    this.#closeWindows(elapsed)
  }

  #process(held: Entitlement, end: number, firesFrom: number): void {
    while (true) {
      const at = this.#plan.at(held.next)
      if (at >= Math.min(end, held.to)) return
      const isMissed = at >= this.#missedFrom && at < this.#missedTo
      const late = isMissed || at < firesFrom || at < this.#cursor - 1e-6
      const counts = this.#countsOf(Math.max(this.#sequence, Math.floor(at / 1000)))
      counts.scheduled++
      if (late) counts.dropped++
      else {
        counts.sent++
        this.#hooks.fired(held.next, at)
      }
      held.next += this.#slotCount
    }
  }

  #countsOf(sequence: number) {
    let counts = this.#counts.get(sequence)
    if (counts === undefined) {
      counts = { scheduled: 0, sent: 0, dropped: 0 }
      this.#counts.set(sequence, counts)
    }
    return counts
  }

  #closeWindows(elapsed: number): void {
    const first = this.#firstSequence
    const isOver = elapsed >= this.#stopAt && this.#revised.heldFrom >= this.#stopAt
    if (first === null) {
      if (isOver) this.#finish(NO_WINDOWS)
      return
    }
    while ((this.#sequence + 1) * 1000 <= Math.min(elapsed, this.#stopAt)) this.#close()
    if (!isOver) return
    // A stop that came late leaves windows behind it, with what was fired in them.
    const last = Math.max(...this.#counts.keys(), Math.ceil(this.#stopAt / 1000) - 1)
    while (this.#sequence <= last) this.#close()
    if (this.#sequence === first) this.#finish(NO_WINDOWS)
    else this.#finish({ firstSequence: first, lastSequence: this.#sequence - 1, hash: '' })
  }

  #close(): void {
    const sequence = this.#sequence++
    this.#hooks.window(Object.freeze({ sequence, ...this.#countsOf(sequence) }))
    this.#counts.delete(sequence)
  }

  #finish(final: Final): void {
    this.#drained = true
    this.#hooks.drained(final)
  }
}
