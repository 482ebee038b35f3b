/** The coordinator's side of leases: who may hold one, and when it is over for certain. */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { withEntry } from '../base/layered-map.ts'
import { holdOf } from '../membership/quorum.ts'
import { compareVersions } from '../membership/term.ts'
import { isProvenGone, living } from '../membership/view.ts'
import type { Message, RunStatusReport } from './messages.ts'
import { digestOf } from './peers.ts'
import { isActiveRun, isCaretaker, isCoordinator, type Reign, type RunState } from './state.ts'
import { merged, tellsTheSame } from './status-report.ts'
import { isSupporter, noteGone, noteSupport, supportHold } from './support.ts'
import { noteVersion } from './tables.ts'
import { countAgainMs } from './timing.ts'
import type { Turn } from './turn.ts'

/** A holder asks for its lease and tells how far it is. True when that says anything new, from which plans could follow. */
export function onRenew(turn: Turn, from: BootId, message: Extract<Message, { kind: 'renew' }>): boolean {
  const { reign, election, view } = turn.state
  if (!isCoordinator(turn.state) || reign === null || message.term.coordinator !== turn.self) return false
  if (message.term.number !== election.term.number) return false
  const cameBack = !isSupporter(turn, from)
  const leaving = message.leaving || view.get(from)?.leaving === true
  const isNews = view.get(from)?.leaving !== leaving || !tellsTheSame(reign.reports.get(from), message.runs)
  turn.updateMember(from, { heardAt: turn.now, leaving })
  noteSupport(turn, from, message)
  noteReports(turn, from, message.runs)
  const granted = knowsTablesOf(turn, message.runs) && mayHold(turn, from, message.unlapsed)
  if (granted) extendLease(turn, from)
  turn.send(from, {
    kind: 'lease',
    term: election.term,
    echo: message.at,
    at: turn.now,
    granted,
    runs: [...turn.state.runs.values()].filter(isActiveRun).map(digestOf),
  })
  return isNews || (cameBack && isSupporter(turn, from))
}

export function noteReports(turn: Turn, from: BootId, reports: readonly RunStatusReport[]): void {
  const { reign } = turn.state
  if (reign === null) return
  for (const { runId, applied, gone } of reports) {
    noteVersion(turn, runId, applied)
    for (const voter of gone) noteUnmetGone(turn, runId, voter)
  }
  const before = reign.reports.get(from)
  const byRun = new Map(reports.map((report) => [report.runId, merged(before?.get(report.runId), report)]))
  turn.updateReign({
    reports: withEntry(reign.reports, from, byRun),
    reportedAt: withEntry(reign.reportedAt, from, turn.now),
  })
}

/** Who decides about a lease must know every run that is fired under it, and who votes there. */
function knowsTablesOf(turn: Turn, reports: readonly RunStatusReport[]): boolean {
  return reports.every(({ runId, applied }) => {
    const table = turn.state.runs.get(runId)?.table ?? null
    return applied === null || (table !== null && compareVersions(table.version, applied) >= 0)
  })
}

/** A voter that this coordinator never met, or has long lost, died elsewhere: others can prove it, and only they. */
function noteUnmetGone(turn: Turn, runId: RunId, voter: BootId): void {
  const run = turn.state.runs.get(runId)
  if (!run?.table?.voters.includes(voter) && !run?.record.voters.includes(voter)) return
  const member = turn.state.view.get(voter)
  if (voter === turn.self || isProvenGone(turn.state.view, voter)) return
  if (member?.connected || (member !== undefined && turn.now - member.heardAt < turn.timing.silentMs)) return
  noteGone(turn)
  turn.updateMember(voter, { state: 'dead', goneAt: turn.now })
}

/**
 * Whether a node may have its lease: enough voters follow, a majority knows every start, and either its lease has
 * never lapsed and no table says that it is lost (so nothing of it was given away), or it follows the newest table of
 * every run it is in.
 *
 * @param unlapsed the holder's own word that its lease is still valid, perhaps from the reign before
 */
