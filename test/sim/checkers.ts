/** What must hold in every history: told of every turn and every shot, they throw at the one that breaks a rule. */

import type { Effect, Input } from '../../src/coordination/io.ts'
import type { CoreState } from '../../src/coordination/state.ts'
import type { ChoreName } from '../../src/run/share-table.ts'
import { ChoreChecker } from './check-chores.ts'
import { EndChecker } from './check-end.ts'
import { FiringChecker } from './check-firing.ts'
import { ReignChecker } from './check-reigns.ts'
import { RowChecker } from './check-rows.ts'
import { RunChecker } from './check-runs.ts'
import { TableChecker } from './check-tables.ts'
import type { SimNode } from './sim-node.ts'
import { type Fail, Violation } from './violation.ts'
import type { Watcher, World } from './world.ts'

/** How often a mesh is looked at as a whole, in milliseconds. */
const LOOK_MS = 500

export class Checkers implements Watcher {
  readonly firing: FiringChecker
  readonly end: EndChecker
  readonly chores: ChoreChecker
  readonly fail: Fail
  readonly #reigns: ReignChecker
  readonly #tables: TableChecker
  readonly #runs: RunChecker
  readonly #rows: RowChecker

  constructor(world: World) {
    this.fail = (rule, message) => {
      throw new Violation(rule, world.seed, world.now, message)
    }
    this.#reigns = new ReignChecker(world, this.fail)
    this.#tables = new TableChecker(world, this.fail)
    this.#runs = new RunChecker(world, this.fail)
    this.#rows = new RowChecker(this.fail)
    this.firing = new FiringChecker(world, this.fail)
    this.chores = new ChoreChecker(world, this.fail)
    this.end = new EndChecker(world, this.fail, this.#runs, this.firing, this.chores)
    world.watcher = this
    const look = () => {
      this.#reigns.look()
      world.queue.schedule(LOOK_MS, look)
    }
    world.queue.schedule(LOOK_MS, look)
  }

  stepped(node: SimNode, before: CoreState, input: Input, effects: readonly Effect[]): void {
    this.#reigns.stepped(node, before, input, effects)
    if (effects.length === 0) return
    this.#tables.stepped(node, before, input, effects)
    this.#runs.stepped(node, effects)
    this.chores.stepped(node, effects)
  }

  fired(node: SimNode, runId: string, index: number, at: number): void {
    this.firing.fired(node, runId, index, at)
    this.#rows.fired(node, runId)
    this.chores.fired(node, runId, index)
  }

  began(node: SimNode, runId: string, name: ChoreName): void {
    this.chores.began(node, runId, name)
  }

  held(node: SimNode, runId: string): void {
    this.firing.held(node, runId)
  }

  contradicted(node: SimNode, runId: string, bootId: string, sequence: number): void {
    this.#runs.contradicted(node, runId, bootId, sequence)
  }
}
