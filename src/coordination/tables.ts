/**
 * A participant's side of share tables: which ones to take, and what to do when one changes: get ready, hand slots
 * to the threads, start, stop.
 */

import type { RunMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { compareTerms, compareVersions, type Version } from '../membership/term.ts'
import { isEnded, mayFollow, memberOf, type ShareTable, slotsOf } from '../run/share-table.ts'
import { beginChores } from './chores.ts'
import { isReliable, toLocal } from './clock-sync.ts'
import { isCoordinator, type RunState } from './state.ts'
import { noteForeignTable } from './support.ts'
import type { Turn } from './turn.ts'

/** A table from a peer. True when it was taken. @param dormant the peer knows nobody who goes on with the run */
export function onTable(turn: Turn, from: BootId, table: ShareTable, dormant: boolean): boolean {
  const run = turn.state.runs.get(table.runId)
  if (run === undefined) {
    turn.send(from, { kind: 'pull', runId: table.runId })
    return false
  }
  if (!isAcceptable(turn, run, table)) return false
  adoptTable(turn, table.runId, table, dormant && run.dormant)
  return true
}

/** Newer than what is here, a step forward, and not from a coordinator that has been replaced. */
function isAcceptable(turn: Turn, run: RunState, table: ShareTable): boolean {
  const slots = table.holders.length
  if (slots !== 0 && slots !== turn.state.config.slotCount) return false
  if (run.table !== null) {
    if (compareVersions(table.version, run.table.version) <= 0) return false
    if (!mayFollow(run.table.phase, table.phase) && !isUndone(run, run.table, table)) return false
  }
  if (isEnded(table.phase)) return true
  const { term } = table.version
  const { election } = turn.state
  // A new coordinator collects its predecessors' tables until it has published one of its own.
  const collecting =
    isCoordinator(turn.state) && (run.table === null || compareTerms(run.table.version.term, election.term) < 0)
  return term.solo || collecting || compareTerms(term, election.term) >= 0
}

/**
 * A start that only a minority had heard of when its coordinator was cut off, and that whoever was elected since knows
 * nothing of: no thread went by it, nobody was told of it, and without the votes of those who have it the run might
 * never start.
 */
function isUndone({ begun }: RunState, known: ShareTable, next: ShareTable): boolean {
  if (begun || known.phase !== 'running' || next.phase !== 'distributing') return false
  return compareTerms(next.version.term, known.version.term) > 0
}

/** Somebody has this version of the run's table: nobody plans it anew, or from an older one, meanwhile. */
export function noteVersion(turn: Turn, runId: RunId, version: Version | null): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined || version === null) return
  if (run.heard !== null && compareVersions(version, run.heard.version) <= 0) return
  turn.updateRun(runId, { heard: { version, at: turn.now } })
}

/** A majority of the voters has this version: if it is the one that is here, the threads may go by it. */
export function noteCommitted(turn: Turn, runId: RunId, version: Version | null): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined || version === null) return
  if (run.committed !== null && compareVersions(version, run.committed) <= 0) return
  turn.updateRun(runId, { committed: version })
  if (!run.dormant) follow(turn, runId)
}

/** Takes a table that is known to be acceptable, and does what it asks of this node. */
export function adoptTable(turn: Turn, runId: RunId, table: ShareTable, dormant = false): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined) return
  const ended = isEnded(table.phase)
  if (run.table?.startedAt != null && run.table.startedAt !== table.startedAt) forgetStart(turn, run)
  noteVersion(turn, runId, table.version)
  if (isCoordinator(turn.state) && table.version.term.coordinator !== turn.self) noteForeignTable(turn, runId)
  turn.updateRun(runId, {
    table,
    dormant: dormant && !ended,
    unattendedSince: null,
    endedAt: ended ? (run.endedAt ?? turn.now) : null,
  })
  turn.effect({ kind: 'store-table', table })
  turn.effect({ kind: 'run-changed', runId })
  if (ended) finish(turn, runId)
  else if (!dormant) follow(turn, runId)
}

