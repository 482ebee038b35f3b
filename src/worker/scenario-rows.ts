/**
 * The rows of data that the iterations of one scenario take on one thread.
 *
 * - Rows that are split, at a rate: by the arrival's number in the whole mesh, whoever fires it. Nobody is asked.
 * - Users take theirs from those that their node has to itself, and all of them where each node has a copy, one after the
 *   other, whichever thread they are on: the node's count is in memory that its threads share. So are copies at a rate.
 * - An iteration that is run because others use what it stores takes the next row of the node's users; at a rate, the row of
 *   an arrival beyond all that are planned, of those that fall to the node's slots: so no other node has it either.
 */

import { LIMITS } from '../base/limits.ts'
import { deriveSeed, hash32 } from '../base/random.ts'
import { DataTable } from '../journey/data-table.ts'
import { type ChosenRows, NodeRows, rowOfNumber } from '../journey/row-choice.ts'
import type { DataUse } from '../suite/data-spec.ts'
import { rowsOfUse } from '../suite/data-spec.ts'
import type { Scenario } from '../suite/spec.ts'
import type { PreparedRun } from './messages.ts'
import { PRODUCER } from './producers.ts'

/** Which iteration it is: the number of an arrival and no user (-1), or a user and the number of its iteration. */
export interface IterationOf {
  readonly index: number
  readonly user: number
}

/** The values that a source of data has for iterations, by column. */
export interface RowSource {
  readonly name: string
  /** Stays the same for an iteration, however often it is asked for. Undefined for a column that there is not. */
  get(column: string, iteration: IterationOf): string | undefined
}

/** Keeps the seeds of sources apart from those of scenarios. */
const SEED_OFFSET = 100_000

interface OpenedUse {
  readonly table: DataTable
  readonly columns: ReadonlyMap<string, number>
  readonly chosen: ChosenRows
  readonly isSplit: boolean
  readonly ends: boolean
  /** What the node's users have of a source that is split; null before the start. */
  own: NodeRows | null
}

export interface ScenarioRowsOptions {
  readonly run: PreparedRun
  readonly scenario: Scenario
  /** Index of the scenario. */
  readonly index: number
  /** What {@link ScenarioRows.memory} gave: the same for all threads of the node. */
  readonly memory: SharedArrayBuffer
  /** Number of an arrival without gaps; see `ArrivalPlan`. */
  readonly rank: (index: number) => number
}

export class ScenarioRows {
  readonly sources: readonly RowSource[]
  readonly #uses: readonly OpenedUse[]
  readonly #counts: Uint32Array
  readonly #cell: number
  /** Where the node's threads count the iterations that are run for others. */
  readonly #producedCell: number
  readonly #slotCount: number
  readonly #rank: (index: number) => number
  readonly #bootId: string
  /** What the node held at the start of the run. */
  #slots: readonly number[] = []
  /** Number of the iteration that is run for others now; null where none is. */
  #produced: number | null = null
  /** Numbers that users' iterations have taken, by user. */
  readonly #taken = new Map<number, number>()
  /** The same of arrivals, where each node counts its own; the object is used for one iteration after the other. */
  readonly #counted = new WeakMap<IterationOf, { index: number; number: number }>()

