/** The Kolmogorov–Smirnov test: whether a sample may come from a distribution. */

/**
 * Largest distance between the sample's distribution function and the supposed one (the statistic D).
 *
 * @param sample in any order
 * @param distribution the supposed distribution function, continuous
 */
export function distance(sample: Float64Array, distribution: (value: number) => number): number {
  const sorted = sample.slice().sort()
  let most = 0
  for (const [i, value] of sorted.entries()) {
    const expected = distribution(value)
    most = Math.max(most, expected - i / sorted.length, (i + 1) / sorted.length - expected)
  }
  return most
}

/**
 * The distance that a sample of the supposed distribution exceeds with this probability: the first term of
 * Kolmogorov's series, P(√n·D > x) ≈ 2·exp(−2x²), which is exact to four digits for probabilities below 0.05.
 */
export function criticalDistance(size: number, probability: number): number {
  return Math.sqrt(-Math.log(probability / 2) / (2 * size))
}

/** The distribution of gaps between arrivals of a Poisson process. @param mean in the unit of the values */
export function exponential(mean: number): (value: number) => number {
  return (value) => 1 - Math.exp(-value / mean)
}