/** The start that was announced is not the one that took place: nothing goes by it any more. */
function forgetStart(turn: Turn, run: RunState): void {
  turn.updateRun(run.record.runId, { startAt: null })
  dropOut(turn, run)
}

/** Brings this node's threads in line with the newest table. Called again whenever something it waits for is there. */
export function follow(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run?.table == null || isEnded(run.table.phase)) return
  if (!run.begun && run.table.phase !== 'distributing' && isInForce(run, run.table)) {
    turn.updateRun(runId, { begun: true })
    turn.effect({ kind: 'run-changed', runId })
  }
  beginChores(turn, run, run.table)
  const member = memberOf(run.table, turn.self)
  if (member === undefined) dropOut(turn, run)
  if (run.table.verdict !== null && !hasLetGo(turn, run, run.table)) return
  if (member === undefined || member.final !== null || run.table.verdict !== null) return markApplied(turn, run)
  if (run.stage === 'none') {
    turn.updateRun(runId, { stage: 'preparing' })
    turn.effect({ kind: 'prepare', runId })
    return
  }
  if (run.stage === 'drained') return markApplied(turn, run)
  if (run.stage !== 'ready') return
  assign(turn, run, run.table)
  startWhenKnown(turn, runId)
  stopWhenTold(turn, runId)
}

/** This node took part in an earlier plan of the run and is not in this one: its threads let go of it. */
function dropOut(turn: Turn, run: RunState): void {
  if (run.stage === 'none') return
  turn.effect({ kind: 'discard', runId: run.record.runId })
  turn.updateRun(run.record.runId, { stage: 'none', assigned: null, startedAt: null, stopSent: null, final: null })
}

/**
 * The verdict is decided: threads that have not drained, because their node was cut off, let go of the run before they
 * could have a lease again. Not for a verdict that may be forgotten: then they are still to be drained.
 */
function hasLetGo(turn: Turn, run: RunState, table: ShareTable): boolean {
  if (table.phase !== 'stopping' || run.stage === 'drained' || run.stage === 'none') return true
  if (!isInForce(run, table)) return false
  dropOut(turn, run)
  return true
}

/** Nothing of this table concerns the threads: it is followed as soon as it is read. */
function markApplied(turn: Turn, run: RunState): void {
  if (run.table !== null) turn.updateRun(run.record.runId, { applied: run.table.version })
}

/**
 * Whether what a table asks of the threads is certain to hold. What a coordinator has published and a majority of the
 * voters does not have, its successor may know nothing of: then what these threads had let go of, or had taken on,
 * would be fired, or counted as dropped, by others too. Before the start there is nothing to fire.
 */
function isInForce({ committed }: RunState, { phase, version }: ShareTable): boolean {
  return phase === 'distributing' || (committed !== null && compareVersions(committed, version) === 0)
}

function assign(turn: Turn, run: RunState, table: ShareTable): void {
  const { runId } = run.record
  const slots = slotsOf(table, turn.self)
  const key = keyOf(slots)
  const revisions = revisionsKeyOf(table)
  if (run.assigned !== null && run.assigned.slots === key && run.assigned.revisions === revisions) {
    // The threads are told nothing new. If they have confirmed these slots before, that confirmation still holds.
    if (followsAssigned(run))
      turn.updateRun(runId, { applied: table.version, assigned: { ...run.assigned, version: table.version } })
    return
  }
  if (!isInForce(run, table)) return
  const before = new Set(
    run.assigned?.slots ? run.assigned.slots.split(',').map((part) => Number.parseInt(part, 10)) : [],
  )
  for (const { slot } of slots) before.delete(slot)
  const releaseAt = before.size === 0 ? 0 : releaseOf(turn, table, before)
  const moved = run.assigned?.slots === key ? run.assigned.moved : table.version
  const pending = table.revisions.filter(({ confirmed }) => !confirmed)
  const pendingFrom = Math.min(...pending.map(({ at }) => at))
  turn.updateRun(runId, { assigned: { version: table.version, slots: key, revisions, moved, pendingFrom } })
  turn.effect({ kind: 'assign', runId, version: table.version, slots, releaseAt, revisions: table.revisions })
}

