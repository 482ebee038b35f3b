/** The judgement of the whole, once everything has healed: all is over, everywhere, the same, and adds up. */

import { isAggregated } from '../../src/coordination/keeping.ts'
import { compareVersions } from '../../src/membership/term.ts'
import { KEEPERS, LEAST_AGGREGATORS } from '../../src/run/keepers.ts'
import { isEnded, memberOf, type ShareTable } from '../../src/run/share-table.ts'
import type { ChoreChecker } from './check-chores.ts'
import type { FiringChecker } from './check-firing.ts'
import { missingWindows, type RunChecker } from './check-runs.ts'
import { planIn } from './model-load.ts'
import type { SimNode } from './sim-node.ts'
import { type Fail, RULES } from './violation.ts'
import { WITHSTANDS } from './withstands.ts'
import type { World } from './world.ts'

export class EndChecker {
  readonly #world: World
  readonly #fail: Fail
  readonly #runs: RunChecker
  readonly #firing: FiringChecker
  readonly #chores: ChoreChecker
  /** Runs that were not over in time. */
  readonly #late = new Set<string>()

  constructor(world: World, fail: Fail, runs: RunChecker, firing: FiringChecker, chores: ChoreChecker) {
    this.#world = world
    this.#fail = fail
    this.#runs = runs
    this.#firing = firing
    this.#chores = chores
  }

  /** Everything should be over by now: what is not may only be given up, as nobody could decide about it. */
  late(): void {
    const nodes = this.#world.survivors()
    for (const runId of this.#known()) {
      if (!isInterrupted(nodes, runId) && !nodes.every((node) => isDone(node, runId))) this.#late.add(runId)
    }
  }

  /** Runs that somebody who is still there knows. */
  #known(): string[] {
    const nodes = this.#world.survivors()
    return [...this.#world.runs.keys()].filter((runId) => nodes.some((node) => node.state.runs.has(runId)))
  }

