/** A holder's side of leases: asks for renewal in time, telling how far it is, and passes the answer to its threads. */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import type { Ranges } from '../base/ranges.ts'
import { compareTerms } from '../membership/term.ts'
import { isProvenGone } from '../membership/view.ts'
import { memberOf, type TableMember } from '../run/share-table.ts'
import { noteReports, renewOwnLease } from './leasing.ts'
import type { Message, RunStatusReport } from './messages.ts'
import { announce } from './peers.ts'
import { coordinatorOf, isActiveRun, isBusy, isCoordinator, type RunState } from './state.ts'
import { soleFor } from './support.ts'
import type { Turn } from './turn.ts'

/** What this node tells its coordinator of the runs that go on, and notes to have told. */
function statusReports(turn: Turn): RunStatusReport[] {
  for (const run of turn.state.runs.values()) if (isActiveRun(run)) noteTold(turn, run)
  return [...turn.state.runs.values()].filter(isActiveRun).map((run) => ({
    runId: run.record.runId,
    has: run.table?.version ?? null,
    applied: run.applied,
    appliedAt: run.appliedAt,
    stage: run.stage,
    error: run.error,
    final: run.final,
    chores: { setup: run.chores.setup?.outcome ?? null, teardown: run.chores.teardown?.outcome ?? null },
    elapsed: run.startAt === null ? null : turn.now - run.startAt,
    held: [...(run.told?.sent ?? [])].map(([bootId, ranges]) => ({ bootId, ranges: ranges.slice(-32) })),
    gone: [...new Set([...run.record.voters, ...(run.table?.voters ?? [])])].filter((voter) =>
      isProvenGone(turn.state.view, voter),
    ),
  }))
}

/** Among a thousand nodes everybody holds something of everybody: told each time, that would be the most of all. */
function noteTold(turn: Turn, run: RunState): void {
  const { term } = turn.state.election
  const isKnown = run.told !== null && compareTerms(run.told.term, term) === 0
  // Accounts of one moment have one answer: what it confirms must be the same in all of them.
  if (isKnown && run.told?.at === turn.now) return
  const confirmed = isKnown && run.told !== null ? run.told.confirmed : NOTHING_TOLD
  const sent = new Map<BootId, Ranges>()
  for (const { bootId } of departing(turn, run)) {
    const ranges = run.held.get(bootId)
    if (ranges !== undefined && confirmed.get(bootId) !== ranges) sent.set(bootId, ranges)
  }
  if (sent.size === 0 && isKnown && run.told?.sent.size === 0) return
  turn.updateRun(run.record.runId, { told: { term, confirmed, sent, at: turn.now } })
}

const NOTHING_TOLD: ReadonlyMap<BootId, Ranges> = new Map()

/** The coordinator has answered the account of this time: it knows what that told. */
function confirmTold(turn: Turn, askedAt: MonotonicMs): void {
  for (const { record, told } of turn.state.runs.values()) {
    if (told === null || told.at !== askedAt || told.sent.size === 0) continue
    if (compareTerms(told.term, turn.state.election.term) !== 0) continue
    const confirmed = new Map([...told.confirmed, ...told.sent])
    turn.updateRun(record.runId, { told: { ...told, confirmed, sent: NOTHING_TOLD } })
  }
}

/** Of whom somebody waits for windows: all for the verdict, and before that the lost and leaving. */
function departing(turn: Turn, run: RunState): TableMember[] {
  const members = run.table?.members ?? []
  return members.filter((member) => {
    if (member.left || member.bootId === turn.self) return false
    if (run.table?.phase === 'stopping') return true
    if (member.final !== null) return member.lostAt === null
    return member.lostAt !== null || turn.state.view.get(member.bootId)?.leaving === true
  })
}

/**
 * On every tick: renews when it is time, and again and again while a run waits for its first lease, or a lease is about
 * to lapse because too few followed the new coordinator when it was asked.
 */
export function renewWhenDue(turn: Turn): void {
  const { state, timing } = turn
  if (!isBusy(state)) return
  const isUrgent = awaitsLease(turn) || (state.refused && state.leaseUntil + timing.leaseMs > turn.now)
  const isDue = turn.now - state.renewedAt >= timing.renewMs
  if (isUrgent || isDue) renewNow(turn)
  // Waking up costs a node more than a message does. What was renewed in between has put the two out of step.
  if (isDue && !isCoordinator(state) && state.heartbeatAt < turn.now) announce(turn)
}

/** A run has its start, and no lease that was asked for since. */
function awaitsLease(turn: Turn): boolean {
  const askedAt = turn.state.leaseUntil - turn.timing.leaseMs
  for (const run of turn.state.runs.values()) {
    if (isActiveRun(run) && run.stage === 'ready' && run.startedAt !== null && run.startedAt > askedAt) return true
  }
  return false
}

/** Renews at once: something has changed that the coordinator waits for. */
export function renewNow(turn: Turn): void {
  const coordinator = coordinatorOf(turn.state)
  if (coordinator === null) return
  turn.update({ renewedAt: turn.now })
  if (isCoordinator(turn.state)) {
    noteReports(turn, turn.self, statusReports(turn))
    const granted = renewOwnLease(turn, turn.state.leaseUntil > turn.now)
    turn.update({ refused: !granted })
    if (granted) hold(turn, turn.now)
    return
  }
  turn.send(coordinator, {
    kind: 'renew',
    term: turn.state.election.term,
    at: turn.now,
    echo: turn.state.election.coordinatorAt,
    soleFor: soleFor(turn.state, turn.now),
    leaving: turn.state.leaving,
    unlapsed: turn.state.leaseUntil > turn.now,
    runs: statusReports(turn),
  })
}

/** The answer: the lease counts from when it was asked for, so that no delay on the way can lengthen it. */
export function onLease(turn: Turn, from: BootId, message: Extract<Message, { kind: 'lease' }>): void {
  const { election } = turn.state
  if (coordinatorOf(turn.state) !== from || compareTerms(message.term, election.term) !== 0) return
  if (message.echo > turn.now) return
  turn.update({ refused: !message.granted })
  confirmTold(turn, message.echo)
  if (message.granted) hold(turn, message.echo)
}

/**
 * Passes a lease to the threads. One that was asked for before a run's start was known says nothing about that run:
 * the coordinator grants a lease over a start only when a majority knows it.
 */
function hold(turn: Turn, askedAt: MonotonicMs): void {
  const until = askedAt + turn.timing.leaseMs
  if (until <= turn.state.leaseUntil) return
  turn.update({ leaseUntil: until })
  for (const run of turn.state.runs.values()) {
    if (!isActiveRun(run) || run.table === null || run.stage !== 'ready') continue
    if (run.startedAt === null || askedAt < run.startedAt) continue
    if (memberOf(run.table, turn.self) !== undefined) {
      turn.effect({ kind: 'lease', runId: run.record.runId, until })
    }
  }
}
