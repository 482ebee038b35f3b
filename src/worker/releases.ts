/**
 * Slots on their way from this node to others. Up to the time from which another node fires them they are this node's,
 * also when the thread that had them dies meanwhile: then the one in its place sees to the rest of them.
 */

import type { RunMs } from '../base/clock.ts'
import type { HeldFrom } from './messages.ts'

/** Slots that a thread has to see to for a while, and no longer. */
export interface HeldUntil {
  readonly slots: readonly HeldFrom[]
  readonly until: RunMs
}

interface Release extends HeldFrom {
  readonly thread: number
  /** Run time from which it is another node's; null until all threads have said when they let go. */
  readonly until: RunMs | null
}

export class Releases {
  #releases: readonly Release[] = []

  /** A thread has been told to let go of a slot that it holds, or that a dead one left to it, from a run time on. */
  add(slot: number, from: RunMs, thread: number): void {
    this.#releases = [...this.#releases, { slot, from, thread, until: null }]
  }

  /**
   * All threads have said when they let go of what was added last.
   *
   * @param until run time from which it is others'
   * @param past run time up to which living threads have seen to theirs
   * @param isDead whether a thread is gone, so that nobody sees to its slots
   */
  settle(until: RunMs, past: RunMs, isDead: (thread: number) => boolean): void {
    this.#releases = this.#releases
      .map((release) => ({ ...release, until: release.until ?? until }))
      .filter((release) => release.until > (isDead(release.thread) ? release.from : Math.max(release.from, past)))
  }

  /** A thread has died. @param to run time up to which it has seen to what it released */
  leave(thread: number, to: RunMs): void {
    this.#releases = this.#releases.map((release) =>
      release.thread === thread ? { ...release, from: Math.max(release.from, to) } : release,
    )
  }

  /** What a thread that has died left undone, by the time up to which it is still this node's. It is forgotten here. */
  take(thread: number): readonly HeldUntil[] {
    const byTime = new Map<RunMs, HeldFrom[]>()
    for (const { slot, from, until, thread: own } of this.#releases) {
      if (own !== thread || until === null || until <= from) continue
      byTime.set(until, [...(byTime.get(until) ?? []), { slot, from }])
    }
    this.#releases = this.#releases.filter((release) => release.thread !== thread)
    return [...byTime].map(([until, slots]) => ({ slots, until }))
  }
}
