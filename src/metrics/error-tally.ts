/**
 * Failures by kind, bounded, with a result that does not depend on the order in which they were added.
 */

import { LIMITS } from '../base/limits.ts'
import { compareText } from './order.ts'
import { safeSum } from './rounding.ts'

/** Under this kind counts what did not get a place of its own. */
export const OTHER_KIND = 'other'

export class ErrorTally {
  readonly #counts = new Map<string, number>()
  #other = 0

  add(kind: string, count: number): void {
    if (kind === OTHER_KIND) {
      this.#other = safeSum(this.#other, count)
      return
    }
    this.#counts.set(kind, safeSum(this.#counts.get(kind) ?? 0, count))
    if (this.#counts.size > LIMITS.errorKindsPerRun) this.#giveUpLast()
  }

  addAll(errors: Readonly<Record<string, number>>): void {
    for (const kind of Object.keys(errors)) this.add(kind, errors[kind]!)
  }

  addTally(tally: ErrorTally): void {
    for (const [kind, count] of tally.#counts) this.add(kind, count)
    this.add(OTHER_KIND, tally.#other)
  }

  /**
   * Keeps the first kinds by name. Whoever is among the first of all kinds is so at any time and never given up, so
   * the same kinds stay with the same counts in whatever order they came.
   */
  #giveUpLast(): void {
    const last = [...this.#counts.keys()].reduce((a, b) => (compareText(a, b) > 0 ? a : b))
    this.#other = safeSum(this.#other, this.#counts.get(last)!)
    this.#counts.delete(last)
  }

  /** The most frequent kinds ({@link LIMITS.errorKinds}), sorted by name; the rest under `other`. */
  toRecord(): Record<string, number> {
    const byCount = [...this.#counts].sort(([a, x], [b, y]) => y - x || compareText(a, b))
    const kept = byCount.slice(0, LIMITS.errorKinds)
    const other = byCount.slice(LIMITS.errorKinds).reduce((sum, [, count]) => safeSum(sum, count), this.#other)
    if (other > 0) kept.push([OTHER_KIND, other])
    return Object.fromEntries(kept.sort(([a], [b]) => compareText(a, b)))
  }
}
