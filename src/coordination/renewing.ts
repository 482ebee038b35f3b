/** A holder's side of leases: asks for renewal in time, telling how far it is, and passes the answer to its threads. */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { NO_RANGES } from '../base/ranges.ts'
import { compareTerms } from '../membership/term.ts'
import { isProvenGone } from '../membership/view.ts'
import { memberOf } from '../run/share-table.ts'
import { noteReports, renewOwnLease } from './leasing.ts'
import type { Message, RunStatusReport } from './messages.ts'
import { coordinatorOf, isActiveRun, isBusy, isCoordinator, type RunState } from './state.ts'
import { soleFor } from './support.ts'
import type { Turn } from './turn.ts'

/** What this node tells its coordinator of the runs that go on. */
function statusReports(turn: Turn): RunStatusReport[] {
  return [...turn.state.runs.values()].filter(isActiveRun).map((run) => ({
    runId: run.record.runId,
    applied: run.applied,
    appliedAt: run.appliedAt,
    stage: run.stage,
    error: run.error,
    final: run.final,
    elapsed: run.startAt === null ? null : turn.now - run.startAt,
    held: heldOfDeparting(turn, run),
    gone: [...new Set([...run.record.voters, ...(run.table?.voters ?? [])])].filter((voter) =>
      isProvenGone(turn.state.view, voter),
    ),
  }))
}

/** Only what somebody waits for: everything for the verdict, and before that of lost and leaving nodes. */
function heldOfDeparting(turn: Turn, run: RunState) {
  const departing = run.table?.members.filter((member) => {
    if (member.left || member.bootId === turn.self) return false
    if (run.table?.phase === 'stopping') return true
    if (member.final !== null) return member.lostAt === null
    return member.lostAt !== null || turn.state.view.get(member.bootId)?.leaving === true
  })
  return (departing ?? []).map(({ bootId }) => ({ bootId, ranges: (run.held.get(bootId) ?? NO_RANGES).slice(-32) }))
}

/**
 * On every tick: renews when it is time, and again and again while a run waits for its first lease, or a lease is about
 * to lapse because too few followed the new coordinator when it was asked.
 */
export function renewWhenDue(turn: Turn): void {
  const { state, timing } = turn
  if (!isBusy(state)) return
  const isUrgent = awaitsLease(turn) || (state.refused && state.leaseUntil + timing.leaseMs > turn.now)
  if (isUrgent || turn.now - state.renewedAt >= timing.renewMs) renewNow(turn)
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
