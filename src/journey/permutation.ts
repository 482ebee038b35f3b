/**
 * Pseudo-random permutations that need no memory: a Feistel network over the smallest even number of bits that holds the
 * size, walked along its cycle until it comes back within the size (J. Black, P. Rogaway, "Ciphers with arbitrary finite
 * domains", CT-RSA 2002: cycle-walking). Not for security.
 */

import { mix32 } from '../base/random.ts'

const ROUNDS = 6

/**
 * Where a permutation of 0 … size - 1 puts an index. The domain is less than four times the size, so that the walk takes
 * less than four steps on average.
 *
 * @param index a whole number from 0 to size - 1
 * @param size at most 2^32
 * @param seed any 32-bit integer; each gives another permutation
 */
export function permuted(index: number, size: number, seed: number): number {
  if (size < 2) return 0
  const half = Math.ceil(Math.log2(size) / 2)
  const mask = 2 ** half - 1
  let value = index
  do {
    let left = Math.floor(value / (mask + 1))
    let right = value % (mask + 1)
    for (let round = 0; round < ROUNDS; round++) {
      const mixed = mix32(mix32(right ^ seed) + Math.imul(round + 1, 0x9e3779b9) + seed)
      const next = (left ^ mixed) & mask
      left = right
      right = next
    }
    value = left * (mask + 1) + right
  } while (value >= size)
  return value
}
