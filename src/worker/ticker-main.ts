/**
 * Entry of the ticker thread: sleeps until a load thread's deadline and rings it. It exists because timers of an event
 * loop count whole milliseconds, while a thread that has no event loop can sleep to a few ten microseconds.
 */

import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { monotonicNow } from './monotonic.ts'
import type { BellMessage } from './ticker.ts'
import { TickerCells } from './ticker-cells.ts'

/** A ring takes about this long to arrive. */
const LEAD_MS = 0.08
/** What is sent says nothing: that it comes is all. */
const RING = 0

/** Takes the bells that have come: without an event loop, nobody is told of them. */
function takeBells(bells: (MessagePort | undefined)[]): void {
  for (;;) {
    const received = receiveMessageOnPort(parentPort!) as { readonly message: BellMessage } | undefined
    if (received === undefined) return
    const { thread, bell } = received.message
    bells[thread]?.close()
    bells[thread] = bell
  }
}

function main(): never {
  const cells = new TickerCells(workerData as SharedArrayBuffer)
  const { threads } = cells
  /** By load thread. */
  const bells: (MessagePort | undefined)[] = Array.from({ length: threads }, () => undefined)
  let sent = 0
  /** The asking each load thread was last rung for. */
  const rung = new Int32Array(threads)
  for (;;) {
    const change = Atomics.load(cells.changes, 0)
    if (sent !== cells.bells) {
      sent = cells.bells
      takeBells(bells)
    }
    const now = monotonicNow() + LEAD_MS
    let next = Number.POSITIVE_INFINITY
    for (let thread = 0; thread < threads; thread++) {
      const settings = cells.settings(thread)
      const bell = bells[thread]
      if (bell === undefined || settings === rung[thread]) continue
      const deadline = cells.deadline(thread)
      if (deadline <= now) {
        rung[thread] = settings
        bell.postMessage(RING)
      } else if (deadline < next) {
        next = deadline
      }
    }
    // Returns at once when a deadline has been set since the look at them.
    Atomics.wait(cells.changes, 0, change, next - now)
  }
}

main()
