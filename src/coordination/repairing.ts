/**
 * Windows that should be here and are not: found by their sequence, asked for from their node or any other holder.
 * When the run has ended and nothing more is missing (or to be had), its report is final.
 */

import type { BootId, RunId } from '../base/ids.ts'
import { withEntry } from '../base/layered-map.ts'
import { LIMITS } from '../base/limits.ts'
import { addSequence, firstOf, lastOf, missingIn, NO_RANGES, type Ranges, sizeOf } from '../base/ranges.ts'
import { reachable } from '../membership/view.ts'
import { keepersAmong } from '../run/keepers.ts'
import { firstSequenceOf, isEnded, type ShareTable, type TableMember } from '../run/share-table.ts'
import { aggregatorsIn, isAggregated, isWhole, lackingOf, startOf } from './keeping.ts'
import { coordinatorOf, type RunState } from './state.ts'
import type { Turn } from './turn.ts'

/** A window batch is stored here. */
export function onBatch(turn: Turn, runId: RunId, bootId: BootId, sequence: number): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined) return
  const before = run.held.get(bootId) ?? NO_RANGES
  const after = addSequence(before, sequence)
  if (after === before) return
  turn.updateRun(runId, { held: withEntry(run.held, bootId, after), progressAt: turn.now })
  settle(turn, runId)
}

/** What is missing of one member's windows, as far as this node can know. */
function missingOf(turn: Turn, run: RunState, member: TableMember): Ranges {
  const held = run.held.get(member.bootId) ?? NO_RANGES
  const first = firstSequenceOf(member)
  if (member.final !== null) return missingIn(held, member.final.firstSequence, member.final.lastSequence)
  if (member.firstFrom === null || run.startAt === null) return NO_RANGES
  return missingIn(held, first, Math.min(lastOf(held), dueBy(turn, run.startAt)))
}

/** The newest second whose windows should have come by themselves. */
function dueBy(turn: Turn, startAt: number): number {
  return Math.floor((turn.now - startAt - turn.timing.repairMs) / 1000) - 1
}

/** On every tick: asks for what is missing, from the owner first, then from one peer after the other. */
export function repair(turn: Turn): void {
  let rested = false
  for (const [runId, run] of turn.state.runs) {
    if (run.settled || run.table === null || run.dormant) continue
    const rests = isResting(turn, run)
    if (turn.now - run.repairAt < (rests ? turn.timing.keepMs : turn.timing.repairMs / 3)) continue
    // Of all that ended long ago, one at a time.
    if (rests && rested) continue
    rested ||= rests
    turn.updateRun(runId, { repairAt: turn.now, repairRound: run.repairRound + 1 })
    if (isAggregated(turn.state, run)) askAround(turn, run, run.table)
    else askForMissing(turn, run)
    settle(turn, runId)
  }
}

function askForMissing(turn: Turn, run: RunState): void {
  const peers = reachable(turn.state.view).map((peer) => peer.bootId)
  if (peers.length === 0 || run.table === null) return
  for (const member of run.table.members) {
    if (member.bootId === turn.self) continue
    const missing = firstOf(missingOf(turn, run, member), LIMITS.pullSequences)
    if (missing.length === 0) continue
    const owner = peers.includes(member.bootId) && run.repairRound % 2 === 0
    const to = owner ? member.bootId : peers[(run.repairRound >> 1) % peers.length]!
    askFor(turn, to, run, member, missing)
  }
}

function askFor(turn: Turn, to: BootId, run: RunState, { bootId }: TableMember, missing: Ranges): void {
  turn.send(to, { kind: 'pull-batches', runId: run.record.runId, bootId, ranges: missing.slice(0, 64) })
}

/** An aggregated run that has ended, and of which this node has, or has long sought, what it keeps. */
function isResting(turn: Turn, run: RunState): boolean {
  if (run.gathering !== null || run.endedAt === null || !isAggregated(turn.state, run)) return false
  return turn.now - Math.max(run.endedAt, run.progressAt) > turn.timing.settleMs
}

