/** How busy this node is, measured by itself: what the others see of it, and what `shares: capacity` goes by. */

import type { Pacing } from '../base/pacing.ts'
import type { NodeLoad } from '../membership/view.ts'
import { Histogram } from '../metrics/histogram.ts'
import type { Window } from '../metrics/window.ts'

/** CPU times since some moment, in milliseconds; those of the machine are summed over its CPUs. */
export interface CpuTimes {
  readonly machineIdle: number
  readonly machineTotal: number
  readonly process: number
}

export interface SelfLoadParts {
  readonly cpuTimes: () => CpuTimes
  /** CPUs this process may use: fewer than the machine has in a container. */
  readonly cpus: number
  readonly workers: () => {
    readonly inFlight: number
    readonly pacing: Pacing
    /** CPU time that load threads spend spinning, in cores: theirs to give up as soon as there is something to do. */
    readonly spinning: number
  }
}

/** A sample counts this much against those before it: half of what a busy spell says is forgotten after 3 samples. */
const WEIGHT = 0.2
/** Lateness counts when it has lasted for so many windows. */
const LATE_WINDOWS = 5

export class SelfLoad {
  readonly #parts: SelfLoadParts
  #before: CpuTimes
  #headroom = 1
  #lateness: number[] = []
  /** Of one second; emptied for the next, for it is large. */
  readonly #second = Histogram.forSecond()

  constructor(parts: SelfLoadParts) {
    this.#parts = parts
    this.#before = parts.cpuTimes()
  }

  /** Free CPU time of the machine, smoothed, from 0 to 1. */
  get headroom(): number {
    return this.#headroom
  }

  /** One second of this node's own measurements. */
  noteWindows(windows: readonly Window[]): void {
    const histogram = this.#second
    histogram.reset()
    for (const { lateness } of windows) histogram.merge(lateness)
    this.#lateness = [...this.#lateness, histogram.percentile(99) / 1000].slice(-LATE_WINDOWS)
  }

  /** No run goes on here: what was late belongs to the past. */
  forgetLateness(): void {
    this.#lateness = []
  }

  /** @param elapsedMs since the last sample */
  sample(elapsedMs: number): NodeLoad {
    const now = this.#parts.cpuTimes()
    const before = this.#before
    this.#before = now
    const total = now.machineTotal - before.machineTotal
    const { inFlight, pacing, spinning } = this.#parts.workers()
    const spun = total > 0 ? (spinning * elapsedMs) / total : 0
    const idle = total > 0 ? (now.machineIdle - before.machineIdle) / total + spun : 1
    const cpu = Math.max(0, now.process - before.process) / Math.max(1, elapsedMs)
    // The machine may be idle while a container's own share of it is used up.
    const free = Math.min(1, Math.max(0, Math.min(idle, 1 - Math.max(0, cpu - spinning) / this.#parts.cpus)))
    this.#headroom += WEIGHT * (free - this.#headroom)
    return {
      inFlight,
      cpu: hundredths(cpu),
      headroom: hundredths(this.#headroom),
      latenessMs: this.#lateness.length < LATE_WINDOWS ? 0 : hundredths(Math.min(...this.#lateness)),
      pacing,
    }
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
