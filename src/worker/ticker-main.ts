/**
 * Entry of the ticker thread: sleeps until a load thread's deadline and rings it. It exists because timers of an event
 * loop count whole milliseconds, while a thread that has no event loop can sleep to a few ten microseconds.
 */

import { workerData } from 'node:worker_threads'
import { monotonicNow } from './monotonic.ts'
import { TickerCells } from './ticker-cells.ts'

/** A ring takes about this long to arrive. */
const LEAD_MS = 0.08

function main(): never {
  const cells = new TickerCells(workerData as SharedArrayBuffer)
  const threads = cells.rings.length
  /** The asking each load thread was last rung for. */
  const rung = new Int32Array(threads)
  for (;;) {
    const change = Atomics.load(cells.changes, 0)
    const now = monotonicNow() + LEAD_MS
    let next = Number.POSITIVE_INFINITY
    for (let thread = 0; thread < threads; thread++) {
      const settings = cells.settings(thread)
      if (settings === rung[thread]) continue
      const deadline = cells.deadline(thread)
      if (deadline <= now) {
        rung[thread] = settings
        cells.ring(thread)
      } else if (deadline < next) {
        next = deadline
      }
    }
    // Returns at once when a deadline has been set since the look at them.
    Atomics.wait(cells.changes, 0, change, next - now)
  }
}

main()