function keyOf(slots: readonly { readonly slot: number; readonly from: RunMs }[]): string {
  return slots.map(({ slot, from }) => `${slot}@${from}`).join()
}

function revisionsKeyOf({ revisions }: ShareTable): string {
  return revisions.map(({ id, at, confirmed }) => `${id}@${at}${confirmed ? '!' : ''}`).join()
}

/**
 * Run time up to which slots that are gone from this node are still its own. When its lease has lapsed, they went when
 * it was given up, and may have moved on since; if nothing tells when, its threads let go of them where they stopped.
 */
function releaseOf(turn: Turn, table: ShareTable, slots: ReadonlySet<number>): RunMs {
  if (turn.state.leaseUntil <= turn.now) return memberOf(table, turn.self)?.givenUpAt ?? 0
  return Math.min(...[...slots].map((slot) => table.since[slot] ?? 0))
}

/** The start on this node's clock. */
function noteStart(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run?.table == null || run.table.startAt === null || run.startAt !== null) return
  const startAt = toLocal(turn, run.table.version.term.coordinator, run.table.startAt)
  if (startAt !== null) turn.updateRun(runId, { startAt })
}

/** The threads have confirmed the last assignment that they were handed. */
function followsAssigned({ applied, assigned }: RunState): boolean {
  return applied !== null && assigned !== null && compareVersions(applied, assigned.version) >= 0
}

/** The threads have been handed what this table says, and have confirmed it. */
function followsTable(turn: Turn, run: RunState, table: ShareTable): boolean {
  const { assigned } = run
  if (!followsAssigned(run) || assigned?.slots !== keyOf(slotsOf(table, turn.self))) return false
  return assigned.revisions === revisionsKeyOf(table)
}

/** The start, once the table tells it and the clock offset that converts it is known well enough. */
export function startWhenKnown(turn: Turn, runId: RunId): void {
  const table = turn.state.runs.get(runId)?.table ?? null
  if (table === null || table.startAt === null) return
  const isMember = memberOf(table, turn.self) !== undefined
  if (isReliable(turn)) noteStart(turn, runId)
  const run = turn.state.runs.get(runId)
  if (run === undefined || run.startAt === null || run.startedAt !== null || !isMember) return
  const { startAt } = run
  // Threads that still hold slots of an earlier table must let go of them before they may fire anything.
  if (run.stage !== 'ready' || !followsTable(turn, run, table)) return
  turn.updateRun(runId, { startedAt: turn.now })
  turn.effect({ kind: 'start', runId, startAt, setup: table.setup?.values ?? {} })
}

/**
 * The end of firing: the table's stop, or this node's own leaving once it holds nothing any more, from when its threads
 * have said that they let go. Told to stop where they were asked to, they would leave out what is theirs until then.
 */
function stopWhenTold(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run?.table == null || run.stage !== 'ready') return
  const { table } = run
  let at = table.stopAt
  if (at === null && turn.state.leaving && table.phase === 'running' && slotsOf(table, turn.self).length === 0) {
    if (!followsTable(turn, run, table)) return
    at = Math.max(0, run.appliedAt)
  }
  if (at === null || run.stopSent === at || !isInForce(run, table)) return
  turn.updateRun(runId, { stopSent: at })
  turn.effect({ kind: 'stop-firing', runId, at })
}

/** The verdict is there: whatever the threads still do for this run is not part of it. */
function finish(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined) return
  markApplied(turn, run)
  noteStart(turn, runId)
  turn.updateRun(runId, { accepting: null, wish: null, changes: [] })
  if (run.stage !== 'none') turn.effect({ kind: 'discard', runId })
}