  /** Whether everything is over everywhere. */
  isOver(): boolean {
    const nodes = this.#world.survivors()
    if (nodes.some((node) => node.blocked)) return false
    return this.#known().every((runId) => {
      // Nobody goes on with it, but all are told of it: again and again, as what says so may get lost.
      if (isInterrupted(nodes, runId)) return nodes.every((node) => node.state.runs.has(runId))
      return nodes.every((node) => isDone(node, runId))
    })
  }

  /** Whether everybody has heard how every run ended. */
  hasVerdicts(): boolean {
    const nodes = this.#world.survivors()
    if (nodes.some((node) => node.blocked)) return false
    return this.#known().every((runId) => isInterrupted(nodes, runId) || nodes.every((node) => hasEnded(node, runId)))
  }

  /** Windows that anybody has of an aggregated run, two others than their owner have, where there are two. */
  isKept(): void {
    const nodes = this.#world.survivors()
    for (const runId of this.#known()) {
      const run = nodes[0]!.state.runs.get(runId)
      if (run === undefined || !isAggregated(nodes[0]!.state, run) || !this.hasVerdicts()) continue
      if (isInterrupted(nodes, runId)) continue
      const table = run.table!
      const keepers = keepersOf(table, nodes)
      for (const { bootId, final } of table.members) {
        if (final === null) continue
        const others = keepers.filter((node) => node.bootId !== bootId)
        for (let sequence = final.firstSequence; sequence <= final.lastSequence; sequence++) {
          const holds = (node: SimNode) => node.disk.window(runId, bootId, sequence) !== undefined
          const copies = others.filter(holds).length
          if (copies >= Math.min(KEEPERS, others.length) || !nodes.some(holds)) continue
          this.#fail(RULES.neverLost, `${runId}: window ${bootId}/${sequence} is kept by ${copies} of ${others.length}`)
        }
      }
    }
  }

  /** Whether the nodes agree about who coordinates. */
  isUnited(): boolean {
    const coordinators = new Set(
      this.#world.survivors().map(({ state }) => (state.election.following ? state.election.term.coordinator : null)),
    )
    return coordinators.size <= 1 && !coordinators.has(null)
  }

  /** @param nothingMissed load was neither lost nor late: then every arrival of the plan is accounted for */
  judge(nothingMissed: boolean): void {
    const nodes = this.#world.survivors()
    if (nodes.length === 0 || this.#isStuck(nodes)) return
    for (const runId of this.#world.runs.keys()) this.#isNotLost(runId, nodes)
    for (const runId of this.#known()) {
      if (this.#late.has(runId)) this.#isGivenUp(runId, nodes)
      if (isInterrupted(nodes, runId)) continue
      this.#hasEnded(runId, nodes, nothingMissed)
      this.#addsUp(runId, nodes, nothingMissed)
    }
    if (this.isUnited() || this.#known().some((runId) => isInterrupted(nodes, runId))) return
    const follows = nodes.map(({ bootId, state: { election } }) => {
      return `${bootId} → ${election.following ? election.term.coordinator : 'nobody'}`
    })
    this.#fail(RULES.liveness, `no common coordinator: ${follows.join(', ')}`)
  }

  /** Nobody can win an election: the voters of a run are gone unproven, or on their way out (`known.test.ts`). */
  #isStuck(nodes: readonly SimNode[]): boolean {
    if (this.isOver()) return false
    if (!WITHSTANDS.orphanedRuns && this.#known().some((runId) => isInterrupted(nodes, runId))) return true
    return !WITHSTANDS.leavingVoters && nodes.some((node) => node.state.leaving)
  }

  /** A run answered as safe is known wherever a disk has outlived that had it. */
  #isNotLost(runId: string, nodes: readonly SimNode[]): void {
    const holders = nodes.filter((node) => node.disk.records.has(runId))
    if (holders.length === 0) {
      const elsewhere = this.#world.hosts.some(({ disk, node }) => node?.alive !== true && disk.records.has(runId))
      const gone = this.#world.nodes.filter((node) => !node.stays && node.disk.records.has(runId))
      const isPromised = this.#runs.promised.has(runId) && WITHSTANDS.restartUnknowing
      if (isPromised && !elsewhere && gone.length === 0) {
        this.#fail(RULES.neverLost, `${runId} is known to nobody`)
      }
      return
    }
    const without = nodes.find((node) => !node.state.runs.has(runId))
    if (without !== undefined) this.#fail(RULES.neverLost, `${without.bootId} does not know ${runId}`)
  }

  /** A majority of those who decide about it has gone; or it never began, and they came together too late. */
  #isGivenUp(runId: string, nodes: readonly SimNode[]): void {
    const runs = nodes.flatMap((node) => node.state.runs.get(runId) ?? [])
    const table = newestOf(runs.flatMap((run) => run.table ?? []))
    const { voters } = runs[0]!.record
    const deciders =
      table === null ? [voters] : table.phase === 'distributing' ? [voters, table.voters] : [table.voters]
    const isPresent = (voter: string): boolean => nodes.some((node) => node.bootId === voter)
    const lacksMajority = deciders.some((group) => 2 * group.filter(isPresent).length <= group.length)
    if (isInterrupted(nodes, runId) && lacksMajority) return
    if (table?.reason?.startsWith('TIMEOUT')) return
    this.#fail(RULES.liveness, `${runId} took too long, and is ${table?.phase ?? 'without a table'}`)
  }

  #hasEnded(runId: string, nodes: readonly SimNode[], nothingMissed: boolean): void {
    for (const node of nodes) {
      const table = node.state.runs.get(runId)?.table
      if (table == null || !isEnded(table.phase)) {
        this.#fail(RULES.liveness, `${runId} is ${table?.phase ?? 'without a table'} at ${node.bootId}`)
      }
      if (!isDone(node, runId)) this.#fail(RULES.liveness, `${runId} is not settled at ${node.bootId}`)
    }
    const { phase, reason } = nodes[0]!.state.runs.get(runId)!.table!
    if (nothingMissed && phase === 'failed' && !reason?.startsWith('SETUP_FAILED'))
      this.#fail(RULES.neverLost, `${runId} failed: ${reason}`)
    const tables = nodes.map((node) => JSON.stringify(node.state.runs.get(runId)!.table))
    const other = tables.findIndex((table) => table !== tables[0])
    if (other > 0) this.#fail(RULES.oneVerdict, `${runId}: ${nodes[0]!.bootId} and ${nodes[other]!.bootId} differ`)
  }

  /** Every survivor holds the same windows, they account for the whole plan, and for what was fired. */
  #addsUp(runId: string, nodes: readonly SimNode[], nothingMissed: boolean): void {
    const table = nodes[0]!.state.runs.get(runId)!.table!
    this.#firing.firedAsPlanned(runId, table)
    this.#chores.ended(runId, table)
    const whole = nodes.filter((node) => missingWindows(node, table).length === 0)
    const judged = nodes.filter((node) => WITHSTANDS.lateVerdicts || node.boot === 1)
    // Cut off for long enough, a node settles for what it has, and says so.
    // Of an aggregated run it has been asked again since.
    const settles = (node: SimNode) =>
      this.#runs.gaveUp.has(`${node.bootId}/${runId}`) && !isAggregated(node.state, node.state.runs.get(runId)!)
    const lacking = judged.find((node) => !whole.includes(node) && !settles(node))
    if (lacking !== undefined && whole.length > 0) {
      const missing = missingWindows(lacking, table).slice(0, 5)
      this.#fail(RULES.equalReports, `${runId}: ${lacking.bootId} lacks ${missing}, ${whole[0]!.bootId} does not`)
    }
    for (const node of nodes) {
      const unaccounted = this.#unaccounted(runId, table, node)
      if (!nothingMissed || table.degraded || table.startAt === null || unaccounted <= 0) continue
      this.#fail(RULES.accounting, `${runId} at ${node.bootId}: ${unaccounted} unaccounted for, and nobody was lost`)
    }
    for (const node of whole) this.#nothingIsLost(runId, table, node)
  }

  /** scheduled = sent + dropped + unaccounted, from the windows one node holds. Returns what is unaccounted for. */
  #unaccounted(runId: string, table: ShareTable, node: SimNode): number {
    const load = this.#world.runs.get(runId)!
    const plan = planIn(load, table)
    const sum = { scheduled: 0, sent: 0, dropped: 0 }
    for (const { bootId, final } of table.members) {
      if (final === null) continue
      for (const window of node.disk.windowsOf(runId, bootId)) {
        if (window.sequence < final.firstSequence || window.sequence > final.lastSequence) continue
        sum.scheduled += window.scheduled
        sum.sent += window.sent
        sum.dropped += window.dropped
      }
    }
    const what = `${runId} at ${node.bootId} (${table.phase})`
    if (sum.scheduled !== sum.sent + sum.dropped) this.#fail(RULES.accounting, `${what}: ${JSON.stringify(sum)}`)
    const planned = plan.before(load.durationMs)
    const isJudged = WITHSTANDS.unheardReleases || table.events.every(({ kind }) => kind !== 'node-lost')
    if (planned < sum.scheduled && isJudged)
      this.#fail(RULES.accounting, `${what}: ${sum.scheduled} told of, ${planned} planned`)
    return plan.before(table.stopAt ?? load.durationMs) - sum.scheduled
  }

  /** The windows of nodes that were not lost tell of everything those fired. */
  #nothingIsLost(runId: string, table: ShareTable, node: SimNode): void {
    const fired = new Map<string, number>()
    for (const { node: by } of this.#firing.shotsOf(runId).values()) {
      fired.set(by.bootId, (fired.get(by.bootId) ?? 0) + 1)
    }
    for (const [bootId, count] of fired) {
      const member = memberOf(table, bootId)
      let sent = 0
      for (const window of node.disk.windowsOf(runId, bootId)) {
        if (member?.final != null && window.sequence <= member.final.lastSequence) sent += window.sent
      }
      if (sent === count || (sent < count && member?.lostAt != null)) continue
      this.#fail(RULES.accounting, `${runId}: ${bootId} fired ${count}, windows at ${node.bootId} tell of ${sent}`)
    }
  }
}