/**
 * Of an aggregated run: asks for what this node keeps, or for everything while it gathers. No more at a time than it
 * can take in, and each time from another member on, so that what cannot be had holds nothing up.
 */
function askAround(turn: Turn, run: RunState, table: ShareTable): void {
  const aggregators = aggregatorsIn(turn.state, table)
  if (run.gathering === null && !aggregators.includes(turn.self)) return
  const startAt = startOf(turn, run)
  const due = startAt === null ? -1 : dueBy(turn, startAt)
  const upTo = Math.max(due, run.gathering?.upTo ?? -1)
  const keepersOf = keepersAmong(aggregators)
  const sources = new Sources(turn, keepersOf)
  const { members } = table
  let room = LIMITS.pullSequencesAtOnce
  for (let i = 0; i < members.length && room > 0; i++) {
    const member = members[(i + 37 * run.repairRound) % members.length]!
    if (member.bootId === turn.self) continue
    if (run.gathering === null && !keepersOf(member.bootId).includes(turn.self)) continue
    const missing = firstOf(lackingOf(run, member, upTo), Math.min(room, LIMITS.pullSequences))
    if (missing.length === 0) continue
    room -= sizeOf(missing)
    for (const to of sources.of(member, run.repairRound)) askFor(turn, to, run, member, missing)
  }
}

/** Who to ask for windows of an owner. */
class Sources {
  readonly #keepersOf: (owner: BootId) => readonly BootId[]
  readonly #coordinator: BootId | null
  readonly #peers: readonly BootId[]
  readonly #there: ReadonlySet<BootId>
  readonly #byName: ReadonlyMap<string, BootId>

  constructor(turn: Turn, keepersOf: (owner: BootId) => readonly BootId[]) {
    const peers = reachable(turn.state.view)
    this.#keepersOf = keepersOf
    this.#coordinator = coordinatorOf(turn.state)
    this.#peers = peers.map(({ bootId }) => bootId)
    this.#there = new Set(this.#peers)
    this.#byName = new Map(peers.map(({ name, bootId }) => [name, bootId]))
  }

  /**
   * One at a time, for each answers with all it has: the owner, and every other time, or when it is gone, whoever
   * started again under its name, with its disk, its keepers, and the coordinator. What is known to have been measured
   * by a node that is gone may be anywhere: more and more of all are asked too.
   */
  of({ bootId, node, final }: TableMember, round: number): readonly BootId[] {
    const likely = [this.#byName.get(node), ...this.#keepersOf(bootId), this.#coordinator]
    const known = [...new Set(likely)].filter((to) => to != null && to !== bootId && this.#there.has(to)) as BootId[]
    if (this.#there.has(bootId)) {
      return round % 2 === 0 || known.length === 0 ? [bootId] : [known[(round >> 1) % known.length]!]
    }
    const one = known.length === 0 ? [] : [known[round % known.length]!]
    return final === null ? one : [...new Set([...one, ...this.#some(round)])]
  }

  /** √N of all, others in every round until all have been asked. */
  #some(round: number): readonly BootId[] {
    const all = this.#peers.length
    const count = Math.ceil(Math.sqrt(all))
    return Array.from({ length: count }, (_, i) => this.#peers[(round * count + i) % all]!)
  }
}

/** The report becomes final when all windows are here, or when nobody had the rest for long enough. */
export function settle(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined || run.settled || run.table === null || !isEnded(run.table.phase)) return
  if (!isWhole(run) && !isOverdue(turn, run)) return
  turn.updateRun(runId, { settled: true })
  turn.effect({ kind: 'settled', runId })
}

/** Of an aggregated run nobody misses anything who was not asked for it. */
function isOverdue(turn: Turn, run: RunState): boolean {
  if (run.endedAt === null) return false
  if (!isAggregated(turn.state, run)) return turn.now - run.endedAt > turn.timing.settleMs
  if (run.gathering === null) return false
  return turn.now - Math.max(run.endedAt, run.progressAt, run.gathering.since) > turn.timing.settleMs
}