function mayHold(turn: Turn, holder: BootId, unlapsed: boolean): boolean {
  const { reign } = turn.state
  if (reign === null) return false
  const active = [...turn.state.runs.values()].filter((run) => run.table !== null && isActiveRun(run))
  if (!isBacked(turn, reign, active)) return false
  const recorded = reign.leases.get(holder)
  const isLost = active.some((run) => isGivenUp(run, holder))
  if (unlapsed && !isLost && (recorded === undefined || recorded > turn.now)) return true
  return active.every((run) => {
    if (run.table === null) return true
    const applied = reign.reports.get(holder)?.get(run.record.runId)?.applied
    // Who is not in it may have been in an older one, and fire by that until it has seen this one.
    const isMember = run.table.members.some((member) => member.bootId === holder)
    if (applied == null) return !isMember
    const isCurrent = compareVersions(applied, run.table.version) === 0
    // A caretaker has adopted none: what lapsed may have been given away where it cannot look.
    return isCurrent && (!isMember || reign.adopted.has(run.record.runId))
  })
}

/** What it held may have been given to others, who begin when its lease is over. */
function isGivenUp({ table }: RunState, holder: BootId): boolean {
  return table?.members.some(({ bootId, lostAt, final }) => bootId === holder && lostAt !== null && !final) === true
}

/** Enough voters follow, and a majority of them knows every start; by a count of just before, where there are many. */
function isBacked(turn: Turn, reign: Reign, active: readonly RunState[]): boolean {
  const { counted, settledVoters } = reign
  const pause = countAgainMs(turn.timing, turn.state.view.size)
  const isFresh = counted !== null && turn.now - counted.at < pause && counted.settledVoters === settledVoters
  const tables = active.map((run) => run.table)
  if (isFresh && counted.tables.length === tables.length && tables.every((table, i) => table === counted.tables[i])) {
    return true
  }
  const hold = supportHold(turn)
  if (hold === 'minority' || !active.every((run) => startIsKnown(turn, run))) return false
  if (hold === 'majority' && pause > 0) turn.updateReign({ counted: { at: turn.now, tables, settledVoters } })
  return true
}

/** A majority of the voters knows the start: whoever coordinates next will know it too, so it cannot start again. */
function startIsKnown(turn: Turn, run: RunState): boolean {
  if (run.table === null || run.table.startAt === null) return true
  const knows = (voter: BootId) => turn.state.reign?.reports.get(voter)?.get(run.record.runId)?.elapsed != null
  const hold = holdOf(living(turn.state.view, run.table.voters), knows)
  // With whoever set the start, who is not in it, a caretaker's half makes a majority.
  return hold === 'majority' || (hold === 'half' && isCaretaker(turn.state))
}

/**
 * When a node's lease is over for certain. A predecessor may have renewed it just before this reign began, and a
 * caretaker while this coordinator had no majority.
 */
export function leaseEnd(turn: Turn, holder: BootId): MonotonicMs {
  const { reign } = turn.state
  if (reign === null) return Number.POSITIVE_INFINITY
  const { leaseMs, leaseMarginMs, promiseMs } = turn.timing
  // However long nobody could renew it: a holder is given the time to be heard in this reign.
  const byOthers = Math.max(reign.contestedUntil + leaseMs + leaseMarginMs, reign.since + promiseMs)
  return Math.max(reign.leases.get(holder) ?? byOthers, byOthers)
}

export function extendLease(turn: Turn, holder: BootId): void {
  const { reign } = turn.state
  if (reign === null) return
  const until = turn.now + turn.timing.leaseMs + turn.timing.leaseMarginMs
  turn.updateReign({ leases: withEntry(reign.leases, holder, until) })
}

/** The coordinator's own lease, as long as enough voters follow it. True when it was renewed. */
export function renewOwnLease(turn: Turn, unlapsed: boolean): boolean {
  if (!mayHold(turn, turn.self, unlapsed)) return false
  extendLease(turn, turn.self)
  return true
}
