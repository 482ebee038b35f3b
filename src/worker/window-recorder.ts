/** Records what one thread does for one scenario and step in the window that is open, and hands the window over at its end. */

import type { RunMs } from '../base/clock.ts'
import { LIMITS } from '../base/limits.ts'
import { Histogram } from '../metrics/histogram.ts'
import { type Counts, EMPTY_HISTOGRAM, type Window, ZERO_COUNTS } from '../metrics/window.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

const MICROS = 1000

/** Counts failures of a kind; of kinds beyond what a window may tell apart, as `other`. */
export function addError(errors: Map<string, number>, kind: string, count: number): void {
  const known = errors.has(kind) || errors.size < LIMITS.errorKinds - 1
  const key = known ? kind : 'other'
  errors.set(key, (errors.get(key) ?? 0) + count)
}

export class WindowRecorder {
  readonly #scenario: number
  readonly #step: number
  #counts: Mutable<Counts> = { ...ZERO_COUNTS }
  #warmup: Mutable<Counts> = { ...ZERO_COUNTS }
  #errors = new Map<string, number>()
  /** Created at first use: 100 scenarios that take turns should not hold 300 histograms from the start. */
  #histograms: { latency: Histogram; serviceTime: Histogram; lateness: Histogram } | undefined
  /** Passed and failed in turns, by expectation; empty where nothing was checked. */
  #checks: number[] = []
  #bytesSent = 0
  #bytesReceived = 0
  #firstAt: RunMs = -1
  #lastAt: RunMs = -1
  #touched = false

  /** @param step the number of steps for iterations as a whole */
  constructor(scenario: number, step = 0) {
    this.#scenario = scenario
    this.#step = step
  }

  /** An arrival that will be sent or dropped. */
  scheduled(warmup: boolean): void {
    this.#touched = true
    ;(warmup ? this.#warmup : this.#counts).scheduled++
  }

  dropped(warmup: boolean): void {
    ;(warmup ? this.#warmup : this.#counts).dropped++
  }

  /** A scheduled arrival that was accepted for execution. */
  sent(warmup: boolean): void {
    ;(warmup ? this.#warmup : this.#counts).sent++
  }

  /**
   * Its execution began.
   *
   * @param at run time
   * @param lateMs after the planned start
   */
  started(warmup: boolean, at: RunMs, lateMs: number): void {
    if (warmup) return
    if (this.#firstAt < 0) this.#firstAt = Math.max(0, at)
    this.#lastAt = Math.max(this.#lastAt, at, 0)
    this.#histogramsOpen().lateness.record(lateMs * MICROS)
  }

  /** @param kind null for a success */
  settled(
    warmup: boolean,
    kind: string | null,
    latencyMs: number,
    serviceMs: number,
    bytesSent: number,
    bytesReceived: number,
  ): void {
    this.#touched = true
    const counts = warmup ? this.#warmup : this.#counts
    if (kind === null) counts.succeeded++
    else counts.failed++
    if (warmup) return
    if (kind !== null) addError(this.#errors, kind, 1)
    const histograms = this.#histogramsOpen()
    histograms.latency.record(latencyMs * MICROS)
    histograms.serviceTime.record(serviceMs * MICROS)
    this.#bytesSent += bytesSent
    this.#bytesReceived += bytesReceived
  }

  /** An expectation of an answer, by its index, held or did not. */
  checked(warmup: boolean, index: number, held: boolean): void {
    if (warmup) return
    this.#touched = true
    const checks = this.#checks
    while (checks.length <= 2 * index + 1) checks.push(0)
    checks[2 * index + (held ? 0 : 1)]!++
  }

  #histogramsOpen(): { latency: Histogram; serviceTime: Histogram; lateness: Histogram } {
    this.#histograms ??= {
      latency: Histogram.forSecond(),
      serviceTime: Histogram.forSecond(),
      lateness: Histogram.forSecond(),
    }
    return this.#histograms
  }

  /** Whether something happened since the last window. */
  get touched(): boolean {
    return this.#touched
  }

  /**
   * The window since the last one; null when nothing happened and nothing is in flight.
   *
   * @param inFlight requests in flight now
   */
  take(inFlight: number): Window | null {
    if (!this.#touched && inFlight === 0) return null
    const histograms = this.#histograms
    const window: Window = {
      scenario: this.#scenario,
      step: this.#step,
      counts: this.#counts,
      warmup: this.#warmup,
      errors: Object.fromEntries(this.#errors),
      ...this.#takeChecks(),
      latency: histograms?.latency.encode() ?? EMPTY_HISTOGRAM,
      serviceTime: histograms?.serviceTime.encode() ?? EMPTY_HISTOGRAM,
      lateness: histograms?.lateness.encode() ?? EMPTY_HISTOGRAM,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      inFlight,
      firstAt: this.#firstAt,
      lastAt: this.#lastAt,
    }
    this.#reset()
    return window
  }

  #takeChecks(): Pick<Window, 'checks'> {
    const flat = this.#checks
    if (flat.length === 0) return {}
    this.#checks = []
    const checks = Array.from(
      { length: flat.length / 2 },
      (_, index) => [flat[2 * index]!, flat[2 * index + 1]!] as const,
    )
    return { checks }
  }

  #reset(): void {
    this.#counts = { ...ZERO_COUNTS }
    this.#warmup = { ...ZERO_COUNTS }
    this.#errors = new Map()
    this.#histograms?.latency.reset()
    this.#histograms?.serviceTime.reset()
    this.#histograms?.lateness.reset()
    this.#bytesSent = 0
    this.#bytesReceived = 0
    this.#firstAt = -1
    this.#lastAt = -1
    this.#touched = false
  }
}
