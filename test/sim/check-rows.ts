/**
 * Users split the rows of data by the slots that their nodes held at the start (`src/journey/row-choice.ts`): no two
 * nodes that fire may have held the same one then, and nobody may fire who has come since.
 */

import { memberOf } from '../../src/run/share-table.ts'
import type { SimNode } from './sim-node.ts'
import { type Fail, RULES } from './violation.ts'

export class RowChecker {
  readonly #fail: Fail
  /** By run: whose rows those of a slot are. */
  readonly #owners = new Map<string, Map<number, string>>()
  /** Nodes that have fired, by run. */
  readonly #firers = new Map<string, Set<string>>()

  constructor(fail: Fail) {
    this.#fail = fail
  }

  fired(node: SimNode, runId: string): void {
    if (node.state.runs.get(runId)?.facts.userRows === undefined) return
    const firers = this.#firers.get(runId) ?? new Set()
    this.#firers.set(runId, firers)
    if (firers.has(node.bootId)) return
    firers.add(node.bootId)
    const owners = this.#owners.get(runId) ?? new Map<number, string>()
    this.#owners.set(runId, owners)
    const own = node.threads.ownSlots.get(runId) ?? []
    const { table } = node.state.runs.get(runId)!
    if (table !== null && memberOf(table, node.bootId)?.firstFrom !== 0) {
      this.#fail(RULES.rowsOnce, `${runId}: ${node.bootId} fires, and was not there at the start`)
    }
    for (const slot of own) {
      const other = owners.get(slot)
      if (other !== undefined) this.#fail(RULES.rowsOnce, `${runId}: slot ${slot} is of ${other} and ${node.bootId}`)
      owners.set(slot, node.bootId)
    }
  }
}
