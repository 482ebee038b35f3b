/**
 * A histogram of durations: HdrHistogram's buckets (1 µs to 1 h, 3 significant digits) with count, min, max and sum
 * beside them. Merging adds bucket to bucket, so the percentiles of a merge are those of the union of samples,
 * whatever the order.
 */

import { VajraError } from '../base/errors.ts'
import { BUCKET_COUNT, bucketIndex, bucketWidth, HIGHEST_MICROS, highestValue, lowestValue } from './bucket-layout.ts'
import { type Buckets, decodeHistogram, encodeBuckets } from './histogram-codec.ts'
import type { LatencySummary } from './report-document.ts'
import { microsToMs, safeSum } from './rounding.ts'
import { EMPTY_HISTOGRAM, type EncodedHistogram } from './window.ts'

const SUMMARY_PERCENTILES = [50, 75, 90, 95, 99, 99.9]

/** The largest count one 32-bit bucket can hold. */
const NARROW_LIMIT = 0xffff_ffff

export class Histogram {
  readonly #buckets: Buckets
  readonly #limit: number
  #count = 0
  #min = HIGHEST_MICROS
  #max = 0
  #sum = 0

  private constructor(buckets: Buckets, limit: number) {
    this.#buckets = buckets
    this.#limit = limit
  }

  /** For the samples of one second: 92 kB, up to 2^32 - 1 values. */
  static forSecond(): Histogram {
    return new Histogram(new Uint32Array(BUCKET_COUNT), NARROW_LIMIT)
  }

  /** For totals: 184 kB, up to 2^53 - 1 values. */
  static forTotals(): Histogram {
    return new Histogram(new Float64Array(BUCKET_COUNT), Number.MAX_SAFE_INTEGER)
  }

  /** Number of values. */
  get count(): number {
    return this.#count
  }

  /** Smallest value in microseconds, exact; 0 when empty. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min
  }

  /** Largest value in microseconds, exact; 0 when empty. */
  get max(): number {
    return this.#max
  }

  /** Sum of all values in microseconds; exact up to 2^53, where it stays. */
  get sum(): number {
    return this.#sum
  }

  /** Mean in microseconds, from the exact sum; 0 when empty. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  /**
   * Counts one duration, rounded to whole microseconds. What is below 0 counts as 0 and what is above 1 h as 1 h;
   * NaN is no duration and is left out. Allocates nothing.
   */
  record(micros: number): void {
    if (!(micros >= 0)) {
      if (Number.isNaN(micros)) return
      this.#add(0)
    } else if (micros > HIGHEST_MICROS) {
      this.#add(HIGHEST_MICROS)
    } else {
      this.#add((micros + 0.5) >>> 0)
    }
  }

