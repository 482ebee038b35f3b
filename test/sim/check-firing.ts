/** Invariants 1 and 2 in what is fired: nothing twice, by two, early, too late, or beyond the plan; and no long gap. */

import { DEFAULT_TIMING } from '../../src/coordination/timing.ts'
import { compareVersions } from '../../src/membership/term.ts'
import type { ShareTable } from '../../src/run/share-table.ts'
import { planIn } from './model-load.ts'
import type { SimNode } from './sim-node.ts'
import { type Fail, RULES } from './violation.ts'
import { WITHSTANDS } from './withstands.ts'
import type { World } from './world.ts'

/** How far apart two nodes may start: more than any delay that is drawn, and any pause before the start. */
const FARTHEST_START_MS = 3000

/** A shot. */
export interface Shot {
  readonly node: SimNode
  /** True time. */
  readonly at: number
  /** Run time it was planned at, as its node knew the plan. */
  readonly planned: number
}

export class FiringChecker {
  readonly #world: World
  readonly #fail: Fail
  /** Who fired which arrival of a run, and when. */
  readonly shots = new Map<string, Map<number, Shot>>()

  constructor(world: World, fail: Fail) {
    this.#world = world
    this.#fail = fail
  }

  shotsOf(runId: string): ReadonlyMap<number, Shot> {
    return this.shots.get(runId) ?? new Map()
  }

  fired(node: SimNode, runId: string, index: number, at: number): void {
    const what = `${runId}: ${node.bootId} fires arrival ${index}, planned at ${at.toFixed(0)}`
    const world = this.#world
    const shots = this.shots.get(runId) ?? new Map<number, Shot>()
    this.shots.set(runId, shots)
    const before = shots.get(index)
    if (before !== undefined) {
      this.#fail(RULES.neverMore, `${what}, that ${before.node.bootId} fired at t=${before.at.toFixed(0)}`)
    }
    shots.set(index, { node, at: world.now, planned: at })
    if (at >= world.runs.get(runId)!.durationMs) this.#fail(RULES.neverMore, `${what}, beyond the plan`)
    this.#isInTime(node, runId, at, what)
    const slot = index % world.slotCount
    for (const other of world.nodes) {
      if (other === node || !other.alive) continue
      const worker = other.threads.workers.get(runId)
      if (worker?.isLeased(other.local(world.now)) && worker.holds(slot, at)) {
        this.#fail(RULES.neverMore, `${what}, and so may ${other.bootId}`)
      }
    }
  }

  /** A node's threads have taken on slots, or may fire again: nobody else's may fire the same from then on. */
  held(node: SimNode, runId: string): void {
    const world = this.#world
    const worker = node.threads.workers.get(runId)
    if (!worker?.isLeased(node.local(world.now))) return
    for (const other of world.nodes) {
      if (other === node || !other.alive) continue
      const rival = other.threads.workers.get(runId)
      if (!rival?.isLeased(other.local(world.now))) continue
      const slot = worker.sharedWith(rival)
      if (slot === null) continue
      this.#fail(RULES.decreaseFirst, `${runId}: ${node.bootId} and ${other.bootId} may both fire slot ${slot}`)
    }
  }

  /** Never early; and late by no more than a lease lasts, and a saturated thread takes: there is no burst afterwards. */
  #isInTime(node: SimNode, runId: string, at: number, what: string): void {
    const startAt = node.state.runs.get(runId)?.startAt
    if (startAt == null) this.#fail(RULES.neverMore, `${what}, without a start`)
    const { version, startAt: announced } = node.state.runs.get(runId)!.table!
    const coordinator = this.#world.byBootId.get(version.term.coordinator)!
    const apart = Math.abs(node.trueTime(startAt) - coordinator.trueTime(announced!))
    if (WITHSTANDS.oneStart && apart > FARTHEST_START_MS) {
      this.#fail(RULES.neverMore, `${what}, its start ${apart.toFixed(0)} ms from its coordinator's`)
    }
    const late = node.local(this.#world.now) - startAt - at
    const most = DEFAULT_TIMING.leaseMs + 1.2 * node.worstGapMs + 1
    if (late < -1e-3 || late > most) this.#fail(RULES.neverMore, `${what}, ${late.toFixed(1)} ms late`)
  }

  /**
   * No gap longer than promised: every arrival planned outside the given spans was fired.
   *
   * @param spans true-time intervals in which load may be missing
   */
  noGapOutside(runId: string, spans: readonly (readonly [number, number])[], untilMs: number): void {
    const load = this.#world.runs.get(runId)!
    const start = this.trueStart(runId)
    const plan = planIn(load, this.#newest(runId))
    const shots = this.shotsOf(runId)
    for (let index = 0; ; index++) {
      const at = plan.at(index)
      if (at >= untilMs) return
      const planned = start + at
      if (shots.has(index) || spans.some(([from, to]) => planned >= from && planned < to)) continue
      this.#fail(
        RULES.noGap,
        `${runId}: arrival ${index}, planned at t=${planned.toFixed(0)}, was not fired (allowed: ${JSON.stringify(spans)})`,
      )
    }
  }

  #newest(runId: string): ShareTable {
    const tables = this.#world.survivors().flatMap((node) => node.state.runs.get(runId)?.table ?? [])
    return tables.reduce((a, b) => (compareVersions(a.version, b.version) < 0 ? b : a))
  }

  /** Never more than asked, at every instant: whatever was fired is an arrival of the load as it was changed. */
  firedAsPlanned(runId: string, table: ShareTable): void {
    const plan = planIn(this.#world.runs.get(runId)!, table)
    for (const [index, { node, planned }] of this.shotsOf(runId)) {
      const at = plan.at(index)
      if (planned === at) continue
      const what = `${runId}: ${node.bootId} fired arrival ${index} as planned at ${planned}`
      this.#fail(RULES.neverMore, `${what}, and it is planned at ${at} (${JSON.stringify(table.revisions)})`)
    }
  }

  /** The run's start in true time, as the newest table that anybody has says it. */
  trueStart(runId: string): number {
    const newest = this.#newest(runId)
    const coordinator = this.#world.byBootId.get(newest.version.term.coordinator)
    return coordinator!.trueTime(newest.startAt ?? Number.NaN)
  }
}
