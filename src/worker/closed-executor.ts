/**
 * Runs the users of one closed scenario that fall to this thread: iteration, think time, iteration, until the measured
 * part ends. A user whose slot is released stops after the iteration it is in, and so does one whose time the plan says
 * is over; that one may come again.
 */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import type { UserPlan } from '../load/user-plan.ts'
import { slotOfUser, usersOfSlot } from '../load/users.ts'
import type { Executions } from './executions.ts'
import type { HeldFrom } from './messages.ts'
import type { SlotChange } from './slot-holdings.ts'
import { UserQueue } from './user-queue.ts'
import type { WindowRecorder } from './window-recorder.ts'

export interface ClosedExecutorOptions {
  /** Run time of the scenario's start. */
  readonly startMs: RunMs
  readonly warmupMs: number
  /** Warm-up plus measured part. */
  readonly durationMs: number
  /** Most users at a time. */
  readonly users: number
  /** When each of them is there. */
  readonly plan: UserPlan
  readonly thinkTimeMs: number
  /** Least time from the start of a user's iteration to the start of its next. */
  readonly pacingMs: number
  /** Takes a row of data for a user's iteration; false when there is none left, which ends the user. */
  readonly takeRow?: (user: number) => boolean
  readonly slotCount: number
  readonly executions: Executions
  readonly recorder: WindowRecorder
}

/** When the users of a slot may begin iterations, in run time. */
interface SlotSpan {
  readonly from: RunMs
  readonly until: RunMs
}

export class ClosedExecutor {
  readonly #options: ClosedExecutorOptions
  readonly #spans = new Map<number, SlotSpan>()
  /** Users that have not begun yet on this thread. */
  readonly #starting = new UserQueue()
  /** Users that think. All think equally long, so first in is first out, unless pacing has some wait longer. */
  readonly #thinking = new UserQueue()
  /** 1 for users that wait or run here. */
  #active = new Uint8Array(0)
  #iterations = new Uint32Array(0)
  /** Run time at which each began its last iteration; only kept for pacing. */
  #begunAt = new Float64Array(0)
  #plan: UserPlan
  #users: number
  /** Run time from which nobody begins anything; and the one up to which nobody did. */
  #holdAt = Number.POSITIVE_INFINITY
  #heldTo = Number.NEGATIVE_INFINITY
  #startAt: MonotonicMs = 0
  #endsAt: RunMs

  constructor(options: ClosedExecutorOptions) {
    this.#options = options
    this.#plan = options.plan
    this.#users = options.users
    this.#endsAt = options.startMs + options.durationMs
  }

  /** Run time at which the next user may go on; infinity when none waits, or while nobody may begin anything. */
  dueAfter(now: RunMs): RunMs {
    return this.#isHeldAt(now) ? Number.POSITIVE_INFINITY : Math.min(this.#starting.due, this.#thinking.due)
  }

