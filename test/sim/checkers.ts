/** What must hold in every history. Each checker is told of every step, and judges the whole at the end. */

import { compareVersions } from '../../src/membership/term.ts'
import { isEnded, mayFollow, memberOf, type ShareTable } from '../../src/run/share-table.ts'
import type { SimNode, World } from './world.ts'

export class Violation extends Error {}

/** Watches a world; throws a {@link Violation} at the step that breaks an invariant. */
export class Checkers {
  readonly #world: World
  readonly #tables = new Map<string, ShareTable>()
  readonly #coordinators = new Map<string, string>()
  readonly #seen = new Set<string>()

  constructor(world: World) {
    this.#world = world
    world.onStep = (node) => this.#onStep(node)
  }

  #fail(rule: string, message: string): never {
    throw new Violation(`seed ${this.#world.seed}, t=${this.#world.now.toFixed(0)}: ${rule}: ${message}`)
  }

  #onStep(node: SimNode): void {
    this.#oneCoordinatorPerTerm(node)
    for (const [runId, run] of node.state.runs) {
      if (run.table !== null) this.#tableSteps(node, runId, run.table)
    }
  }

  #oneCoordinatorPerTerm(node: SimNode): void {
    const { reign, election } = node.state
    if (reign === null) return
    const { term } = election
    const key = `${term.number}/${term.solo}/${term.coordinator}`
    const before = this.#coordinators.get(key)
    if (before !== undefined && before !== node.bootId)
      this.#fail('one coordinator per term', `${key}: ${before}, ${node.bootId}`)
    this.#coordinators.set(key, node.bootId)
  }

  #tableSteps(node: SimNode, runId: string, table: ShareTable): void {
    const key = `${node.bootId}/${runId}`
    const before = this.#tables.get(key)
    if (before === table) return
    this.#tables.set(key, table)
    if (before !== undefined) {
      if (!mayFollow(before.phase, table.phase))
        this.#fail('runs only move forward', `${key}: ${before.phase} → ${table.phase}`)
      if (compareVersions(table.version, before.version) <= 0) this.#fail('newest table wins', key)
    }
    const version = `${runId}/${JSON.stringify(table.version)}`
    if (this.#seen.has(version)) return
    this.#seen.add(version)
    this.#sharesAreExact(runId, table)
  }

  #sharesAreExact(runId: string, table: ShareTable): void {
    if (table.holders.length !== 0 && table.holders.length !== this.#world.slotCount) {
      this.#fail('shares are exact', `${runId}: ${table.holders.length} slots`)
    }
    if (table.phase === 'distributing' && table.holders.some((holder) => holder < 0)) {
      this.#fail('shares are exact', `${runId}: a slot without holder before the start`)
    }
  }

  /** Never more than asked: no arrival is fired twice, by anybody, ever. */
  noArrivalTwice(): void {
    for (const [runId, fired] of this.#world.fired) {
      for (const [index, shots] of fired) {
        if (shots.length > 1) {
          const who = shots.map((shot) => `${shot.node}@${shot.at.toFixed(0)}`).join(', ')
          this.#fail('never more than asked', `${runId}: arrival ${index} fired ${shots.length} times: ${who}`)
        }
      }
    }
  }

  /** Everything is over, everywhere, and the same. */
  allEndedAlike(): void {
    const alive = this.#world.nodes.filter((node) => node.alive && !node.gone)
    for (const runId of this.#world.runs.keys()) {
      // A run that only its own node ever had is on that node's disk, which a simulation does not keep.
      const knownBy = this.#world.nodes.filter((node) => node.state.runs.has(runId))
      if (knownBy.length === 1 && !knownBy[0]!.alive) continue
      const tables = alive.map((node) => node.state.runs.get(runId)?.table ?? null)
      alive.forEach((node, i) => {
        const table = tables[i]
        if (table == null) this.#fail('an accepted run is never lost', `${node.bootId} does not know ${runId}`)
        if (!isEnded(table.phase)) this.#fail('every run ends', `${runId} is ${table.phase} at ${node.bootId}`)
        if (!node.settled.has(runId)) this.#fail('reports settle', `${runId} at ${node.bootId}`)
      })
      const first = JSON.stringify(tables[0])
      const other = tables.findIndex((table) => JSON.stringify(table) !== first)
      if (other > 0) this.#fail('one verdict', `${runId}: ${alive[0]!.bootId} and ${alive[other]!.bootId} differ`)
      this.#windowsAreEqual(runId, alive, tables[0]!)
    }
    const coordinators = new Set(
      alive.map((node) => node.state.election.following && node.state.election.term.coordinator),
    )
    if (coordinators.size > 1) this.#fail('one coordinator', [...coordinators].join(', '))
  }

  /** Every node holds the same windows of the manifest, and their sums are what was fired. */
  #windowsAreEqual(runId: string, alive: readonly SimNode[], table: ShareTable): void {
    const sums = alive.map((node) => this.#sumOf(node, runId, table))
    sums.forEach((sum, i) => {
      if (JSON.stringify(sum) !== JSON.stringify(sums[0])) {
        this.#fail(
          'equal reports',
          `${runId}: ${alive[0]!.bootId} ${JSON.stringify(sums[0])}, ${alive[i]!.bootId} ${JSON.stringify(sum)}`,
        )
      }
    })
    const fired = this.#world.fired.get(runId)!
    const byKept = [...fired.values()].filter((shots) => {
      const member = memberOf(table, shots[0]!.node)
      return member !== undefined && member.lostAt === null
    }).length
    const sent = sums[0]?.keptSent ?? 0
    if (sent !== byKept)
      this.#fail('nothing measured is lost', `${runId}: windows say ${sent} sent, ${byKept} were fired`)
  }

  #sumOf(node: SimNode, runId: string, table: ShareTable) {
    const held = node.windows.get(runId) ?? new Map()
    const sum = { windows: 0, scheduled: 0, sent: 0, dropped: 0, keptSent: 0 }
    for (const member of table.members) {
      if (member.final === null) continue
      for (let sequence = member.final.firstSequence; sequence <= member.final.lastSequence; sequence++) {
        const window = held.get(`${member.bootId}/${sequence}`)
        if (window === undefined) continue
        sum.windows++
        sum.scheduled += window.scheduled
        sum.sent += window.sent
        sum.dropped += window.dropped
        if (member.lostAt === null) sum.keptSent += window.sent
      }
    }
    return sum
  }

  /**
   * No gap longer than promised: outside the given spans every planned arrival up to `untilMs` was fired.
   *
   * @param spans run-time intervals in which load may be missing
   */
  noGapOutside(runId: string, spans: readonly (readonly [number, number])[], untilMs: number): void {
    const run = this.#world.runs.get(runId)!
    const fired = this.#world.fired.get(runId)!
    for (let index = 0; ; index++) {
      const at = ((index + 0.5) * 1000) / run.rate
      if (at >= untilMs) return
      if (fired.has(index) || spans.some(([from, to]) => at >= from && at < to)) continue
      this.#fail('no gap longer than promised', `${runId}: arrival ${index} planned at ${at.toFixed(0)} was not fired`)
    }
  }
}
