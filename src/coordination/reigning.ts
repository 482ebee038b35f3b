/**
 * The coordinator's duty to runs: it takes over those it finds, and publishes the tables that the planner draws up.
 * All of it is forgotten when it steps down.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { compareTerms, compareVersions, type Version } from '../membership/term.ts'
import { isProvenGone, reachable } from '../membership/view.ts'
import { withoutStart } from '../run/ending.ts'
import { event, withEvents } from '../run/plan-facts.ts'
import type { Account, Candidate, Draft, PlanInput, Standing } from '../run/plan-input.ts'
import { planNext } from '../run/planner.ts'
import { isEnded, type ShareTable } from '../run/share-table.ts'
import { commit } from './committing.ts'
import { awaitsCompany } from './former-lives.ts'
import { extendLease, leaseEnd } from './leasing.ts'
import type { Message } from './messages.ts'
import { renewNow } from './renewing.ts'
import { changesOf } from './scaling.ts'
import { isActiveRun, isCaretaker, isCoordinator, type RunState } from './state.ts'
import { holdOfRun, isSupporter, settleVoters, supportHold } from './support.ts'
import { adoptTable } from './tables.ts'
import { countAgainMs, heartbeatTurns } from './timing.ts'
import type { Turn } from './turn.ts'

/** Takes over, plans and publishes for every run. On ticks and whenever something has changed. */
export function reignOver(turn: Turn): void {
  if (!isCoordinator(turn.state) || isCaretaker(turn.state)) return
  turn.updateReign({ plannedAt: turn.now })
  if (!planRuns(turn)) return
  // What this node itself has confirmed just now counts at once, like the others' next renewals.
  renewNow(turn)
  planRuns(turn)
}

/** A run that was submitted here: nobody can have planned it, so there is nothing to take over, and nothing to wait for. */
export function reignOverNew(turn: Turn, runId: RunId): void {
  const { reign, runs } = turn.state
  if (!isCoordinator(turn.state) || isCaretaker(turn.state) || reign === null || !runs.has(runId)) return
  if (!reign.adopted.has(runId)) turn.updateReign({ adopted: new Map(reign.adopted).set(runId, turn.now) })
  reignOver(turn)
}

/** After news from one node of many: others bring more at the same time, and what they say is planned for together. */
export function reignSoon(turn: Turn): void {
  const { reign, view } = turn.state
  if (reign !== null && turn.now - reign.plannedAt >= countAgainMs(turn.timing, view.size)) reignOver(turn)
}

/** True when a table was published. */
function planRuns(turn: Turn): boolean {
  let published = false
  for (const runId of [...turn.state.runs.keys()]) {
    // Each publication changes what the next decision starts from; a few rounds settle a turn.
    for (let round = 0; round < 4; round++) {
      const run = turn.state.runs.get(runId)
      if (run === undefined || !isActiveRun(run) || !planRun(turn, run)) break
      published = true
    }
  }
  return published
}

/** One decision about one run. True when a table was published. */
function planRun(turn: Turn, run: RunState): boolean {
  const { reign, election } = turn.state
  if (reign === null) return false
  settleVoters(turn, run)
  commit(turn, run)
  // A newer reign has published already; its claim is on its way.
  if (run.table !== null && compareTerms(run.table.version.term, election.term) > 0) return false
  const since = reign.adopted.get(run.record.runId)
  if (since === undefined) return takeOver(turn, run)
  if (run.table === null && (isBehind(turn, run) || awaitsCompany(turn, run))) return false
  if (run.table === null && expireUnstarted(turn, run)) return true
  const draft = planNext(run.record.runId, run.table, planInput(turn, run, since))
  if (draft === null) return false
  publish(turn, run, draft, { term: election.term, sequence: (run.table?.version.sequence ?? 0) + 1 })
  return true
}

/**
 * Makes a run this reign's own: waits until everybody who could be firing has said which table it follows (or has no
 * lease any more), continues from the newest one, and publishes it under the new term.
 */