  /** It is not known yet how many users are there. */
  #isHeldAt(now: RunMs): boolean {
    return now >= this.#holdAt
  }

  startAt(startAt: MonotonicMs): void {
    this.#startAt = startAt
  }

  /** Run time from which a user is there, no earlier than a run time; infinity when never again. */
  #presentFrom(user: number, at: RunMs): RunMs {
    const { startMs } = this.#options
    const into = at - startMs
    const from = this.#plan.presentFrom(user, into)
    return from <= into ? at : startMs + from
  }

  /** Lets the next user begin an iteration, has it wait until it is there, or drops it out if its time is over. */
  processNext(now: MonotonicMs, resumedAt: RunMs): void {
    const { slotCount, executions, recorder, startMs, warmupMs, takeRow } = this.#options
    const queue = this.#starting.due <= this.#thinking.due ? this.#starting : this.#thinking
    const { due } = queue
    const user = queue.shift()
    const at = now - this.#startAt
    const span = this.#spans.get(slotOfUser(user, slotCount))
    const from = span === undefined ? at : this.#presentFrom(user, Math.max(at, span.from))
    if (span === undefined || at >= span.until || at >= this.#endsAt || from >= this.#endsAt) {
      this.#active[user] = 0
    } else if (at < from) {
      this.#starting.place(user, from)
    } else if (takeRow?.(user) === false) {
      this.#active[user] = 0
    } else {
      const warmup = at - startMs < warmupMs
      recorder.scheduled(warmup)
      const dueAt = this.#startAt + Math.max(due, resumedAt, this.#heldTo)
      if (this.#options.pacingMs > 0) this.#begunAt[user] = at
      executions.fire(now, Math.min(dueAt, now), now, this.#iterations[user]!++, user, warmup)
    }
  }

  /** A user's iteration has ended. */
  userDone(user: number, now: MonotonicMs): void {
    const { thinkTimeMs, pacingMs } = this.#options
    const thought = now - this.#startAt + thinkTimeMs
    const due = pacingMs > 0 ? Math.max(thought, this.#begunAt[user]! + pacingMs) : thought
    if (due >= this.#endsAt) this.#active[user] = 0
    else if (pacingMs > 0) this.#thinking.place(user, due)
    else this.#thinking.push(user, due)
  }

  /** @param releaseAt run time from which users of released slots begin nothing more */
  assign(change: SlotChange, releaseAt: RunMs): void {
    for (const { slot } of change.released) {
      const span = this.#spans.get(slot)
      if (span !== undefined) this.#spans.set(slot, { from: span.from, until: releaseAt })
    }
    for (const { slot, from } of change.kept) this.#spans.set(slot, { from, until: Number.POSITIVE_INFINITY })
    this.#join(change.joined)
  }

  #join(joined: SlotChange['joined']): void {
    if (joined.length > 0) this.#makeRoom()
    for (const { slot, from } of joined) this.#spans.set(slot, { from, until: Number.POSITIVE_INFINITY })
    this.#begin(joined)
  }

  #makeRoom(): void {
    if (this.#active.length >= this.#users) return
    const [active, iterations, begunAt] = [this.#active, this.#iterations, this.#begunAt]
    this.#active = new Uint8Array(this.#users)
    this.#active.set(active)
    this.#iterations = new Uint32Array(this.#users)
    this.#iterations.set(iterations)
    if (this.#options.pacingMs === 0) return
    this.#begunAt = new Float64Array(this.#users)
    this.#begunAt.set(begunAt)
  }

  /** Users of slots that are held wait until they are there. */
  #begin(slots: Iterable<HeldFrom>): void {
    const { slotCount, startMs } = this.#options
    const starting: { user: number; due: RunMs }[] = []
    for (const { slot, from } of slots) {
      for (const user of usersOfSlot(this.#users, slotCount, slot)) {
        // One that still waits or runs from before goes on as it is.
        if (this.#active[user] === 1) continue
        const due = this.#presentFrom(user, Math.max(startMs, from))
        if (due === Number.POSITIVE_INFINITY) continue
        this.#active[user] = 1
        starting.push({ user, due })
      }
    }
    if (starting.length > 0) this.#starting.insert(starting)
  }

  /**
   * Goes by another plan: who is there now begins, who is not any more ends after the iteration it is in.
   *
   * @param users most users at a time
   * @param holdAt scenario time from which nothing of it is decided
   * @param now run time
   */
  revise(plan: UserPlan, users: number, holdAt: number, now: RunMs): void {
    if (this.#isHeldAt(now)) this.#heldTo = now
    this.#plan = plan
    this.#users = Math.max(this.#users, users)
    this.#holdAt = holdAt + this.#options.startMs
    if (this.#spans.size === 0) return
    this.#makeRoom()
    const going = this.#starting.drain().filter(({ user }) => {
      const isGoing = this.#spans.get(slotOfUser(user, this.#options.slotCount))?.until !== Number.POSITIVE_INFINITY
      if (!isGoing) this.#active[user] = 0
      return isGoing
    })
    if (going.length > 0) this.#starting.insert(going)
    const held = [...this.#spans].filter(([, { until }]) => until === Number.POSITIVE_INFINITY)
    this.#begin(held.map(([slot, { from }]) => ({ slot, from: Math.max(from, now) })))
  }

  /** No user begins anything from this run time on. */
  stop(at: RunMs): void {
    this.#endsAt = Math.min(this.#endsAt, at)
  }
}
