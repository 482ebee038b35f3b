/**
 * Runs the users of one closed scenario that fall to this thread: iteration, think time, iteration, until the measured
 * part ends. A user whose slot is released stops after the iteration it is in, and so does one whose time the plan says
 * is over; that one may come again.
 */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import type { UserPlan } from '../load/user-plan.ts'
import { slotOfUser, usersOfSlot } from '../load/users.ts'
import type { Executions } from './executions.ts'
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
  #startAt: MonotonicMs = 0
  #endsAt: RunMs

  constructor(options: ClosedExecutorOptions) {
    this.#options = options
    this.#endsAt = options.startMs + options.durationMs
  }

  /** Run time at which the next user may go on; infinity when none waits. */
  get due(): RunMs {
    return Math.min(this.#starting.due, this.#thinking.due)
  }

  startAt(startAt: MonotonicMs): void {
    this.#startAt = startAt
  }

  /** Run time from which a user is there, no earlier than a run time; infinity when never again. */
  #presentFrom(user: number, at: RunMs): RunMs {
    const { startMs, plan } = this.#options
    const into = at - startMs
    const from = plan.presentFrom(user, into)
    return from <= into ? at : startMs + from
  }

  /** Lets the next user begin an iteration, has it wait until it is there, or drops it out if its time is over. */
  processNext(now: MonotonicMs, resumedAt: RunMs): void {
    const { slotCount, executions, recorder, startMs, warmupMs } = this.#options
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
    } else {
      const warmup = at - startMs < warmupMs
      recorder.scheduled(warmup)
      const dueAt = this.#startAt + Math.max(due, resumedAt)
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
    const { users, slotCount, startMs } = this.#options
    if (joined.length > 0 && this.#active.length === 0) {
      this.#active = new Uint8Array(users)
      this.#iterations = new Uint32Array(users)
      if (this.#options.pacingMs > 0) this.#begunAt = new Float64Array(users)
    }
    const starting: { user: number; due: RunMs }[] = []
    for (const { slot, from } of joined) {
      this.#spans.set(slot, { from, until: Number.POSITIVE_INFINITY })
      for (const user of usersOfSlot(users, slotCount, slot)) {
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

  /** No user begins anything from this run time on. */
  stop(at: RunMs): void {
    this.#endsAt = Math.min(this.#endsAt, at)
  }
}