  constructor({ run, scenario, index, memory, rank }: ScenarioRowsOptions) {
    const uses = scenario.data ?? []
    this.#uses = uses.map((use) => openUse(use, run))
    this.#counts = new Uint32Array(memory)
    this.#cell = index
    this.#producedCell = this.#counts.length / 2 + index
    this.#bootId = run.bootId
    this.#slotCount = run.slotCount
    this.#rank = rank
    this.sources = uses.map(({ source }, at) => {
      const { name } = run.suite.data![source]!
      const use = this.#uses[at]!
      return { name, get: (column, iteration) => this.#get(use, column, iteration) }
    })
  }

  /** Memory for the scenarios of a run on one node. */
  static memory(scenarios: number): SharedArrayBuffer {
    return new SharedArrayBuffer(2 * scenarios * Uint32Array.BYTES_PER_ELEMENT)
  }

  /** @param slots that the node held at the start of the run: they say which rows are its users' */
  start(slots: readonly number[]): void {
    this.#slots = [...slots].sort((a, b) => a - b)
    for (const use of this.#uses) if (use.isSplit) use.own ??= new NodeRows(use.chosen, slots, this.#slotCount)
  }

  /** A user begins an iteration. False when there is no row left for it: then the user is done. */
  take(user: number): boolean {
    if (this.#uses.length === 0) return true
    const number = Atomics.add(this.#counts, this.#cell, 1)
    if (this.#uses.some((use) => isUsedUp(use, number))) {
      // Not to count round and round, should many more users ask.
      Atomics.sub(this.#counts, this.#cell, 1)
      this.#taken.delete(user)
      return false
    }
    this.#taken.set(user, number)
    return true
  }

  /**
   * An iteration is run because others use what it stores: as iteration 0, until {@link produced}. False when there is no row
   * left for it.
   *
   * @param planned how many arrivals the scenario has in the whole mesh; null for users
   */
  produce(planned: number | null): boolean {
    if (this.#uses.length === 0) return true
    if (planned === null) {
      if (!this.take(PRODUCER)) return false
      this.#produced = this.#taken.get(PRODUCER)!
      return true
    }
    const beyond = this.#beyond(Atomics.add(this.#counts, this.#producedCell, 1))
    if (this.#uses.some(({ isSplit, ends, chosen }) => isSplit && ends && planned + beyond >= chosen.rows)) return false
    this.#produced = planned + beyond
    return true
  }

  produced(): void {
    this.#produced = null
  }

  /** A number that no other node has, from one that no other thread of this node has. */
  #beyond(count: number): number {
    const { length } = this.#slots
    if (length > 0) return Math.floor(count / length) * this.#slotCount + this.#slots[count % length]!
    // It came to the run later, so that nothing is its own: some row, far from those of all others.
    return LIMITS.rate * this.#slotCount + (hash32(this.#bootId) >>> 0) + count
  }

  #get(use: OpenedUse, column: string, iteration: IterationOf): string | undefined {
    const at = use.columns.get(column)
    const row = at === undefined ? undefined : this.#rowOf(use, iteration)
    return row === undefined ? undefined : use.table.cell(row, at!)
  }

  #rowOf({ chosen, isSplit, own }: OpenedUse, iteration: IterationOf): number | undefined {
    const { index, user } = iteration
    // It stands in for the first arrival, or the first user, whose own first iteration is over by then.
    const produced = index === 0 && user <= 0 ? this.#produced : null
    if (user < 0) {
      if (!isSplit && chosen.order !== 'random') return rowOfNumber(chosen, this.#count(iteration))
      return rowOfNumber(chosen, produced ?? this.#rank(index))
    }
    const number = produced ?? this.#taken.get(user)
    if (number === undefined) return undefined
    return isSplit ? own?.rowOf(number) : rowOfNumber(chosen, number)
  }

  /** The number of an arrival among those that this node has fired. */
  #count(iteration: IterationOf): number {
    const { index } = iteration
    const known = this.#counted.get(iteration)
    if (known?.index === index) return known.number
    const number = Atomics.add(this.#counts, this.#cell, 1)
    this.#counted.set(iteration, { index, number })
    return number
  }
}

function isUsedUp({ ends, isSplit, own, chosen }: OpenedUse, number: number): boolean {
  const count = isSplit ? (own?.count ?? 0) : chosen.rows
  return count === 0 || (ends && number >= count)
}

function openUse(use: DataUse, { suite, seed, bootId, data }: PreparedRun): OpenedUse {
  const source = suite.data![use.source]!
  const table = new DataTable(data![use.source]!)
  const isSplit = source.share === 'split'
  const shared = deriveSeed(seed, SEED_OFFSET + use.source)
  return {
    table,
    columns: new Map(table.columns.map((name, at) => [name, at])),
    chosen: {
      order: source.order,
      // Copies are gone through in another order on each node.
      seed: isSplit ? shared : shared ^ hash32(bootId),
      rows: rowsOfUse(source, use),
      part: use.part,
      parts: use.parts,
    },
    isSplit,
    ends: source.onEnd === 'stop',
    own: null,
  }
}