function takeOver(turn: Turn, run: RunState): boolean {
  const { reign, election } = turn.state
  const { runId } = run.record
  if (reign === null) return false
  if (isBehind(turn, run)) return false
  if (run.table === null) {
    turn.updateReign({ adopted: new Map(reign.adopted).set(runId, turn.now) })
    return false
  }
  if (isEnded(run.table.phase)) return false
  for (const member of run.table.members) {
    const report = reign.reports.get(member.bootId)?.get(runId)
    if (report?.applied && compareVersions(report.applied, run.table.version) > 0) {
      turn.send(member.bootId, { kind: 'pull', runId })
      return false
    }
    const settled = member.final !== null || report !== undefined || isExpiring(turn, member.bootId)
    if (!settled) return false
  }
  if (holdOfRun(turn, run) !== 'majority') return false
  const table = run.table
  const startAt = table.startAt === null ? null : localStart(turn, run)
  turn.updateReign({
    adopted: new Map(reign.adopted).set(runId, turn.now),
    settledVoters: new Map(reign.settledVoters).set(runId, table.voters),
  })
  const base: Draft = table.startAt !== null && startAt === null ? withoutStart(table) : { ...table, startAt }
  const elapsed = startAt === null ? 0 : turn.now - startAt
  const name = turn.state.config.info.name
  const note = event(elapsed, 'coordinator-changed', `${name} coordinates (term ${election.term.number})`, {
    bootId: turn.self,
    node: name,
  })
  // Planning on the spot, from what the survivors follow now, saves a lost node's load a round of confirmations.
  // What is decided stays as it is, down to the last event.
  const draft: Draft = table.verdict !== null ? base : { ...base, events: withEvents(base.events, [note]) }
  const planned = planNext(runId, { ...draft, version: table.version }, planInput(turn, { ...run, table }, turn.now))
  publish(turn, run, planned ?? draft, { term: election.term, sequence: table.version.sequence + 1 })
  return true
}

/**
 * Somebody is known to have a newer table. It is on its way; if it has not come for the length of two leases, whoever
 * had it is gone, and nothing under it is fired any more.
 */
function isBehind(turn: Turn, run: RunState): boolean {
  if (run.heard === null || (run.table !== null && compareVersions(run.heard.version, run.table.version) <= 0))
    return false
  return turn.now - run.heard.at < 2 * turn.timing.leaseMs
}

/** Nothing this node could fire is under a valid lease any more when a table published now is committed. */
function isExpiring(turn: Turn, bootId: BootId): boolean {
  return isProvenGone(turn.state.view, bootId) || leaseEnd(turn, bootId) - turn.timing.commitLeadMs <= turn.now
}

/** Start T on this node's clock: its own knowledge, else from a participant that told its run time. */
function localStart(turn: Turn, run: RunState): MonotonicMs | null {
  if (run.startAt !== null) return run.startAt
  const { reign } = turn.state
  for (const [bootId, at] of reign?.reportedAt ?? []) {
    const elapsed = reign?.reports.get(bootId)?.get(run.record.runId)?.elapsed
    if (elapsed !== undefined && elapsed !== null) return at - elapsed
  }
  return null
}

/** A run that nobody could start for long is ended: it must not fire by surprise when a node comes back. */
function expireUnstarted(turn: Turn, run: RunState): boolean {
  // Without those who decide about it nobody knows whether it was not started elsewhere.
  if (turn.now - run.knownSince < turn.timing.startableMs || holdOfRun(turn, run) !== 'majority') return false
  const reason = 'TIMEOUT: the run could not be started in time after it was accepted'
  const draft: Draft = {
    runId: run.record.runId,
    phase: 'distributing',
    members: [],
    voters: [],
    holders: [],
    since: [],
    revisions: [],
    setup: null,
    teardown: null,
    startAt: null,
    startedAt: null,
    stopAt: 0,
    reason,
    degraded: false,
    verdict: 'failed',
    events: [event(0, 'run-ended', reason)],
  }
  publish(turn, run, draft, { term: turn.state.election.term, sequence: 1 })
  return true
}

/**
 * A peer has the end of a run that this coordinator has gone on with, having taken it over from the table before. What
 * was carried out stays as it is: the end is published once more, under this reign.
 */
export function endAs(turn: Turn, table: ShareTable): void {
  const run = turn.state.runs.get(table.runId)
  if (!isCoordinator(turn.state) || isCaretaker(turn.state) || run?.table == null) return
  const { version, phase, startAt } = run.table
  const { term } = turn.state.election
  if (!isEnded(table.phase) || isEnded(phase) || compareTerms(version.term, term) !== 0) return
  if (compareVersions(table.version, version) < 0) {
    publish(turn, run, { ...table, startAt }, { term, sequence: version.sequence + 1 })
  }
}

