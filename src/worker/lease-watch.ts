/** A run's lease, as one thread that follows it sees it. */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import type { LeaseReader } from './lease-cell.ts'

export class LeaseWatch {
  readonly #reader: LeaseReader
  #lapsed = false
  /** When this thread noticed that. */
  #lapsedAt: MonotonicMs = 0
  #resumedAt: RunMs = Number.NEGATIVE_INFINITY

  constructor(reader: LeaseReader) {
    this.#reader = reader
  }

  /** Whether it was not valid when it was last read. */
  get lapsed(): boolean {
    return this.#lapsed
  }

  /** Arrivals planned before this run time are not fired any more. */
  get resumedAt(): RunMs {
    return this.#resumedAt
  }

  /** Nothing planned before a run time is caught up with. */
  skipTo(at: RunMs): void {
    this.#resumedAt = Math.max(this.#resumedAt, at)
  }

  /** Whether it is valid at a time, as far as is known now. */
  validAt(at: MonotonicMs): boolean {
    return this.#reader.validAt(at)
  }

  /** Looks again. @param startAt of the run */
  read(startAt: MonotonicMs, now: MonotonicMs): void {
    if (!this.#reader.validAt(now)) {
      if (!this.#lapsed) this.#lapsedAt = now
      this.#lapsed = true
      return
    }
    let firesFrom = this.#reader.firesFrom()
    // The writer renewed in time by its clock, yet this thread saw the lease end: then this thread's time counts.
    if (this.#lapsed && firesFrom < this.#lapsedAt) firesFrom = now
    this.#lapsed = false
    this.skipTo(firesFrom - startAt)
  }
}
