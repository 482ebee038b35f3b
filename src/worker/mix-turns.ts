/**
 * Which part of a mix comes next, for the threads of a node together: each scenario's turn is in memory that they share,
 * so that the proportions hold for all that the node has begun, whichever thread, user or slot an iteration falls to,
 * whatever is dropped, and across moves of shares. Were the part chosen by the number of the arrival, the n-th arrivals
 * that a node is dealt could be those of one part only.
 *
 * Two cells a scenario: for the measured part, which is to be exact by itself, and for the warm-up.
 */

import { firstTurn, type MixSequence, mixSequence } from '../load/mix.ts'
import type { Branch } from '../suite/journey-spec.ts'

const NOT_BEGUN = -1

export class MixTurns {
  readonly #cells: Int32Array
  readonly #scenario: number
  readonly #sequence: MixSequence

  /** @param memory what {@link MixTurns.create} gave */
  constructor(memory: SharedArrayBuffer, scenario: number, branches: readonly Branch[]) {
    this.#cells = new Int32Array(memory)
    this.#scenario = scenario
    this.#sequence = mixSequence(branches.map(({ weight }) => weight))
  }

  /** Memory for the scenarios of a run on one node. */
  static create(scenarios: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(2 * scenarios * Int32Array.BYTES_PER_ELEMENT)
    new Int32Array(memory).fill(NOT_BEGUN)
    return memory
  }

  /** The branch that is taken now. @param number of the arrival or user, by which the node's first turn is chosen */
  next(warmup: boolean, number: number): number {
    const { parts, length } = this.#sequence
    const cell = 2 * this.#scenario + (warmup ? 1 : 0)
    for (;;) {
      const seen = Atomics.load(this.#cells, cell)
      const turn = seen === NOT_BEGUN ? firstTurn(this.#sequence, number) : seen
      const then = turn + 1 === length ? 0 : turn + 1
      if (Atomics.compareExchange(this.#cells, cell, seen, then) === seen) return parts[turn]!
    }
  }
}
