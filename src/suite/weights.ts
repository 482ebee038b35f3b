/** Weights of a mix. */

/** The greatest number that divides all of some positive integers. */
export function commonDivisor(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => {
    while (b !== 0) [a, b] = [b, a % b]
    return a
  }, 0)
}
