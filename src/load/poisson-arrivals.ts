/**
 * Poisson arrivals of a profile's rate. A unit-rate Poisson process on the axis of expected arrivals becomes, through
 * Λ⁻¹, a process of the profile's rate in time (time change; Çinlar, "Introduction to Stochastic Processes", 1975,
 * ch. 4.7). The axis is cut into blocks of 256 expected arrivals, each drawn from the seed and its own number: any
 * node can begin at any block and finds what the others find.
 *
 * Point j of block b belongs to slot (j + a random offset of the block) mod slotCount and has index 512 b + j.
 */

import { type ArrivalCursor, type ArrivalPlan, type HeldSlot, sortedSlots } from './arrival-plan.ts'
import { BLOCK_CAPACITY, BLOCK_MEAN, drawPoissonBlock, type PoissonBlock, poissonBlockSize } from './poisson-block.ts'
import type { Profile } from './profile.ts'

/** Blocks whose sizes are added up once and remembered. */
const CHUNK = 1024

/** The plan of a profile's Poisson arrivals. */
export function planPoissonArrivals(profile: Profile, slotCount: number, seed: number): ArrivalPlan {
  const sizes = new BlockSizes(seed)
  const ranks = new Ranks(seed)
  const scratch = { size: 0, offset: 0, points: new Float64Array(BLOCK_CAPACITY) }
  return {
    rank: (index) => ranks.of(index),
    count: (fromMs, toMs) => {
      if (!(fromMs < toMs)) return 0
      const from = rankOf(profile, seed, scratch, fromMs)
      const to = rankOf(profile, seed, scratch, toMs)
      return sizes.sum(from.block, to.block) + to.before - from.before
    },
    cursor: (held, fromMs) => {
      const slots = sortedSlots(held, slotCount).map(({ slot, from }) => ({ slot, from: Math.max(from, fromMs) }))
      return new PoissonCursor(profile, seed, slotCount, slots)
    },
  }
}

/** Number of the last block that reaches into the profile; -1 when it expects no arrivals. */
function lastBlock(profile: Profile): number {
  return Math.ceil(profile.totalArrivals / BLOCK_MEAN) - 1
}

/** A block that surely begins no later than the points planned at or after a time: rounding is allowed for. */
function blockAt(profile: Profile, ms: number): number {
  const arrivals = profile.arrivalsBefore(ms)
  const block = Math.floor((arrivals - 1e-6 - arrivals * 1e-12) / BLOCK_MEAN)
  return Math.max(0, Math.min(block, lastBlock(profile)))
}

/** Which block the first point at or after a time is in, and how many of the block's points come before it. */
function rankOf(profile: Profile, seed: number, scratch: PoissonBlock, ms: number): { block: number; before: number } {
  const last = lastBlock(profile)
  if (last < 0) return { block: 0, before: 0 }
  for (let block = blockAt(profile, ms); ; block++) {
    drawPoissonBlock(seed, block, scratch)
    let before = 0
    for (let j = 0; j < scratch.size; j++) {
      const arrivals = block * BLOCK_MEAN + scratch.points[j]!
      if (arrivals < profile.totalArrivals && profile.timeOf(arrivals) < ms) before++
    }
    if (before < scratch.size || block === last) return { block, before }
  }
}

/** Sums of block sizes; whole chunks are remembered, so that asking again costs little. */
class BlockSizes {
  readonly #seed: number
  readonly #chunks = new Map<number, number>()

  constructor(seed: number) {
    this.#seed = seed
  }

  /** Points in the blocks `from` … `to` - 1. */
  sum(from: number, to: number): number {
    let sum = 0
    let block = from
    while (block < to) {
      if (block % CHUNK === 0 && block + CHUNK <= to) {
        sum += this.#chunk(block / CHUNK)
        block += CHUNK
      } else {
        sum += poissonBlockSize(this.#seed, block)
        block++
      }
    }
    return sum
  }

  #chunk(chunk: number): number {
    let sum = this.#chunks.get(chunk)
    if (sum === undefined) {
      sum = 0
      for (let i = 0; i < CHUNK; i++) sum += poissonBlockSize(this.#seed, chunk * CHUNK + i)
      this.#chunks.set(chunk, sum)
    }
    return sum
  }
}

/** Ranks of arrivals. Those that are asked for follow each other, so each block is drawn once. */
class Ranks {
  readonly #seed: number
  #block = 0
  /** Arrivals before the block. */
  #before = 0

  constructor(seed: number) {
    this.#seed = seed
  }

  of(index: number): number {
    const block = Math.floor(index / BLOCK_CAPACITY)
    if (block < this.#block) this.#block = this.#before = 0
    for (; this.#block < block; this.#block++) this.#before += poissonBlockSize(this.#seed, this.#block)
    return this.#before + (index % BLOCK_CAPACITY)
  }
}

class PoissonCursor implements ArrivalCursor {
  at = 0
  index = -1
  slot = -1
  readonly #profile: Profile
  readonly #seed: number
  readonly #slotCount: number
  /** From when each slot is held; infinity for slots of others. */
  readonly #froms: Float64Array
  readonly #drawn: PoissonBlock = { size: 0, offset: 0, points: new Float64Array(BLOCK_CAPACITY) }
  readonly #last: number
  #block: number
  #position = 0
  #nextSlot = 0

  constructor(profile: Profile, seed: number, slotCount: number, held: readonly HeldSlot[]) {
    this.#profile = profile
    this.#seed = seed
    this.#slotCount = slotCount
    this.#froms = new Float64Array(slotCount).fill(Number.POSITIVE_INFINITY)
    for (const { slot, from } of held) this.#froms[slot] = from
    const startMs = held.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY)
    this.#last = startMs < profile.totalMs ? lastBlock(profile) : -1
    this.#block = this.#last < 0 ? 0 : blockAt(profile, startMs) - 1
  }

  next(): boolean {
    for (;;) {
      if (this.#position >= this.#drawn.size) {
        if (this.#block >= this.#last) return false
        this.#drawNext()
        continue
      }
      const j = this.#position++
      const slot = this.#nextSlot
      this.#nextSlot = slot + 1 === this.#slotCount ? 0 : slot + 1
      const from = this.#froms[slot]!
      if (from === Number.POSITIVE_INFINITY) continue
      const arrivals = this.#block * BLOCK_MEAN + this.#drawn.points[j]!
      if (arrivals >= this.#profile.totalArrivals) continue
      const at = this.#profile.timeOf(arrivals)
      if (at < from) continue
      this.at = at
      this.index = this.#block * BLOCK_CAPACITY + j
      this.slot = slot
      return true
    }
  }

  #drawNext(): void {
    this.#block++
    drawPoissonBlock(this.#seed, this.#block, this.#drawn)
    this.#position = 0
    this.#nextSlot = this.#drawn.offset % this.#slotCount
  }
}
