/** Invariant 6 as it happens: what "accepted" promises, what "settled" promises, and windows that are what they are. */

import type { Effect } from '../../src/coordination/io.ts'
import { coordinatorOf } from '../../src/coordination/state.ts'
import { DEFAULT_TIMING } from '../../src/coordination/timing.ts'
import { reachable } from '../../src/membership/view.ts'
import { isEnded, type ShareTable } from '../../src/run/share-table.ts'
import type { SimNode } from './sim-node.ts'
import { type Fail, RULES } from './violation.ts'
import { WITHSTANDS } from './withstands.ts'
import type { World } from './world.ts'

export class RunChecker {
  readonly #world: World
  readonly #fail: Fail
  /** Nodes that ever stored a run. */
  readonly #stored = new Map<string, Set<string>>()
  /** When a node learned of a run's end, by its own clock. */
  readonly #endedAt = new Map<string, number>()
  /** Nodes and runs whose report settled incomplete while something was wrong with the mesh. */
  readonly gaveUp = new Set<string>()
  /** Runs that were answered as safe. */
  readonly promised = new Set<string>()

  constructor(world: World, fail: Fail) {
    this.#world = world
    this.#fail = fail
  }

  stepped(node: SimNode, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'store-run') this.#store(node, effect.record.runId)
      else if (effect.kind === 'store-table') this.#noteEnd(node, effect.table)
      else if (effect.kind === 'accepted' && effect.replicated) this.#isHeldAsPromised(node, effect.runId)
      else if (effect.kind === 'settled') this.#isSettled(node, effect.runId)
    }
  }

  #store(node: SimNode, runId: string): void {
    const stored = this.#stored.get(runId) ?? new Set()
    this.#stored.set(runId, stored.add(node.bootId))
  }

  #noteEnd(node: SimNode, table: ShareTable): void {
    if (isEnded(table.phase)) this.#endedAt.set(`${node.bootId}/${table.runId}`, node.local(this.#world.now))
  }

  /** Held by the coordinator, and by one more node where there is one. */
  #isHeldAsPromised(node: SimNode, runId: string): void {
    this.promised.add(runId)
    const stored = this.#stored.get(runId) ?? new Set()
    const coordinator = coordinatorOf(node.state)
    const alone = reachable(node.state.view).length === 0
    // A node that started again has it from its former life.
    const isOnDisk = this.#world.byBootId.get(coordinator ?? '')?.disk.records.has(runId) === true
    if (coordinator === null || !(stored.has(coordinator) || isOnDisk) || (stored.size < 2 && !alone)) {
      const who = [...stored].join(', ')
      this.#fail(RULES.neverLost, `${node.bootId} answers that ${runId} is safe, held by ${who || 'nobody'}`)
    }
  }

  /** Everything the finals name is on this node's disk, or was asked for until nobody had it for long enough. */
  #isSettled(node: SimNode, runId: string): void {
    const table = node.state.runs.get(runId)?.table
    if (table == null || !isEnded(table.phase)) this.#fail(RULES.windowsOnce, `${node.bootId} settles ${runId} early`)
    const missing = missingWindows(node, table)
    const endedAt = this.#endedAt.get(`${node.bootId}/${runId}`) ?? Number.NEGATIVE_INFINITY
    const since = WITHSTANDS.lateVerdicts || node.boot === 1 ? endedAt : node.local(node.bootedAt)
    const waited = node.local(this.#world.now) - since
    if (missing.length === 0) return
    if (this.#world.disturbances > 0 || this.#world.now - this.#world.disturbedAt < waited) {
      this.gaveUp.add(`${node.bootId}/${runId}`)
    }
    if (waited >= DEFAULT_TIMING.settleMs) return
    this.#fail(RULES.windowsOnce, `${node.bootId} settles ${runId} without windows ${missing.slice(0, 5).join(', ')}`)
  }

  contradicted(node: SimNode, runId: string, bootId: string, sequence: number): void {
    this.#fail(RULES.windowsOnce, `${runId}: ${node.bootId} is given two windows ${bootId}/${sequence}`)
  }
}

/** Windows that a table's finals name and a node does not hold. */
export function missingWindows(node: SimNode, table: ShareTable): string[] {
  return table.members.flatMap(({ bootId, final }) => {
    const missing: string[] = []
    if (final === null) return missing
    for (let sequence = final.firstSequence; sequence <= final.lastSequence; sequence++) {
      if (node.disk.window(table.runId, bootId, sequence) === undefined) missing.push(`${bootId}/${sequence}`)
    }
    return missing
  })
}
