/** Threads that are to take the place of dead ones in a run, and whether one more is worth trying. */

import type { MonotonicMs } from '../base/clock.ts'

/** Deaths up to which a thread of a run is replaced: a task that takes it down each time must not keep the node busy. */
const MOST_DEATHS = 5
/** Deaths longer ago than this are forgotten. */
const REMEMBERED_MS = 60_000

export class Replacing<Thread extends { readonly index: number }> {
  /** Times of deaths, by index. */
  readonly #deaths = new Map<number, readonly MonotonicMs[]>()
  readonly #coming = new Map<number, Thread>()

  /** Notes a death. @returns whether the thread should be replaced */
  noteDeath(index: number, now: MonotonicMs): boolean {
    const recent = (this.#deaths.get(index) ?? []).filter((at) => now - at <= REMEMBERED_MS)
    this.#deaths.set(index, [...recent, now])
    return recent.length < MOST_DEATHS
  }

  come(thread: Thread): void {
    this.#coming.set(thread.index, thread)
  }

  /** Threads that are getting ready, by index. */
  get coming(): ReadonlyMap<number, Thread> {
    return this.#coming
  }

  /** The thread is ready, or will never be. */
  went(index: number): void {
    this.#coming.delete(index)
  }
}
