/**
 * One block of a unit-rate Poisson process: a Poisson number of points (mean 256), uniform in the block, sorted. Made
 * from additions, multiplications and comparisons only, so that every machine draws the same.
 *
 * All blocks read one pseudo-random sequence, each its own stretch of 1024 numbers, found by jumping: the generator's
 * state is a counter that advances by a constant. After 2^22 blocks (10^9 arrivals) the counter would come round, so
 * then the stretch is moved to another place.
 */

import { hash32, type Random, seededRandom } from '../base/random.ts'

/** Expected points of a block. */
export const BLOCK_MEAN = 256
/** More points than a block ever has: the probability of 512 or more is below 10^-42, and cut off. */
export const BLOCK_CAPACITY = 512

/** A drawn block; reused from block to block. */
export interface PoissonBlock {
  size: number
  /** Random 32-bit integer: the slot of the first point, before it is taken modulo the number of slots. */
  offset: number
  /** The first `size` entries: positions in [0, 256), ascending. */
  readonly points: Float64Array
}

const NUMBERS_PER_BLOCK = 1024
const BLOCKS_PER_TURN = 2 ** 32 / NUMBERS_PER_BLOCK
/** What the state of {@link seededRandom} advances by with each number. */
const STATE_STEP = 0x9e3779b9
/** e^-256, written out because `Math.exp` may differ between engines in the last digit. */
const EXP_MINUS_256 = 6.616261056709485e-112

/** Probability of at most k points, by p(k + 1) = p(k) · 256 / (k + 1). */
const AT_MOST = cumulativePoisson()

function cumulativePoisson(): Float64Array {
  const atMost = new Float64Array(BLOCK_CAPACITY)
  let probability = EXP_MINUS_256
  let sum = 0
  for (let k = 0; k < BLOCK_CAPACITY; k++) {
    sum += probability
    atMost[k] = sum
    probability = (probability * BLOCK_MEAN) / (k + 1)
  }
  atMost[BLOCK_CAPACITY - 1] = 1
  return atMost
}

/** Number of points of a block. */
export function poissonBlockSize(seed: number, block: number): number {
  return drawSize(randomOf(seed, block))
}

/** Draws a block into `into`. */
export function drawPoissonBlock(seed: number, block: number, into: PoissonBlock): void {
  const random = randomOf(seed, block)
  const size = drawSize(random)
  into.size = size
  into.offset = Math.floor(random() * 4294967296)
  for (let j = 0; j < size; j++) into.points[j] = random() * BLOCK_MEAN
  into.points.subarray(0, size).sort()
}

function randomOf(seed: number, block: number): Random {
  const turn = Math.floor(block / BLOCKS_PER_TURN)
  const stretch = (block % BLOCKS_PER_TURN) * NUMBERS_PER_BLOCK
  return seededRandom((hash32(`arrivals ${seed} ${turn}`) + Math.imul(stretch, STATE_STEP)) | 0)
}

/** Inversion: the least k with P(at most k) > u, for u with 53 random bits. */
function drawSize(random: Random): number {
  const high = Math.floor(random() * 0x200000)
  const u = (high * 4294967296 + random() * 4294967296) / 2 ** 53
  let low = 0
  let top = BLOCK_CAPACITY - 1
  while (low < top) {
    const middle = (low + top) >>> 1
    if (AT_MOST[middle]! > u) top = middle
    else low = middle + 1
  }
  return low
}
