/** Whether a measurement had its CPUs to itself, by what Linux says of who used them. */

import type { Pinning } from '../../bench/support/pinning.ts'
import { busyMs, endedChildrenCpuMs } from '../../bench/support/process-tree.ts'
import { cpuMs } from '../../bench/support/process-usage.ts'

/** Part of a CPU used by others from which on what was measured there may be theirs. */
const OTHERS_LIMIT = 0.03

/** Who is to have a CPU. */
interface Place {
  readonly name: string
  readonly cpu: number
  /** CPU time so far of those whom it is for, in milliseconds. */
  readonly own: () => number
}

/** Watches from when it is made. */
export class Watch {
  readonly #from = performance.now()
  readonly #places: readonly (Place & { readonly busyFrom: number; readonly ownFrom: number })[]

  /**
   * @param pids processes that run on each CPU; this process is on the target's, and what it starts and ends on the
   *   generator's
   */
  constructor(
    { target, generator }: Pinning,
    pids: { readonly target: readonly number[]; readonly generator: readonly number[] },
  ) {
    const sum = (of: readonly number[]): number => of.reduce((all, pid) => all + cpuMs(pid), 0)
    const places = [
      { name: 'target', cpu: target.at(-1), own: () => sum([process.pid, ...pids.target]) },
      { name: 'generator', cpu: generator.at(-1), own: () => sum(pids.generator) + endedChildrenCpuMs() },
    ]
    // Where CPUs cannot be told apart, nobody knows whose they were.
    this.#places = places.flatMap(({ name, cpu, own }) =>
      cpu === undefined ? [] : [{ name, cpu: Number(cpu), own, busyFrom: busyMs(Number(cpu)), ownFrom: own() }],
    )
  }

  /** Who else had the CPUs since; null for nobody worth mentioning. */
  disturbance(): string | null {
    const elapsed = performance.now() - this.#from
    const found = this.#places.flatMap(({ name, cpu, own, busyFrom, ownFrom }) => {
      const part = (busyMs(cpu) - busyFrom - (own() - ownFrom)) / elapsed
      return part > OTHERS_LIMIT ? [`others had ${(part * 100).toFixed(0)} % of the ${name}'s CPU`] : []
    })
    return found.length === 0 ? null : found.join(', ')
  }
}
