/** How often the expectations of steps held: by their index, and in all. */

import { safeSum } from './rounding.ts'
import type { CheckCounts } from './window.ts'

/** What a report says of checks. */
export interface CheckTotals {
  readonly passed: number
  readonly failed: number
}

const NONE: CheckCounts = [0, 0]

export class CheckTally {
  #counts: CheckCounts[] = []

  addAll(checks: readonly CheckCounts[]): void {
    for (const [index, [passed, failed]] of checks.entries()) {
      const [before, failedBefore] = this.of(index)
      this.#counts[index] = [safeSum(before, passed), safeSum(failedBefore, failed)]
    }
  }

  /** Of several steps only the sum says something. */
  addTally(tally: CheckTally): void {
    this.addAll(tally.#counts)
  }

  /** Of an expectation of the step. */
  of(index: number): CheckCounts {
    return this.#counts[index] ?? NONE
  }

  /** Of all expectations; undefined where nothing was checked. */
  get totals(): CheckTotals | undefined {
    if (this.#counts.length === 0) return undefined
    return {
      passed: this.#counts.map(([passed]) => passed).reduce(safeSum, 0),
      failed: this.#counts.map(([, failed]) => failed).reduce(safeSum, 0),
    }
  }
}
