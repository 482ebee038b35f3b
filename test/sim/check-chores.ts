/** What one node does for all: begun at most once, the setup over before anything is fired, the teardown after all. */

import type { Effect } from '../../src/coordination/io.ts'
import { type ChoreName, isEnded, type ShareTable } from '../../src/run/share-table.ts'
import type { SimNode } from './sim-node.ts'
import { type Fail, RULES } from './violation.ts'
import type { World } from './world.ts'

const FINISHED = ['done', 'failed', 'unknown']

export class ChoreChecker {
  readonly #world: World
  readonly #fail: Fail
  /** Which boot has begun what. */
  readonly begun = new Map<string, SimNode>()

  constructor(world: World, fail: Fail) {
    this.#world = world
    this.#fail = fail
  }

  began(node: SimNode, runId: string, name: ChoreName): void {
    const key = `${runId}/${name}`
    const before = this.begun.get(key)
    if (before !== undefined) {
      this.#fail(RULES.atMostOnce, `${node.bootId} begins the ${name} of ${runId}, as ${before.bootId} has before`)
    }
    this.begun.set(key, node)
    const setup = node.state.runs.get(runId)?.table?.setup ?? null
    if (name === 'teardown' && setup !== null && !FINISHED.includes(setup.state)) {
      this.#fail(RULES.atMostOnce, `${node.bootId} begins the teardown of ${runId} while the setup goes on`)
    }
  }

  /** Whoever starts has been given what the setup found. */
  stepped(node: SimNode, effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== 'start' || node.state.runs.get(effect.runId)?.facts.setupMs === null) continue
      if (effect.setup.id !== '7')
        this.#fail(RULES.atMostOnce, `${node.bootId} starts ${effect.runId} without its setup`)
    }
  }

  fired(node: SimNode, runId: string, index: number): void {
    const what = `${runId}: ${node.bootId} fires arrival ${index}`
    const setup = node.state.runs.get(runId)?.table?.setup ?? null
    if (setup !== null && setup.state !== 'done') this.#fail(RULES.atMostOnce, `${what}, the setup is ${setup.state}`)
    if (this.begun.has(`${runId}/teardown`)) this.#fail(RULES.atMostOnce, `${what} after the teardown has begun`)
  }

  /** What is over has been set up and torn down, or says that nobody knows. */
  ended(runId: string, table: ShareTable): void {
    const facts = this.#world.survivors()[0]?.state.runs.get(runId)?.facts
    if (facts === undefined || !isEnded(table.phase)) return
    if (facts.setupMs !== null && table.startAt !== null && table.setup?.state !== 'done') {
      this.#fail(RULES.atMostOnce, `${runId} was started, and its setup is ${table.setup?.state}`)
    }
    const needed = facts.teardownMs !== null && (table.startAt !== null || table.setup !== null)
    if (needed && !FINISHED.includes(table.teardown?.state ?? '')) {
      this.#fail(RULES.atMostOnce, `${runId} has ended, and its teardown is ${table.teardown?.state}`)
    }
    for (const name of ['setup', 'teardown'] as const) {
      const state = table[name]?.state
      if ((state === 'done' || state === 'failed') && !this.begun.has(`${runId}/${name}`)) {
        this.#fail(RULES.atMostOnce, `${runId} tells of a ${name} that was ${state}, and nobody began it`)
      }
    }
  }
}
