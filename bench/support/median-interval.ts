/** How far a median can be trusted. */

/**
 * Bounds that hold the true median with a probability of at least 95 %, whatever the distribution: the k-th smallest and
 * the k-th largest value, with the greatest k for which 2·P(B < k) ≤ 5 %, B binomial (n, ½). Of fewer than six values not
 * even the least and the greatest hold it so surely; they are given all the same.
 */
export function medianInterval(values: readonly number[]): { readonly low: number; readonly high: number } {
  const sorted = values.slice().sort((a, b) => a - b)
  const n = sorted.length
  let below = 0.5 ** n
  let k = 1
  // `below` is P(B < k); what is added is P(B = k).
  for (let next = below * n; k < n / 2 && 2 * (below + next) <= 0.05; k++) {
    below += next
    next *= (n - k) / (k + 1)
  }
  return { low: sorted[k - 1] ?? Number.NaN, high: sorted[n - k] ?? Number.NaN }
}
