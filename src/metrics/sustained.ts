/**
 * Whether a fault lasts: the values of a condition second by second. It is crossed when the condition was met in each of
 * so many seconds in a row. A second without a value (nothing was measured) ends the row.
 */

import type { ThresholdExpression } from '../suite/threshold.ts'
import { isMet } from './threshold-observation.ts'

/** Seconds in a row in which the condition was met. */
export interface Stretch {
  /** The first of them. */
  readonly from: number
  readonly seconds: number
}

export class Sustained {
  readonly #expression: ThresholdExpression
  readonly #needed: number
  /** Seconds in a row that have values, the newest `needed` of them as far as they can still be the extreme. */
  #row: { readonly sequence: number; readonly value: number }[] = []
  #rowFrom = 0
  #next = 0
  #bad = 0
  #longest: Stretch | null = null
  #observed: number | null = null
  #last: { readonly sequence: number; readonly observed: number } | null = null

  /** @param expression one with `forSeconds` */
  constructor(expression: ThresholdExpression) {
    this.#expression = expression
    this.#needed = expression.forSeconds ?? 1
  }

  /** Takes the value of a second; in the order of the seconds. */
  push(sequence: number, value: number | null): void {
    if (value === null || sequence !== this.#next) {
      this.#row = []
      this.#rowFrom = value === null ? sequence + 1 : sequence
      this.#bad = 0
    }
    this.#next = sequence + 1
    if (value === null) return
    const mildest = this.#mildest(sequence, value)
    if (sequence - this.#rowFrom + 1 >= this.#needed) this.#observed = this.#worse(this.#observed, mildest)
    this.#bad = isMet(this.#expression, value) ? this.#bad + 1 : 0
    if (this.#bad > (this.#longest?.seconds ?? 0)) {
      this.#longest = { from: sequence - this.#bad + 1, seconds: this.#bad }
    }
    if (this.#bad >= this.#needed) this.#last = { sequence, observed: mildest }
  }

  /** Of the newest `needed` values the one nearest to all being well: what the condition was at least. */
  #mildest(sequence: number, value: number): number {
    const { operator } = this.#expression
    if (operator === '==' || operator === '!=') return value
    const row = this.#row
    while (row.length > 0 && !this.#isMilder(row.at(-1)!.value, value)) row.pop()
    row.push({ sequence, value })
    if (row[0]!.sequence <= sequence - this.#needed) row.shift()
    return row[0]!.value
  }

  #isMilder(a: number, b: number): boolean {
    return this.#expression.operator.startsWith('>') ? a < b : a > b
  }

  #worse(a: number | null, b: number): number {
    const { operator } = this.#expression
    if (a === null) return b
    if (operator === '==' || operator === '!=') return this.crossed ? a : b
    return this.#isMilder(a, b) ? b : a
  }

  /** Whether it lasted long enough, at any time. */
  get crossed(): boolean {
    return this.#last !== null
  }

  /** The newest second at which it had lasted long enough, and the value that all of its seconds reached. */
  get last(): { readonly sequence: number; readonly observed: number } | null {
    return this.#last
  }

  /**
   * The value that decides: of every stretch of the needed length the mildest value, and of these the worst. The
   * condition is met by it exactly when the threshold is crossed. Null when nothing was measured for so long.
   */
  get observed(): number | null {
    return this.#observed
  }

  /** The longest row of seconds in which the condition was met; null when there is none. */
  get longest(): Stretch | null {
    return this.#longest
  }
}
