/** For directed cases: a mesh that has formed, under watch, and what one asks of it. */

import assert from 'node:assert/strict'
import { reachable } from '../../src/membership/view.ts'
import { isEnded, slotsOf } from '../../src/run/share-table.ts'
import { Checkers } from './checkers.ts'
import { runIdOf } from './plan.ts'
import type { SimNode } from './sim-node.ts'
import { World, type WorldOptions } from './world.ts'

export const RUN_ID = runIdOf(1)
export const LOAD = { rate: 100, durationMs: 10_000 }

export class Scene {
  readonly world: World
  readonly checkers: Checkers

  /** An empty world. */
  constructor(seed: number, options: Partial<WorldOptions> = {}) {
    this.world = new World({ seed, trace: true, ...options })
    this.checkers = new Checkers(this.world)
  }

  /** A mesh of `size` nodes with one coordinator. Clocks differ as much as is allowed for. */
  static formed(size: number, seed: number, options: Partial<WorldOptions> = {}): Scene {
    const scene = new Scene(seed, options)
    const random = scene.world.randomOf('hosts')
    for (let i = 0; i < size; i++) {
      scene.world.addNode({ driftPpm: 2000 * (random() - 0.5), offsetMs: 1e9 * random() })
    }
    scene.expect(() => scene.isFormed(), 5000, 'one coordinator')
    return scene
  }

  /** The same, with a run that is going on. */
  static running(size: number, seed: number, load = LOAD, options: Partial<WorldOptions> = {}): Scene {
    const scene = Scene.formed(size, seed, options)
    scene.world.submit(scene.world.nodes[0]!, RUN_ID, load)
    scene.expect(() => scene.isRunning(), 5000, 'the run starts')
    scene.world.advance(1000)
    return scene
  }

  /** Has every main thread stand still now and then from now on, as event loops do, for up to `mostMs` at a time. */
  stutter(mostMs: number): void {
    const { world } = this
    const random = world.randomOf('stutter')
    const again = () => {
      for (const node of world.survivors()) if (random() < 0.3) node.block('main', mostMs * random())
      world.queue.schedule(100, again)
    }
    again()
  }

  expect(condition: () => boolean, withinMs: number, what: string): void {
    assert.ok(this.world.advanceUntil(condition, withinMs), `${what}\n${this.world.trace.slice(-40).join('\n')}`)
  }

  isFormed(): boolean {
    const terms = this.world.survivors().map(({ state }) => state.election)
    const coordinators = new Set(
      terms.map(({ following, term }) => (following && !term.solo ? term.coordinator : null)),
    )
    return coordinators.size === 1 && (!coordinators.has(null) || terms.length === 1)
  }

  /** Everybody has met everybody. */
  isAcquainted(): boolean {
    const nodes = this.world.survivors()
    return nodes.every(({ state }) => reachable(state.view).length === nodes.length - 1)
  }

  isRunning(): boolean {
    return this.world.survivors().some((node) => node.state.runs.get(RUN_ID)?.table?.phase === 'running')
  }

  isOver(): boolean {
    return this.world.survivors().every((node) => {
      const run = node.state.runs.get(RUN_ID)
      return run?.table != null && isEnded(run.table.phase) && run.settled
    })
  }

  get coordinator(): SimNode {
    const reigning = this.world.survivors().find(({ state }) => state.reign !== null && !state.election.term.solo)
    assert.ok(reigning, 'somebody coordinates')
    return reigning
  }

  /** Somebody who does not. */
  get follower(): SimNode {
    const { coordinator } = this
    return this.world.survivors().find((node) => node !== coordinator)!
  }

  /** Slots a node holds by its own newest table. */
  slotsOf(node: SimNode): number {
    const table = node.state.runs.get(RUN_ID)?.table
    return table == null ? 0 : slotsOf(table, node.bootId).length
  }

  /** How many arrivals a node fired between two true times. */
  firedBy(node: SimNode, from = 0, to = Number.POSITIVE_INFINITY): number {
    const shots = [...this.checkers.firing.shotsOf(RUN_ID).values()]
    return shots.filter((shot) => shot.node === node && shot.at >= from && shot.at < to).length
  }

  /** Waits for the end, and judges the whole. */
  finish(withinMs = 60_000, nothingMissed = false): void {
    this.expect(() => this.isOver() && this.checkers.end.isUnited(), withinMs, 'the run ends')
    this.world.advance(1000)
    this.checkers.end.judge(nothingMissed)
  }
}

/** Every host's index but the given ones'. */
export function others(world: World, nodes: readonly SimNode[]): number[] {
  return world.hosts.map((_, host) => host).filter((host) => !nodes.some((node) => node.host === host))
}
