/**
 * What wakes a load thread at a time: the ticker, or a timer, late, should the ticker fail; or a timer alone, which is
 * up to a millisecond late.
 */

import type { MessagePort } from 'node:worker_threads'
import type { MonotonicMs } from '../base/clock.ts'
import { TickerCells } from './ticker-cells.ts'

/** Calls back at about a time, and never not at all. */
export interface Alarm {
  /** Replaces what was set before. May ring early, for what was set before, and is not set any more then. */
  set(at: MonotonicMs): void
}

/** Lateness from which the ticker is taken to have failed. */
const FALLBACK_MS = 20
/** Longest timer; longer sleeps are made of several. */
const LONGEST_MS = 60_000

/** Never early by its own doing, and at most a millisecond late on a machine that is free. */
export class TimerAlarm implements Alarm {
  readonly #clock: () => MonotonicMs
  readonly #onRing: () => void
  #at = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(clock: () => MonotonicMs, onRing: () => void) {
    this.#clock = clock
    this.#onRing = onRing
  }

  set(at: MonotonicMs): void {
    if (at >= this.#at) return
    clearTimeout(this.#timer)
    this.#at = at
    // Node counts from the present millisecond, the system's wait from now: rounded up it ends after `at`.
    const wait = Math.max(1, Math.min(LONGEST_MS, Math.ceil(at - this.#clock())))
    this.#timer = setTimeout(this.#ring, wait)
  }

  readonly #ring = (): void => {
    this.#at = Number.POSITIVE_INFINITY
    this.#onRing()
  }
}

/** What a load thread has of the ticker. */
export interface TickerLink {
  /** See `ticker-cells.ts`. */
  readonly memory: SharedArrayBuffer
  /** A message is a ring. */
  readonly bell: MessagePort
}

/**
 * Rings by the ticker. A ring is a message: `Atomics.waitAsync` would do, but V8 keeps the promise of each wait in a table
 * that it makes anew for every one of them among its old objects, where it stays until all of these are looked through:
 * 120 octets a ring, 1.5 MB a minute at 200 requests a second. A message costs a quarter less CPU time, too.
 */
export class TickerAlarm implements Alarm {
  readonly #cells: TickerCells
  readonly #thread: number
  readonly #clock: () => MonotonicMs
  readonly #onRing: () => void
  #at = Number.POSITIVE_INFINITY
  #fallbackAt = Number.POSITIVE_INFINITY
  #fallback: NodeJS.Timeout | undefined

  /** @param bell where the ticker is heard; keeps no event loop going */
  constructor({ memory, bell }: TickerLink, thread: number, clock: () => MonotonicMs, onRing: () => void) {
    this.#cells = new TickerCells(memory)
    this.#thread = thread
    this.#clock = clock
    this.#onRing = onRing
    bell.on('message', () => this.#ring())
    bell.unref()
  }

  #ring(): void {
    this.#at = Number.POSITIVE_INFINITY
    this.#onRing()
  }

  set(at: MonotonicMs): void {
    // The ticker knows of it, and would be woken up for nothing: with every turn of a thread that fires flat out.
    if (at === this.#at) return
    this.#at = at
    if (at === Number.POSITIVE_INFINITY) return
    this.#cells.set(this.#thread, at)
    // Setting a timer for each deadline would cost as much as all the rest: one that comes soon enough will do.
    if (at + FALLBACK_MS < this.#fallbackAt) this.#setFallback(at + FALLBACK_MS)
  }

  #setFallback(at: MonotonicMs): void {
    clearTimeout(this.#fallback)
    const wait = Math.max(FALLBACK_MS, Math.min(LONGEST_MS, at - this.#clock()))
    this.#fallbackAt = at
    this.#fallback = setTimeout(() => this.#checkTicker(), wait)
  }

  #checkTicker(): void {
    this.#fallbackAt = Number.POSITIVE_INFINITY
    if (this.#clock() > this.#at + FALLBACK_MS / 2) this.#ring()
    else if (this.#at < Number.POSITIVE_INFINITY) this.#setFallback(this.#at + FALLBACK_MS)
  }
}
