/**
 * Gives a load thread its turns on time.
 *
 * `precise` sleeps by its alarm until shortly before, then lets the event loop turn for the rest, which serves answers
 * meanwhile. How long before depends on how late the alarm has been ringing: the lead follows its lateness up at once
 * and down slowly. That costs some tenths of a millisecond of CPU time for each arrival that is slept for; arrivals
 * closer to each other than the lead leave no time to sleep at all.
 *
 * `eco` sleeps by a timer, whose clock counts whole milliseconds, and never spins.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { PacingMode } from '../base/pacing.ts'
import type { Alarm } from './alarm.ts'

/** Where the lead begins, and what it never falls below: an alarm rings about that late on a quiet machine. */
const SHORTEST_LEAD_MS = 0.15
/** An alarm that is later than this is no reason to spin for longer. */
const LONGEST_LEAD_MS = 1
/** How much longer the lead is than the lateness it follows. */
const MARGIN = 1.25
/** Part of the way that the lead goes down towards a smaller lateness with every ring. */
const DECAY = 0.01
/** Sleeps shorter than this are not worth it. */
const SHORTEST_SLEEP_MS = 0.2

export interface PacerOptions {
  readonly clock: () => MonotonicMs
  /** Creates what wakes the thread in precise mode; calls back when it rings. */
  readonly alarm: (onRing: () => void) => Alarm
  /** Creates what wakes it in eco mode. */
  readonly timer: (onRing: () => void) => Alarm
  readonly mode: () => PacingMode
  /** Calls back after the event loop has looked for answers. */
  readonly yield: (callback: () => void) => void
  /** Does what is due, it being now; returns when it wants to be called next, infinity for not at all. */
  readonly turn: (now: MonotonicMs) => MonotonicMs
  /** Told of turns of the event loop in which nothing was due, with how long they took. */
  readonly onIdleTurn: (milliseconds: number) => void
}

export class Pacer {
  readonly #options: PacerOptions
  readonly #clock: () => MonotonicMs
  readonly #alarm: Alarm
  readonly #timer: Alarm
  #wakeAt = Number.POSITIVE_INFINITY
  #turning = false
  #yielding = false
  /** When the last turn of the event loop was asked for, if nothing else has been done since; NaN otherwise. */
  #spinningSince = Number.NaN
  #leadMs = SHORTEST_LEAD_MS
  /** What the alarm was set to. */
  #alarmAt = Number.NaN

  constructor(options: PacerOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#alarm = options.alarm(() => this.#onAlarm())
    this.#timer = options.timer(() => this.#run(this.#clock()))
  }

  /**
   * Makes sure that there is a turn at this time or earlier; soon, if it has passed.
   *
   * @param now as the caller has just read it
   */
  wakeBy(at: MonotonicMs, now: MonotonicMs): void {
    if (at >= this.#wakeAt) return
    this.#wakeAt = at
    if (!this.#turning) this.#arm(now)
  }

  #arm(now: MonotonicMs): void {
    if (this.#yielding || this.#wakeAt === Number.POSITIVE_INFINITY) return
    const wait = this.#wakeAt - now
    if (wait > 0 && this.#options.mode() === 'eco') {
      this.#timer.set(this.#wakeAt)
    } else if (wait > this.#leadMs + SHORTEST_SLEEP_MS) {
      this.#alarmAt = this.#wakeAt - this.#leadMs
      this.#alarm.set(this.#alarmAt)
    } else {
      this.#yielding = true
      this.#options.yield(this.#onYielded)
    }
  }

  #onAlarm(): void {
    const now = this.#clock()
    this.#follow(now - this.#alarmAt)
    this.#run(now)
  }

  /** Adapts the lead to how late the alarm was; NaN when it was not set. */
  #follow(late: number): void {
    this.#alarmAt = Number.NaN
    const wanted = Math.min(LONGEST_LEAD_MS, Math.max(SHORTEST_LEAD_MS, late * MARGIN))
    if (wanted > this.#leadMs) this.#leadMs = wanted
    else if (wanted <= this.#leadMs) this.#leadMs += (wanted - this.#leadMs) * DECAY
  }

  readonly #onYielded = (): void => {
    this.#yielding = false
    const now = this.#clock()
    // NaN, when something was done in the meantime, is no more idle than what took long.
    if (now < this.#wakeAt) {
      if (now >= this.#spinningSince) this.#options.onIdleTurn(now - this.#spinningSince)
      this.#spinningSince = now
    }
    this.#run(now)
  }

  #run(now: MonotonicMs): void {
    if (now < this.#wakeAt) {
      this.#arm(now)
      return
    }
    this.#spinningSince = Number.NaN
    this.#wakeAt = Number.POSITIVE_INFINITY
    this.#turning = true
    const next = this.#options.turn(now)
    this.#turning = false
    if (next < this.#wakeAt) this.#wakeAt = next
    this.#arm(this.#clock())
  }
}
