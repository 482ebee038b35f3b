/**
 * Memory shared by the ticker thread and the load threads: per load thread a deadline, and how often it was set. Only that
 * thread writes them, so nothing is ever taken back by mistake. A change of any deadline is announced in one common cell,
 * on which the ticker sleeps; so are bells on their way to it, which are counted in another.
 */

import type { MonotonicMs } from '../base/clock.ts'

export class TickerCells {
  readonly memory: SharedArrayBuffer
  /** Changes with every deadline set. */
  readonly changes: Int32Array
  /** Load threads there may be. */
  readonly threads: number
  readonly #bells: Int32Array
  readonly #settings: Int32Array
  readonly #deadlines: Float64Array

  /** @param memory of `TickerCells.bytes(threads)` bytes */
  constructor(memory: SharedArrayBuffer) {
    const threads = (memory.byteLength - 8) / 12
    this.memory = memory
    this.threads = threads
    this.#deadlines = new Float64Array(memory, 0, threads)
    this.changes = new Int32Array(memory, 8 * threads, 1)
    this.#bells = new Int32Array(memory, 8 * threads + 4, 1)
    this.#settings = new Int32Array(memory, 8 * threads + 8, threads)
  }

  static bytes(threads: number): number {
    return 12 * threads + 8
  }

  /** Asks for a ring; the load thread's side. */
  set(thread: number, at: MonotonicMs): void {
    this.#deadlines[thread] = at
    Atomics.add(this.#settings, thread, 1)
    this.#announce()
  }

  #announce(): void {
    Atomics.add(this.changes, 0, 1)
    Atomics.notify(this.changes, 0)
  }

  /** How often a load thread has asked; the ticker's side. To be read before the deadline. */
  settings(thread: number): number {
    return Atomics.load(this.#settings, thread)
  }

  /** What it asked for last, or is just asking for. */
  deadline(thread: number): MonotonicMs {
    return this.#deadlines[thread]!
  }

  /** A bell has been sent to the ticker. */
  announceBell(): void {
    Atomics.add(this.#bells, 0, 1)
    this.#announce()
  }

  /** How many bells have been sent to the ticker. */
  get bells(): number {
    return Atomics.load(this.#bells, 0)
  }
}
