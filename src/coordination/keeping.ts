/**
 * Who has which windows of a run. In a run of few nodes, everybody has all of them. In one of many (`src/run/keepers.ts`)
 * a node publishes its windows to its two keepers, to the coordinator and to those who watch; it keeps what it is a
 * keeper of, and gathers the rest when somebody asks it for the whole.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { missingIn, NO_RANGES, type Ranges } from '../base/ranges.ts'
import { reachable } from '../membership/view.ts'
import { aggregatorCount, aggregatorsOf, keepersAmong, LEAST_AGGREGATORS } from '../run/keepers.ts'
import { firstSequenceOf, isEnded, type ShareTable, type TableMember } from '../run/share-table.ts'
import { toLocal } from './clock-sync.ts'
import { type CoreState, coordinatorOf, isActiveRun, type RunState } from './state.ts'
import type { Turn } from './turn.ts'

/**
 * The run has had so many nodes that not everybody gets all windows. Members are never taken out of a table, so a run
 * that has begun to be aggregated stays so: else all would want all that has been on the day one of them goes.
 */
export function isAggregated(state: CoreState, run: RunState): boolean {
  return run.table !== null && run.table.members.length > state.config.aggregateAbove
}

/** A run's aggregators, among the nodes that are there: one that is known here to be gone is not waited for. */
export function aggregatorsIn(state: CoreState, table: ShareTable): readonly BootId[] {
  const { config, view } = state
  const there = [...view.values()].filter((node) => node.state === 'alive')
  const staying = there.filter(({ leaving }) => !leaving).map(({ bootId }) => bootId)
  const going = there.filter(({ leaving }) => leaving).map(({ bootId }) => bootId)
  const own = state.leaving ? going : staying
  own.push(config.bootId)
  return aggregatorsAmong(table, staying, going)
}

/**
 * Members of the run, as long as those last. When too few of them are left to keep anything twice, whoever is there: it
 * may have come after the run, or be about to leave.
 *
 * @param going nodes that are on their way out: they keep something only when nobody else can
 */
export function aggregatorsAmong(
  { runId, members }: ShareTable,
  staying: readonly BootId[],
  going: readonly BootId[],
): readonly BootId[] {
  const present = new Set<BootId>()
  for (const { bootId, lostAt, left } of members) if (lostAt === null && !left) present.add(bootId)
  const isPresent = (node: BootId) => present.has(node)
  const chosen = [...aggregatorsOf(runId, staying.filter(isPresent), aggregatorCount(members.length))]
  for (const others of [staying.filter((node) => !isPresent(node)), going.filter(isPresent)]) {
    chosen.push(...aggregatorsOf(runId, others, Math.max(0, LEAST_AGGREGATORS - chosen.length)))
  }
  return chosen
}

/** Each owner's keepers. */
export function keepersIn(state: CoreState, table: ShareTable): (owner: BootId) => readonly BootId[] {
  return keepersAmong(aggregatorsIn(state, table))
}

/** To whom this node sends a window of its own; null: to everybody. */
export function recipientsOf(state: CoreState, runId: RunId, now: MonotonicMs): readonly BootId[] | null {
  const run = state.runs.get(runId)
  if (run?.table == null || !isAggregated(state, run)) return null
  const self = state.config.bootId
  const recipients = new Set(keepersIn(state, run.table)(self))
  const coordinator = coordinatorOf(state)
  if (coordinator !== null) recipients.add(coordinator)
  for (const [watcher, until] of run.watchers) if (until > now) recipients.add(watcher)
  recipients.delete(self)
  return [...recipients]
}

/** Somebody asks this node for the whole of a run, now and (asked again) for as long as it takes. */
export function onWant(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined || run.dormant || !isAggregated(turn.state, run)) return
  turn.updateRun(runId, { wantedUntil: turn.now + turn.timing.wantMs })
  // What nobody had when it was asked for may have come back with a node that was away.
  const since = run.gathering?.since ?? Number.NEGATIVE_INFINITY
  if (run.settled && turn.now - since > turn.timing.againMs && !isWhole(run))
    turn.updateRun(runId, { settled: false, gathering: null })
  gather(turn, runId)
}