function publish(turn: Turn, run: RunState, draft: Draft, version: Version): void {
  const table: ShareTable = { ...draft, version }
  const known = new Set(run.table?.members.map((member) => member.bootId))
  // A new member is given the length of a lease to be heard from before it counts as gone.
  for (const member of table.members) if (!known.has(member.bootId)) extendLease(turn, member.bootId)
  spread(turn, table)
  adoptTable(turn, run.record.runId, table)
}

/**
 * Members get a table directly, for it is what everything waits for, and everybody by gossip, which also reaches nodes
 * that a connection is missing to. Among many, when none is missing, all get it directly and once.
 */
function spread(turn: Turn, table: ShareTable): void {
  const { view } = turn.state
  const message: Message = { kind: 'table', table, dormant: false }
  const inReach = reachable(view)
  const isMany = heartbeatTurns(turn.timing, view.size, turn.timing.heartbeatBusyMs) > 1
  const living = [...view.values()].filter((member) => member.state === 'alive')
  if (!isMany || inReach.length < living.length) turn.gossip(message)
  const members = new Set(table.members.map((member) => member.bootId))
  for (const { bootId } of inReach) if (isMany || members.has(bootId)) turn.send(bootId, message)
}

function planInput(turn: Turn, run: RunState, since: MonotonicMs): PlanInput {
  const { state, timing } = turn
  return {
    self: turn.self,
    facts: run.facts,
    slotCount: state.config.slotCount,
    candidates: candidates(turn, run.table === null),
    standing: remembered((bootId) => standingOf(turn, bootId)),
    account: remembered((bootId) => accountOf(turn, run, bootId)),
    hold: run.table === null && supportHold(turn) !== 'majority' ? 'minority' : holdOfRun(turn, run),
    electors: run.record.voters,
    wish: run.wish,
    changes: changesOf(turn, run),
    now: turn.now,
    wall: turn.wall,
    since,
    timing,
  }
}

/** The planner asks about every node many times, and always about the same moment. */
function remembered<T>(ask: (bootId: BootId) => T): (bootId: BootId) => T {
  const known = new Map<BootId, T>()
  return (bootId) => {
    if (!known.has(bootId)) known.set(bootId, ask(bootId))
    return known.get(bootId) as T
  }
}

/** Who may take part: this node, and, unless it coordinates alone, every peer that follows it. */
function candidates(turn: Turn, idle: boolean): ReadonlyMap<BootId, Candidate> {
  const { state } = turn
  const { info } = state.config
  const own = { bootId: turn.self, node: info.name, capacity: info.capacity, load: info.load, leaving: state.leaving }
  if (state.election.term.solo) return new Map([[own.bootId, own]])
  const followers = reachable(state.view).filter((peer) => isSupporter(turn, peer.bootId, idle))
  const others = followers.map((peer) => ({
    bootId: peer.bootId,
    node: peer.name,
    capacity: peer.capacity,
    load: peer.load,
    leaving: peer.leaving,
  }))
  const all: Candidate[] = [own, ...others].sort((a, b) => (a.bootId < b.bootId ? -1 : 1))
  return new Map(all.map((candidate) => [candidate.bootId, candidate]))
}

function standingOf(turn: Turn, bootId: BootId): Standing {
  if (bootId === turn.self)
    return leaseEnd(turn, bootId) > turn.now || isSupporter(turn, bootId) ? 'present' : 'expired'
  const member = turn.state.view.get(bootId)
  if (member?.state === 'dead' || member?.state === 'left') return member.state
  if (member?.connected && isSupporter(turn, bootId)) return 'present'
  if (leaseEnd(turn, bootId) <= turn.now) return 'expired'
  return isExpiring(turn, bootId) ? 'expiring' : 'silent'
}

function accountOf(turn: Turn, run: RunState, bootId: BootId): Account | undefined {
  const report = turn.state.reign?.reports.get(bootId)?.get(run.record.runId)
  if (report === undefined || run.table === null) return undefined
  const own = run.table.version
  return {
    current: report.applied !== null && compareVersions(report.applied, own) === 0,
    appliedAt: report.appliedAt,
    stage: report.stage,
    error: report.error,
    final: report.final,
    chores: report.chores,
    held: report.held,
  }
}