  #add(micros: number): void {
    this.#buckets[bucketIndex(micros)]!++
    this.#count++
    this.#sum += micros
    if (micros < this.#min) this.#min = micros
    if (micros > this.#max) this.#max = micros
  }

  /**
   * Adds the values of an encoded histogram. All of it or, when it throws, nothing.
   *
   * @throws VajraError `MESSAGE_INVALID` when the encoding is malformed, contradicts itself or does not fit
   */
  merge(encoded: EncodedHistogram): void {
    Histogram.mergeEach([this], encoded)
  }

  /** {@link merge} into several, decoding once. */
  static mergeEach(targets: readonly Histogram[], encoded: EncodedHistogram): void {
    const { length, indexes, counts } = decodeHistogram(encoded)
    if (length === 0) return
    for (const target of targets) target.#admit(encoded)
    for (const target of targets) {
      for (let at = 0; at < length; at++) target.#buckets[indexes[at]!]! += counts[at]!
    }
  }

  /**
   * Adds the values of another histogram.
   *
   * @throws VajraError `MESSAGE_INVALID` when they do not fit
   */
  add(other: Histogram): void {
    if (other.#count === 0) return
    this.#admit(other)
    const last = bucketIndex(other.#max)
    for (let index = bucketIndex(other.#min); index <= last; index++) this.#buckets[index]! += other.#buckets[index]!
  }

  #admit(other: { readonly count: number; readonly min: number; readonly max: number; readonly sum: number }): void {
    if (this.#count + other.count > this.#limit) {
      throw new VajraError('MESSAGE_INVALID', `histogram: more than ${this.#limit} values`, {
        hint: 'a peer sent counts that cannot be real; check that all nodes run the same version',
      })
    }
    this.#count += other.count
    this.#sum = safeSum(this.#sum, other.sum)
    this.#min = Math.min(this.#min, other.min)
    this.#max = Math.max(this.#max, other.max)
  }

  /** A copy that can be sent; nothing is lost. */
  encode(): EncodedHistogram {
    if (this.#count === 0) return EMPTY_HISTOGRAM
    const data = encodeBuckets(this.#buckets, bucketIndex(this.#min), bucketIndex(this.#max))
    return { data, count: this.#count, min: this.#min, max: this.#max, sum: this.#sum }
  }

  /** Forgets all values. */
  reset(): void {
    if (this.#count > 0) this.#buckets.fill(0, bucketIndex(this.#min), bucketIndex(this.#max) + 1)
    this.#count = 0
    this.#min = HIGHEST_MICROS
    this.#max = 0
    this.#sum = 0
  }

  /**
   * The value that this part of the values does not exceed, in microseconds; 0 when empty. The upper edge of its
   * bucket as in HdrHistogram, but never beyond the true largest value; the smallest value for 0 percent.
   *
   * @param percent 0 to 100
   */
  percentile(percent: number): number {
    return this.percentiles([percent])[0]!
  }

  /** {@link percentile} for several at once, in one pass. @param percents ascending, 0 to 100 */
  percentiles(percents: readonly number[]): number[] {
    if (this.#count === 0) return percents.map(() => 0)
    let index = bucketIndex(this.#min)
    let reached = this.#buckets[index]!
    return percents.map((percent) => {
      if (percent <= 0) return this.#min
      const rank = rankOf(percent, this.#count)
      while (reached < rank) reached += this.#buckets[++index]!
      return Math.min(this.#max, highestValue(index))
    })
  }

  /** Standard deviation in microseconds, from the middles of the buckets; 0 when empty. */
  get stddev(): number {
    if (this.#count === 0) return 0
    let sum = 0
    this.#eachMiddle((middle, count) => {
      sum += middle * count
    })
    // The mean of the middles, not the exact one: many equal values must deviate by 0.
    const mean = sum / this.#count
    let squares = 0
    this.#eachMiddle((middle, count) => {
      squares += (middle - mean) ** 2 * count
    })
    return Math.sqrt(squares / this.#count)
  }

  #eachMiddle(visit: (middle: number, count: number) => void): void {
    const last = bucketIndex(this.#max)
    for (let index = bucketIndex(this.#min); index <= last; index++) {
      const count = this.#buckets[index]!
      if (count > 0) visit(lowestValue(index) + Math.floor(bucketWidth(index) / 2), count)
    }
  }

  /** The usual figures, in milliseconds with microsecond resolution. All 0 when empty. */
  summary(): LatencySummary {
    const [p50, p75, p90, p95, p99, p99_9] = this.percentiles(SUMMARY_PERCENTILES).map(microsToMs)
    return {
      unit: 'ms',
      min: microsToMs(this.min),
      mean: microsToMs(this.mean),
      stddev: microsToMs(this.stddev),
      p50: p50!,
      p75: p75!,
      p90: p90!,
      p95: p95!,
      p99: p99!,
      p99_9: p99_9!,
      max: microsToMs(this.max),
    }
  }
}

/**
 * Nearest rank: the smallest number of values that is at least this part of them. The part is a binary fraction a
 * little off the decimal that was meant (99.9 % of 1000 must be the 999th), so a hair is taken off before rounding up.
 */
export function rankOf(percent: number, count: number): number {
  const part = (percent / 100) * count
  return Math.min(count, Math.max(1, Math.ceil(part - part * 2 ** -50)))
}
