/**
 * A run's lease in shared memory: written by the main thread, read by load threads before every request. A thread
 * fences itself with it even when the main thread stalls.
 *
 * Two cells, in whole milliseconds from the run's origin: the deadline, rounded down, and the
 * time before which nothing may be fired any more, rounded up. The second makes a lapse visible to a thread that slept
 * through it: what was planned before the renewal is dropped, not caught up with.
 *
 * They are written atomically, and read so by whoever finds that one has changed. To find that, a plain read will do, which
 * the memory model has neither torn nor older than the last: an atomic one is a call, as costly as the clock's.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { LeaseMemory } from './messages.ts'

const DEADLINE = 0
const FIRES_FROM = 1
/** 49 days; a run lasts a day at most. */
const LATEST = 0xffff_ffff
/** The clock tells no two moments apart that are closer to each other. */
const MOMENT_MS = 0.001

const toCell = (milliseconds: number): number => Math.max(0, Math.min(LATEST, milliseconds))

/** The main thread's side. */
export class LeaseWriter {
  readonly memory: LeaseMemory
  readonly #cells: Uint32Array
  /** Latest time at which a lease that has been replaced was valid. */
  #validTo: MonotonicMs = Number.NEGATIVE_INFINITY

  /** @param origin now, or any time before the first lease */
  constructor(origin: MonotonicMs) {
    const buffer = new SharedArrayBuffer(2 * Uint32Array.BYTES_PER_ELEMENT)
    this.memory = { buffer, origin }
    this.#cells = new Uint32Array(buffer)
  }

  /** Whether there is no valid lease at this time. */
  lapsedAt(now: MonotonicMs): boolean {
    return now > this.memory.origin + Atomics.load(this.#cells, DEADLINE)
  }

  /** Time from which on nothing can have been fired yet: a request fired at this very moment is before it. */
  firedBefore(now: MonotonicMs): MonotonicMs {
    return this.#validUpTo(now) + MOMENT_MS
  }

  #validUpTo(now: MonotonicMs): MonotonicMs {
    const { origin } = this.memory
    return Math.max(this.#validTo, Math.min(now, origin + Atomics.load(this.#cells, DEADLINE)))
  }

  /** Sets the deadline; an earlier one than before takes a lease back. */
  renew(until: MonotonicMs, now: MonotonicMs): void {
    const { origin } = this.memory
    this.#validTo = this.#validUpTo(now)
    // Written first: whoever sees the new deadline must see this as well.
    if (this.lapsedAt(now)) Atomics.store(this.#cells, FIRES_FROM, toCell(Math.ceil(now - origin)))
    Atomics.store(this.#cells, DEADLINE, toCell(Math.floor(until - origin)))
  }
}

/** A load thread's side. */
export class LeaseReader {
  readonly #cells: Uint32Array
  readonly #origin: MonotonicMs
  /** The cells as they were when they were last found to have changed, and what they say. */
  #deadlineCell = 0
  #firesFromCell = 0
  #deadline: MonotonicMs = Number.NEGATIVE_INFINITY
  #firesFrom: MonotonicMs

  constructor(memory: LeaseMemory) {
    this.#cells = new Uint32Array(memory.buffer)
    this.#origin = memory.origin
    this.#firesFrom = memory.origin
  }

  /** Whether requests may be fired at this time. Never before the first lease. */
  validAt(now: MonotonicMs): boolean {
    this.#look()
    return now <= this.#deadline
  }

  /** What was planned before this time must not be fired any more. */
  firesFrom(): MonotonicMs {
    this.#look()
    return this.#firesFrom
  }

  #look(): void {
    if (this.#cells[DEADLINE] !== this.#deadlineCell || this.#cells[FIRES_FROM] !== this.#firesFromCell) this.#read()
  }

  #read(): void {
    // In this order: whoever sees the new deadline sees what was written before it.
    this.#deadlineCell = Atomics.load(this.#cells, DEADLINE)
    this.#firesFromCell = Atomics.load(this.#cells, FIRES_FROM)
    this.#deadline = this.#deadlineCell > 0 ? this.#origin + this.#deadlineCell : Number.NEGATIVE_INFINITY
    this.#firesFrom = this.#origin + this.#firesFromCell
  }
}
