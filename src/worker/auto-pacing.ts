/**
 * `--pacing auto`: precise while a core is to spare. Spinning takes CPU time that nobody else may need; where somebody
 * does, the target on the same machine for one, it would spoil what it is there to measure well.
 *
 * - A node with as many load threads as CPUs, or more, is `eco` from the start: the control plane and the kernel's
 *   network code need a CPU, too.
 * - `precise` becomes `eco` after {@link CROWDED_SAMPLES} seconds on end in which spinning was in somebody's way: the
 *   machine had nothing left, or a load thread had to wait for a CPU.
 * - `eco` becomes `precise` after {@link ROOMY_SAMPLES} seconds on end in which the machine had room for all load
 *   threads to spin and a quarter of a core more, but not before a hold is over. The hold is 10 s, and twice as long each time
 *   that precise lasted for less than a minute, up to 5 minutes.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { PacingMode } from '../base/pacing.ts'

/** What one load thread did in the last second, as parts of it. */
export interface ThreadShare {
  /** Its event loop worked. */
  readonly busy: number
  /** It spun, waiting for an arrival. */
  readonly spun: number
  /** It could have run and got no CPU. */
  readonly starved: number
}

/** The machine has nothing left below this much idle CPU time, in cores. */
const FULL_CORES = 0.1
/** A thread had to wait for a CPU for at least this part of the time. */
const STARVED = 0.1
/** Spinning that takes less than this, in cores, is in nobody's way. */
const SPINNING_CORES = 0.05
/** What must be left over for others, in cores, with all load threads spinning. */
const SPARE_CORES = 0.25
const CROWDED_SAMPLES = 3
const ROOMY_SAMPLES = 5
const SHORTEST_HOLD_MS = 10_000
const LONGEST_HOLD_MS = 300_000
/** Precise pacing that lasts as long has proven itself. */
const PROVEN_MS = 60_000

export class AutoPacing {
  readonly #roomForThreads: boolean
  #mode: PacingMode
  #changedAt: MonotonicMs = Number.NEGATIVE_INFINITY
  #holdMs = SHORTEST_HOLD_MS
  /** Seconds on end that speak for the other mode. */
  #against = 0

  /**
   * @param cpus CPUs this process may use
   * @param threads load threads
   */
  constructor(cpus: number, threads: number) {
    this.#roomForThreads = threads < cpus
    this.#mode = this.#roomForThreads ? 'precise' : 'eco'
  }

  get mode(): PacingMode {
    return this.#mode
  }

  /**
   * Looks at the last second, in which a run went on.
   *
   * @param idleCores CPU time of the machine nobody used, in cores
   * @returns the mode from now on
   */
  sample(now: MonotonicMs, idleCores: number, threads: readonly ThreadShare[]): PacingMode {
    if (!this.#roomForThreads) return this.#mode
    const precise = this.#mode === 'precise'
    this.#against = (precise ? isCrowded(idleCores, threads) : isRoomy(idleCores, threads)) ? this.#against + 1 : 0
    const held = !precise && now - this.#changedAt < this.#holdMs
    if (held || this.#against < (precise ? CROWDED_SAMPLES : ROOMY_SAMPLES)) return this.#mode
    if (precise) {
      const proven = now - this.#changedAt >= PROVEN_MS
      this.#holdMs = proven ? SHORTEST_HOLD_MS : Math.min(LONGEST_HOLD_MS, 2 * this.#holdMs)
    }
    this.#against = 0
    this.#changedAt = now
    this.#mode = precise ? 'eco' : 'precise'
    return this.#mode
  }
}

function isCrowded(idleCores: number, threads: readonly ThreadShare[]): boolean {
  const spinning = threads.reduce((sum, { spun }) => sum + spun, 0)
  return spinning >= SPINNING_CORES && (idleCores < FULL_CORES || threads.some(({ starved }) => starved >= STARVED))
}

function isRoomy(idleCores: number, threads: readonly ThreadShare[]): boolean {
  const needed = threads.reduce((sum, { busy }) => sum + 1 - busy, SPARE_CORES)
  return idleCores >= needed && threads.every(({ starved }) => starved < STARVED / 2)
}
