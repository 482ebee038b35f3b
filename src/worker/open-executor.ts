/** Fires the arrivals of one open scenario that fall to this thread. */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import type { ArrivalPlan, HeldSlot } from '../load/arrivals.ts'
import { ArrivalSource } from './arrival-source.ts'
import { type Executions, NO_USER } from './executions.ts'
import type { HeldFrom } from './messages.ts'
import type { SlotChange } from './slot-holdings.ts'
import type { WindowRecorder } from './window-recorder.ts'

export interface OpenExecutorOptions {
  /** Run time of the scenario's start. */
  readonly startMs: RunMs
  readonly warmupMs: number
  readonly plan: ArrivalPlan
  readonly executions: Executions
  readonly recorder: WindowRecorder
}

/** Arrivals of released slots, up to where they were released. */
interface Tail {
  /** Assignment that released them. */
  readonly id: number
  readonly slots: ReadonlySet<number>
  source: ArrivalSource
}

export class OpenExecutor {
  readonly #options: OpenExecutorOptions
  #main: ArrivalSource | null = null
  #tails: Tail[] = []
  #plan: ArrivalPlan
  #stopAt = Number.POSITIVE_INFINITY
  /** Scenario time from which nothing is decided. */
  #holdAt = Number.POSITIVE_INFINITY
  /** Run times: what is planned between them was undecided when it was due, and is not fired any more. */
  #missedFrom = Number.POSITIVE_INFINITY
  #missedTo = Number.NEGATIVE_INFINITY

  constructor(options: OpenExecutorOptions) {
    this.#options = options
    this.#plan = options.plan
  }

  /** Run time of the next arrival; infinity when none is known. */
  get due(): RunMs {
    return Math.min(this.#main?.due ?? Number.POSITIVE_INFINITY, this.tailDue)
  }

  /** Run time of the next arrival of a slot that has been released. */
  get tailDue(): RunMs {
    let due = Number.POSITIVE_INFINITY
    for (const { source } of this.#tails) due = Math.min(due, source.due)
    return due
  }

  /** Whether nothing will ever be due again under the present assignment. */
  get exhausted(): boolean {
    return (this.#main === null || this.#main.exhausted) && this.#tails.every(({ source }) => source.exhausted)
  }

  /**
   * Fires or drops the next arrival.
   *
   * @param startAt of the run
   * @param firesFrom run time before which an arrival of a slot was missed; infinity drops whatever it is
   * @param tailsOnly looks only at slots that have been released
   */
  processNext(now: MonotonicMs, startAt: MonotonicMs, firesFrom: (slot: number) => RunMs, tailsOnly: boolean): void {
    const { executions, recorder, warmupMs } = this.#options
    const source = this.#earliest(tailsOnly ? null : this.#main)
    if (source === null) return
    const { due, slot, index } = source
    const warmup = source.at < warmupMs
    source.advance()
    recorder.scheduled(warmup)
    const planned = startAt + due
    const isMissed = due < this.#missedTo && due >= this.#missedFrom
    const fired = !isMissed && due >= firesFrom(slot) && executions.fire(planned, planned, now, index, NO_USER, warmup)
    if (!fired) recorder.dropped(warmup)
  }

  #earliest(main: ArrivalSource | null): ArrivalSource | null {
    let earliest = main
    for (const { source } of this.#tails) {
      if (earliest === null || source.due < earliest.due) earliest = source
    }
    return earliest
  }

  /**
   * Takes on a new set of slots.
   *
   * @param id of the assignment; {@link settle} refers to it
   * @param releaseAt run time up to which released slots are still fired, unless settled later
   */
  assign(id: number, change: SlotChange, releaseAt: RunMs): void {
    this.#tails = this.#tails.filter(({ source }) => !source.exhausted)
    const before = this.#main
    const joined = change.joined.map((held) => this.#joining(held))
    this.#main = this.#continue(before, change.kept, joined, Number.POSITIVE_INFINITY, false)
    const tail = this.#continue(before, change.released, [], releaseAt - this.#options.startMs, true)
    if (tail !== null) this.#tails.push({ id, slots: new Set(change.released.map(({ slot }) => slot)), source: tail })
  }

  /** A slot that comes back while its tail is still being fired comes back at the end of the tail. */
  #joining({ slot, from }: HeldFrom): HeldSlot {
    const tail = this.#tails.find(({ slots }) => slots.has(slot))
    const start = from - this.#options.startMs
    return { slot, from: Math.max(start, tail?.source.limit ?? start) }
  }

  /** Slots from where a source stands, with others from where they say. */
  #continue(
    before: ArrivalSource | null,
    slots: readonly HeldFrom[],
    joined: readonly HeldSlot[],
    limit: number,
    provisional: boolean,
  ): ArrivalSource | null {
    const { startMs } = this.#options
    const position = before?.position ?? null
    const continued = position === null ? [] : slots.map(({ slot, from }) => ({ slot, from: from - startMs }))
    const held = [...continued, ...joined]
    if (held.length === 0) return null
    const resume = position === null ? null : { ...position, slots: new Set(continued.map(({ slot }) => slot)) }
    const source = new ArrivalSource(this.#plan, held, startMs, limit, provisional, resume)
    source.stop(this.#stopAt)
    source.hold(this.#holdAt)
    return source
  }

  /** Fixes until when the slots that an assignment released are fired. */
  settle(id: number, at: RunMs): void {
    for (const tail of this.#tails) {
      if (tail.id === id) tail.source.settle(at - this.#options.startMs)
    }
  }

  /**
   * Goes by another plan.
   *
   * @param holdAt scenario time from which nothing of it is decided
   * @param from scenario time from which it differs from the one before: nothing beyond has been processed
   * @param now run time; what it has planned since `from` is dropped
   */
  revise(plan: ArrivalPlan, holdAt: number, from: number, now: RunMs): void {
    this.#plan = plan
    this.#holdAt = holdAt
    const differsAt = from + this.#options.startMs
    if (now > differsAt) {
      if (this.#missedTo < differsAt) this.#missedFrom = differsAt
      else this.#missedFrom = Math.min(this.#missedFrom, differsAt)
      this.#missedTo = now
    }
    const revised = (source: ArrivalSource): ArrivalSource => {
      const next = source.inPlan(plan, from)
      next.hold(holdAt)
      return next
    }
    if (this.#main !== null) this.#main = revised(this.#main)
    for (const tail of this.#tails) tail.source = revised(tail.source)
  }

  /** Nothing planned at or after this run time is fired. */
  stop(at: RunMs): void {
    this.#stopAt = at - this.#options.startMs
    this.#main?.stop(this.#stopAt)
    for (const { source } of this.#tails) source.stop(this.#stopAt)
  }
}
