/** Quantiles of what was measured one by one. */

/**
 * The value below or at which a part of all values lies: the smallest of them for which that holds (nearest rank), which
 * is what a histogram's percentiles mean, too.
 *
 * @param sorted ascending
 * @returns NaN of nothing
 */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const rank = Math.ceil(part * sorted.length)
  return sorted[Math.max(0, rank - 1)] ?? Number.NaN
}

/** Between each value and the next. */
export function gaps(ascending: Float64Array): Float64Array {
  return ascending.subarray(1).map((value, i) => value - ascending[i]!)
}

/** How long the answers took that were given, ascending. */
export function delays(log: { readonly arrivals: Float64Array; readonly answers: Float64Array }): Float64Array {
  return log.answers
    .map((answer, i) => (answer === 0 ? -1 : answer - log.arrivals[i]!))
    .filter((delay) => delay >= 0)
    .sort()
}
