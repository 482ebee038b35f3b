/**
 * Memory shared by the ticker thread and the load threads: per load thread a deadline, how often it was set, and how
 * often the ticker has rung. Only a load thread writes the first two, only the ticker the third, so nothing is ever
 * taken back by mistake. A change of any deadline is announced in one common cell, on which the ticker sleeps.
 */

import type { MonotonicMs } from '../base/clock.ts'

export class TickerCells {
  readonly memory: SharedArrayBuffer
  /** Changes with every deadline set. */
  readonly changes: Int32Array
  /** Rings of each load thread, on which it waits. */
  readonly rings: Int32Array
  readonly #settings: Int32Array
  readonly #deadlines: Float64Array

  /** @param memory of `TickerCells.bytes(threads)` bytes */
  constructor(memory: SharedArrayBuffer) {
    const threads = memory.byteLength / 16 - 1
    this.memory = memory
    this.#deadlines = new Float64Array(memory, 0, threads)
    this.changes = new Int32Array(memory, 8 * threads, 1)
    this.rings = new Int32Array(memory, 8 * threads + 16, threads)
    this.#settings = new Int32Array(memory, 12 * threads + 16, threads)
  }

  static bytes(threads: number): number {
    return 16 * (threads + 1)
  }

  /** Asks for a ring; the load thread's side. */
  set(thread: number, at: MonotonicMs): void {
    this.#deadlines[thread] = at
    Atomics.add(this.#settings, thread, 1)
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

  ring(thread: number): void {
    Atomics.add(this.rings, thread, 1)
    Atomics.notify(this.rings, thread)
  }
}
