/** Invariants 3 to 5 in share tables: versions, exact shares, phases, the verdict. */

import type { Effect, Input } from '../../src/coordination/io.ts'
import type { CoreState } from '../../src/coordination/state.ts'
import { compareTerms, compareVersions, type Version } from '../../src/membership/term.ts'
import { isVacant } from '../../src/run/allotment.ts'
import { isEnded, mayFollow, type ShareTable } from '../../src/run/share-table.ts'
import type { SimNode } from './sim-node.ts'
import { type Fail, RULES } from './violation.ts'
import { WITHSTANDS } from './withstands.ts'
import type { World } from './world.ts'

function textOf({ term, sequence }: Version): string {
  return `${term.number}${term.solo ? 's' : ''}.${term.coordinator}.${sequence}`
}

export class TableChecker {
  readonly #world: World
  readonly #fail: Fail
  /** What was published under each version of each run. */
  readonly #published = new Map<string, ShareTable>()

  constructor(world: World, fail: Fail) {
    this.#world = world
    this.#fail = fail
  }

  /** Tables as they are taken: a coordinator may publish several in one turn. */
  stepped(node: SimNode, before: CoreState, input: Input, effects: readonly Effect[]): void {
    const previous = new Map<string, ShareTable | null>()
    for (const effect of effects) {
      if (effect.kind !== 'store-table') continue
      const { table } = effect
      const run = before.runs.get(table.runId)
      this.#taken(node, input, previous.get(table.runId) ?? run?.table ?? null, table, run?.begun === true)
      previous.set(table.runId, table)
    }
  }

  /** @param begun whether the start was certain before, and so shown to users */
  #taken(node: SimNode, input: Input, before: ShareTable | null, table: ShareTable, begun: boolean): void {
    const where = `${node.bootId}, ${table.runId}`
    if (before !== null) {
      const shown = before.phase === 'running' && !begun ? 'distributing' : before.phase
      if (!mayFollow(shown, table.phase)) {
        this.#fail(RULES.onlyForward, `${where}: ${before.phase} → ${table.phase}`)
      }
      const isOvertaken = table.version.term.coordinator === node.bootId && !WITHSTANDS.overtaking
      if (compareVersions(table.version, before.version) <= 0 && !isOvertaken) {
        this.#fail(RULES.newestWins, `${where}: ${textOf(before.version)} → ${textOf(table.version)}`)
      }
    }
    if (input.kind === 'message' && input.message.kind === 'table') this.#isNotFenced(node, table, where)
    const known = this.#published.get(`${table.runId}/${textOf(table.version)}`)
    if (known === undefined) this.#publishedNow(node, table)
    else if (known !== table && JSON.stringify(known) !== JSON.stringify(table)) {
      this.#fail(RULES.oneCoordinator, `${where}: two tables ${textOf(table.version)}`)
    }
    if (isEnded(table.phase)) this.#sameVerdict(where, table)
  }

  /** What an older coordinator says is refused, except verdicts and what a new one collects. */
  #isNotFenced(node: SimNode, table: ShareTable, where: string): void {
    const { term } = table.version
    const { election, reign } = node.state
    if (isEnded(table.phase) || term.solo || reign !== null || compareTerms(term, election.term) >= 0) return
    this.#fail(RULES.newestWins, `${where}: takes ${textOf(table.version)} in term ${election.term.number}`)
  }

  #publishedNow(node: SimNode, table: ShareTable): void {
    const { runId, version } = table
    this.#published.set(`${runId}/${textOf(version)}`, table)
    if (version.term.coordinator !== node.bootId) {
      this.#fail(RULES.oneCoordinator, `${runId} ${textOf(version)} appears at ${node.bootId}`)
    }
    this.#isExact(table)
  }

  /** Every slot has one holder or none, and the first shares are what the weights say, rounded. */
  #isExact(table: ShareTable): void {
    const { runId, holders, since, members, version } = table
    const what = `${runId} ${textOf(version)}`
    if (holders.length === 0) {
      if (!isEnded(table.phase) && table.verdict === null) this.#fail(RULES.exactShares, `${what}: no shares`)
      return
    }
    if (holders.length !== this.#world.slotCount || since.length !== holders.length) {
      this.#fail(RULES.exactShares, `${what}: ${holders.length} slots, ${since.length} times`)
    }
    const counts = members.map(() => 0)
    for (const holder of holders) {
      if (isVacant(holder)) continue
      if (counts[holder] === undefined) this.#fail(RULES.exactShares, `${what}: a slot of member ${holder}`)
      counts[holder]!++
    }
    if (table.phase !== 'distributing') return
    const weights = members.reduce((sum, member) => sum + member.weight, 0)
    members.forEach(({ bootId, weight }, i) => {
      const ideal = (holders.length * weight) / weights
      if (Math.abs(counts[i]! - ideal) < 1) return
      this.#fail(RULES.exactShares, `${what}: ${bootId} has ${counts[i]} slots of ${ideal.toFixed(2)}`)
    })
  }

  /** Whoever is there and has a verdict has the same. What left with all its holders is known to nobody. */
  #sameVerdict(where: string, table: ShareTable): void {
    for (const node of this.#world.survivors()) {
      const other = node.state.runs.get(table.runId)?.table
      if (other == null || !isEnded(other.phase) || other.phase === table.phase) continue
      this.#fail(
        RULES.oneVerdict,
        `${where}: ${table.phase} (${textOf(table.version)}), ${other.phase} at ${node.bootId}`,
      )
    }
  }
}