/** Who keeps windows of a run: its members that were not lost, or everybody when too few of those are there. */
function keepersOf(table: ShareTable, nodes: readonly SimNode[]): readonly SimNode[] {
  const members = nodes.filter((node) => {
    const member = memberOf(table, node.bootId)
    return member !== undefined && member.lostAt === null && !member.left
  })
  return members.length >= LEAST_AGGREGATORS ? members : nodes
}

/**
 * Nobody who is left had a part in the run in this boot: how it went on nobody can know. A node that has it from its
 * disk alone shows it as interrupted. One that was told of it by such a node waits for ever (`known.test.ts`).
 */
function isInterrupted(nodes: readonly SimNode[], runId: string): boolean {
  const runs = nodes.map((node) => node.state.runs.get(runId))
  if (runs.every((run) => run?.dormant !== false)) return true
  if (WITHSTANDS.orphanedRuns) return false
  const members = runs.flatMap((run) => run?.table?.members ?? []).map(({ bootId }) => bootId)
  return members.length > 0 && !nodes.some((node) => members.includes(node.bootId))
}

function newestOf(tables: readonly ShareTable[]): ShareTable | null {
  return tables.reduce<ShareTable | null>(
    (newest, table) => (newest !== null && compareVersions(newest.version, table.version) > 0 ? newest : table),
    null,
  )
}

function hasEnded(node: SimNode, runId: string): boolean {
  const table = node.state.runs.get(runId)?.table
  return table != null && isEnded(table.phase)
}

function isDone(node: SimNode, runId: string): boolean {
  const run = node.state.runs.get(runId)
  return run?.table != null && isEnded(run.table.phase) && run.settled
}
