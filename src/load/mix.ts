/**
 * In what order the parts of a mix come: a sequence that repeats after the sum of the weights, what they have in common
 * divided out. After any number of its turns each part has come as often as its weight asks for, less than one more or
 * less: with k parts the difference is at most 1 - 1/(2k - 2) (Tijdeman, "The chairman assignment problem", Discrete
 * Mathematics 32, 1980, whose rule this is: of the parts that have fallen behind far enough, the one comes that would
 * first be too late).
 */

import { commonDivisor } from '../suite/weights.ts'

export interface MixSequence {
  /** Number of turns after which it repeats. */
  readonly length: number
  /** Which part's turn each is. */
  readonly parts: Uint16Array
  /**
   * Turns at which one may begin in place of the first, ascending: from them on, too, no part ever comes one more or
   * one less than its weight asks for.
   */
  readonly starts: Uint16Array
}

/** @param weights positive integers, whose sum is bounded by `LIMITS.mixWeight` once common factors are divided out */
export function mixSequence(weights: readonly number[]): MixSequence {
  const divisor = commonDivisor(weights)
  const shares = weights.map((weight) => weight / divisor)
  const length = shares.reduce((sum, share) => sum + share, 0)
  const parts = new Uint16Array(length)
  /** By how much each part is behind, in parts of `length`. */
  const behind = new Float64Array(shares.length)
  const least = new Float64Array(shares.length)
  const most = new Float64Array(shares.length)
  for (let turn = 0; turn < length; turn++) {
    for (const [part, share] of shares.entries()) behind[part]! += share
    const next = mostUrgent(behind, shares, length)
    behind[next]! -= length
    parts[turn] = next
    for (let part = 0; part < shares.length; part++) {
      least[part] = Math.min(least[part]!, behind[part]!)
      most[part] = Math.max(most[part]!, behind[part]!)
    }
  }
  return { length, parts, starts: goodStarts(parts, shares, least, most) }
}

/** All in parts of `length`, times `slack`, so that everything is an integer. */
function mostUrgent(behind: Float64Array, shares: readonly number[], length: number): number {
  const slack = 2 * shares.length - 2
  if (slack === 0) return 0
  let urgent = -1
  let deadline = Number.POSITIVE_INFINITY
  for (const [part, share] of shares.entries()) {
    const due = slack * behind[part]!
    if (due < length) continue
    const at = (length * (slack - 1) - due) / share
    if (at >= deadline) continue
    deadline = at
    urgent = part
  }
  return urgent
}

/** From a turn on, a part is behind by the difference to how far behind it was there: that must stay below one. */
function goodStarts(
  parts: Uint16Array,
  shares: readonly number[],
  least: Float64Array,
  most: Float64Array,
): Uint16Array {
  const { length } = parts
  const behind = new Float64Array(shares.length)
  const starts: number[] = []
  for (let turn = 0; turn < length; turn++) {
    if (behind.every((now, part) => most[part]! - now < length && now - least[part]! < length)) starts.push(turn)
    for (const [part, share] of shares.entries()) behind[part]! += share
    behind[parts[turn]!]! -= length
  }
  return Uint16Array.from(starts)
}

/** The golden ratio less one: its multiples, wrapped, are spread evenly, however many are taken. */
const GOLDEN = (Math.sqrt(5) - 1) / 2

/**
 * The turn a node begins at, so that the nodes of a mesh are not all at the same turn at the same time: numbers that
 * follow each other are given turns far from each other, and all turns before any comes again.
 *
 * @param first number of the node's first arrival or user
 */
export function firstTurn({ starts }: MixSequence, first: number): number {
  const own = ((first % starts.length) * GOLDEN) % 1
  let place = 0
  for (let other = 0; other < starts.length; other++) if ((other * GOLDEN) % 1 < own) place++
  return starts[place]!
}