/** On every tick: begins to gather what is wanted, tells owners so, and ends it when nobody has asked for a while. */
export function tendGathering(turn: Turn): void {
  for (const [runId, run] of turn.state.runs) {
    if (run.wantedUntil > turn.now) gather(turn, runId)
    else if (run.gathering !== null) turn.updateRun(runId, { gathering: null })
  }
}

function gather(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run?.table == null) return
  const { timing } = turn
  const gathering = run.gathering ?? { since: turn.now, upTo: null, toldAt: Number.NEGATIVE_INFINITY }
  const upTo = gathering.upTo ?? lastSecond(turn, run)
  const tells = isActiveRun(run) && turn.now - gathering.toldAt >= timing.watchRenewMs
  if (run.gathering !== null && upTo === gathering.upTo && !tells) return
  turn.updateRun(runId, { gathering: { ...gathering, upTo, toldAt: tells ? turn.now : gathering.toldAt } })
  // What is missing so far is asked for with the next tick, of the owners, who have it for certain.
  if (gathering.upTo === null)
    turn.updateRun(runId, { repairAt: Number.NEGATIVE_INFINITY, repairRound: 2 * (run.repairRound >> 1) })
  if (!tells) return
  const members = new Set(run.table.members.map(({ bootId }) => bootId))
  for (const { bootId } of reachable(turn.state.view))
    if (members.has(bootId)) turn.send(bootId, { kind: 'watch', runId })
}

/** A peer wants this node's windows as they come, for a while. */
export function onWatch(turn: Turn, from: BootId, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined) return
  const watchers = new Map([...run.watchers].filter(([, until]) => until > turn.now))
  watchers.delete(from)
  if (watchers.size < LIMITS.nodes) watchers.set(from, turn.now + turn.timing.watchMs)
  turn.updateRun(runId, { watchers })
}

/** The newest second of the run that is over, and collected from the threads, everywhere; null while that is unknown. */
function lastSecond(turn: Turn, run: RunState): number | null {
  if (run.table?.startAt == null) return -1
  const startAt = startOf(turn, run)
  return startAt === null ? null : Math.floor((turn.now - startAt - turn.timing.collectMs) / 1000) - 1
}

/** Start T on this node's clock, also where it takes no part. */
export function startOf(turn: Turn, run: RunState): MonotonicMs | null {
  if (run.startAt !== null || run.table?.startAt == null) return run.startAt
  return toLocal(turn, run.table.version.term.coordinator, run.table.startAt)
}

/** What is missing here of a member's windows up to a second, or of all that its final names. */
export function lackingOf(run: RunState, member: TableMember, upTo: number): Ranges {
  const held = run.held.get(member.bootId) ?? NO_RANGES
  if (member.final !== null) return missingIn(held, member.final.firstSequence, member.final.lastSequence)
  if (member.firstFrom === null) return NO_RANGES
  // A lost one has fired nothing after it was given up; where in that time it stopped, only its windows tell.
  const last = member.lostAt === null ? upTo : Math.min(upTo, Math.floor(member.lostAt / 1000))
  return missingIn(held, firstSequenceOf(member), last)
}

/** Whether every window of an ended run is here. */
export function isWhole(run: RunState): boolean {
  if (run.table === null || !isEnded(run.table.phase)) return false
  return run.table.members.every((member) => member.final === null || lackingOf(run, member, -1).length === 0)
}

/**
 * Whether this node can tell the totals of a run so far: it has all windows, but for those on their way. It does not
 * wait for nodes that are not heard themselves, nor long for the last second of a lost one, which nobody may have.
 */
export function hasTotals(state: CoreState, runId: RunId, now: MonotonicMs): boolean {
  const run = state.runs.get(runId)
  if (run?.table == null || run.dormant || !isAggregated(state, run)) return true
  const { gathering } = run
  if (gathering === null || gathering.upTo === null) return false
  const { upTo, since } = gathering
  return run.table.members.every((member) => {
    if (lackingOf(run, member, upTo).length === 0) return true
    return !isHeard(state, member, now) && now - since > state.config.timing.repairMs
  })
}

function isHeard(state: CoreState, { bootId, lostAt }: TableMember, now: MonotonicMs): boolean {
  if (lostAt !== null) return false
  const peer = state.view.get(bootId)
  return peer?.connected === true && peer.state === 'alive' && now - peer.heardAt < state.config.timing.silentMs
}
