/**
 * CPU time of one node, by what it was spent on: many nodes share the thread that is measured.
 *
 * A thread's CPU time is counted in ticks of some milliseconds, so single inputs are timed with a clock; what the thread
 * did not get, because others were at work on the machine, is taken off a span as a whole (`CpuSpan`).
 */

export const PARTS = ['core', 'codec', 'windows'] as const

/**
 * `core`: `step`, and storing what it says to store. `codec`: encoding, framing, decoding and checking control messages.
 * `windows`: the same for window batches, and storing and adding them up.
 */
export type Part = (typeof PARTS)[number]

export type Spent = Readonly<Record<Part, number>>

export class CpuAccount {
  readonly #spent: Record<Part, number> = { core: 0, codec: 0, windows: 0 }
  #part: Part | null = null
  #since = 0

  /** Calls with the clock of a part running; a part within another interrupts it. */
  during<T>(part: Part, action: () => T): T {
    const outer = this.#part
    this.#enter(part)
    try {
      return action()
    } finally {
      this.#enter(outer)
    }
  }

  /** Milliseconds so far, by the clock. */
  get spent(): Spent {
    return { ...this.#spent }
  }

  #enter(part: Part | null): void {
    if (part === this.#part) return
    const now = performance.now()
    if (this.#part !== null) this.#spent[this.#part] += now - this.#since
    this.#since = now
    this.#part = part
  }
}

/** A span of the benchmark's own work: how much of the time that passed its thread was on a CPU. */
export class CpuSpan {
  readonly #wall = performance.now()
  readonly #cpu = process.threadCpuUsage()

  /** From 0 to 1. */
  get share(): number {
    const { user, system } = process.threadCpuUsage(this.#cpu)
    return Math.min(1, (user + system) / 1000 / (performance.now() - this.#wall))
  }
}

/** @param share of that time for which the thread was on a CPU */
export function spentBetween(before: Spent, after: Spent, share: number): Spent {
  return {
    core: (after.core - before.core) * share,
    codec: (after.codec - before.codec) * share,
    windows: (after.windows - before.windows) * share,
  }
}

export function sumOfSpent(spent: Spent): number {
  return PARTS.reduce((sum, part) => sum + spent[part], 0)
}
