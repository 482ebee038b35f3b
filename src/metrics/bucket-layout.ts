/**
 * Where a value lands: HdrHistogram's bucket layout for 1 µs to 1 h with 3 significant digits (Gil Tene,
 * https://github.com/HdrHistogram/HdrHistogram). The first 2048 buckets hold one microsecond each; after them every
 * 1024 buckets cover twice the range at twice the width, so a bucket is never wider than 0.1 % of its values.
 *
 * The index is computed with `clz32` instead of the logarithm and power of hdr-histogram-js: it is taken three times
 * a request, and costs 5 ns this way against 80 ns. A test holds the two against each other.
 */

/** Largest value that is kept apart, in microseconds: 1 h. */
export const HIGHEST_MICROS = 3_600_000_000

const LINEAR_BUCKETS = 2048
const HALF_BITS = 10
const HALF = 1 << HALF_BITS

/** Number of buckets that cover 0 to {@link HIGHEST_MICROS}. */
export const BUCKET_COUNT = 23 * HALF

/**
 * Index of the bucket that counts a value.
 *
 * @param micros an integer, 0 to {@link HIGHEST_MICROS}
 */
export function bucketIndex(micros: number): number {
  const shift = 21 - Math.clz32(micros | (LINEAR_BUCKETS - 1))
  return (shift << HALF_BITS) + (micros >>> shift)
}

/** Number of distinct microseconds a bucket covers. */
export function bucketWidth(index: number): number {
  return index < LINEAR_BUCKETS ? 1 : 1 << ((index >>> HALF_BITS) - 1)
}

/** Smallest value of a bucket, in microseconds. */
export function lowestValue(index: number): number {
  return index < LINEAR_BUCKETS ? index : ((index & (HALF - 1)) + HALF) * bucketWidth(index)
}

/** Largest value of a bucket, in microseconds. */
export function highestValue(index: number): number {
  return lowestValue(index) + bucketWidth(index) - 1
}
