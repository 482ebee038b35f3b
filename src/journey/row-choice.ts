/**
 * Which row an iteration takes: a pure function of its number, so that nobody has to be asked. Numbers are unique in the
 * whole mesh where arrivals have a rate (`ArrivalPlan.rank`); users, whose iterations nobody can number ahead, take the
 * rows of their node one after the other (`NodeRows`).
 */

import { deriveSeed, mix32 } from '../base/random.ts'
import type { DataOrder } from '../suite/data-spec.ts'
import { permuted } from './permutation.ts'

/** The rows of a source that are a scenario's: r with r mod `parts` = `part`. */
export interface ChosenRows {
  readonly order: DataOrder
  /** Any 32-bit integer, of the run and the source; the same on every node where rows are split. */
  readonly seed: number
  /** How many rows are the scenario's; at least 1. */
  readonly rows: number
  readonly part: number
  readonly parts: number
}

/**
 * The row for the iteration of a number: each row once in every `rows` numbers that follow each other from a multiple of
 * it on, unless the order is random.
 *
 * @param number from 0; below 2^53
 */
export function rowOfNumber({ order, seed, rows, part, parts }: ChosenRows, number: number): number {
  return ordered(order, seed, rows, number) * parts + part
}

function ordered(order: DataOrder, seed: number, rows: number, number: number): number {
  if (order === 'random') return drawn(number, rows, seed)
  const within = number % rows
  if (order === 'sequential') return within
  return permuted(within, rows, deriveSeed(seed, Math.floor(number / rows)))
}

/** A whole number below `size`, of 53 random bits. */
function drawn(number: number, size: number, seed: number): number {
  const low = mix32(mix32((number >>> 0) ^ seed) + Math.floor(number / 2 ** 32))
  const high = mix32(low ^ 0x9e3779b9 ^ seed)
  return Math.floor(((low * 2 ** 21 + (high >>> 11)) / 2 ** 53) * size)
}

/**
 * The rows that one node's users have to themselves: those whose number falls to a slot that the node held at the start,
 * for good, wherever the slots are later. So no row is ever used by two nodes, whatever becomes of them: the rows of a
 * node that is lost are used by nobody any more, as nobody knows which it has used.
 */
export class NodeRows {
  readonly #chosen: ChosenRows
  readonly #slots: readonly number[]
  readonly #slotCount: number
  /** How many rows they are. */
  readonly count: number

  /** @param slots that the node held at the start */
  constructor(chosen: ChosenRows, slots: readonly number[], slotCount: number) {
    this.#chosen = chosen
    this.#slots = [...slots].sort((a, b) => a - b)
    this.#slotCount = slotCount
    const { rows } = chosen
    const rest = rows % slotCount
    const inRest = this.#slots.filter((slot) => slot < rest).length
    this.count = Math.floor(rows / slotCount) * this.#slots.length + inRest
  }

  /** The row for the node's iteration of a number, from 0: each of its rows once in every `count`. Only with rows. */
  rowOf(number: number): number {
    const { order, seed, part, parts } = this.#chosen
    const at = ordered(order, seed, this.count, number)
    const slots = this.#slots
    const round = Math.floor(at / slots.length)
    return (round * this.#slotCount + slots[at % slots.length]!) * parts + part
  }
}
