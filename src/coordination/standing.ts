/**
 * Who may decide an election, and who stands first in it: pure questions about a state, asked by candidates, voters
 * and coordinators alike.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { type Hold, holdOfEach } from '../membership/quorum.ts'
import { type Ranked, standingOrder } from '../membership/rank.ts'
import { compareTerms } from '../membership/term.ts'
import { isHeard, isProvenGone, living, type Member, reachable, type View } from '../membership/view.ts'
import { type CoreState, isActiveRun, isBusy, isCaretaker, type RunState } from './state.ts'
import type { Turn } from './turn.ts'

/** The living voters of a run's table, of whom a majority is needed; none before it has one. */
export function votersOf(view: View, { table }: RunState): ReadonlySet<BootId>[] {
  return table === null ? [] : [living(view, table.voters)]
}

/**
 * Who decides about a run: its voters; until it has started those of its record too, so that two sides of a mesh that
 * both know it cannot both plan it.
 */
export function decidersOf(view: View, run: RunState): ReadonlySet<BootId>[] {
  const groups = votersOf(view, run)
  if (run.table === null || run.table.phase === 'distributing') groups.push(living(view, run.record.voters))
  return groups
}

/** The living voters of every active run; empty without one. */
export function runElectorate({ runs, view }: CoreState): ReadonlySet<BootId>[] {
  return [...runs.values()]
    .filter(isActiveRun)
    .flatMap((run) => votersOf(view, run))
    .filter((voters) => voters.size > 0)
}

/** Groups of which a candidate needs a majority each: the voters of every active run, or the members seen. */
export function electorate(state: CoreState): readonly ReadonlySet<BootId>[] {
  const groups = runElectorate(state)
  if (groups.length > 0) return groups
  const seen = [...state.view.values()].filter((member) => member.state === 'alive' && !member.leaving)
  return [new Set([state.config.bootId, ...seen.map((member) => member.bootId)])]
}

/** This node and all it can talk to. */
export function withinReach(state: CoreState): ReadonlySet<BootId> {
  return new Set([state.config.bootId, ...reachable(state.view).map((peer) => peer.bootId)])
}

/** How much of the electorate a candidate could have behind it. */
function mostVotes(state: CoreState): Hold {
  const inReach = withinReach(state)
  return holdOfEach(electorate(state), (node) => inReach.has(node))
}

export function canWin(state: CoreState): boolean {
  return mostVotes(state) === 'majority'
}

/** Half of the voters of a run are within reach: they may keep what they have under a caretaker. */
export function canTakeCare(state: CoreState): boolean {
  return mostVotes(state) !== 'minority' && runElectorate(state).length > 0
}

/** Until when this node has promised its vote to nobody but its coordinator. */
export function promiseUntil(state: CoreState): MonotonicMs {
  const { timing } = state.config
  return state.election.heardAt + (isBusy(state) ? timing.promiseMs : timing.promiseIdleMs)
}

/** The caretaker that still counts on this node, whether it follows it or has just stopped to; null for none. */
export function boundTo(turn: Turn): BootId | null {
  const { election, view } = turn.state
  const { solo, coordinator } = election.term
  if (!solo || coordinator === '' || coordinator === turn.self || isProvenGone(view, coordinator)) return null
  return turn.now <= promiseUntil(turn.state) ? coordinator : null
}

/** It has heard a coordinator that it would follow, had it not bound itself: it votes and stands for nobody else. */
export function isAssured(turn: Turn): boolean {
  const { assured } = turn.state.election
  if (assured === null || isProvenGone(turn.state.view, assured.term.coordinator)) return false
  return turn.now <= assured.at + turn.timing.promiseMs
}

/**
 * No coordinator; or this node coordinates itself alone and is not alone any more; or it is a caretaker that could be
 * more; or others have seen a newer term whose coordinator is gone, or has nothing to do, and will not follow this one
 * until its term is newer still.
 */
export function wantsElection(state: CoreState): boolean {
  const { election } = state
  if (!election.following) return true
  if (election.term.coordinator !== state.config.bootId) return false
  // On its way out too: its runs need a coordinator, and perhaps nobody else has a vote in them.
  if (isCaretaker(state)) return canWin(state)
  if (state.leaving) return false
  const company = reachable(state.view)
  if (election.term.solo) return company.some((member) => member.term === null || member.term.solo)
  if (isOutrankedByTable(state)) return true
  return company.some(({ bootId, term, busy, follows }) => {
    if (term === null || compareTerms(term, election.term) <= 0) return false
    if (term.number === election.term.number && term.coordinator === bootId) return isBusy(state) && !busy
    // Its coordinator is out of reach; or here, and gave its office up without another being elected.
    const reigns = company.some((member) => member.bootId === term.coordinator && member.follows === member.bootId)
    return term.solo || (!reigns && (follows === null || !company.some((member) => member.bootId === term.coordinator)))
  })
}

/** Who is leaving stands this much later: only when nobody else brings the runs to their end. In milliseconds. */
const LEAVING_DELAY_MS = 1500

/** A run has a table of a newer reign, which nobody here can continue under this one. */
function isOutrankedByTable({ runs, election }: CoreState): boolean {
  for (const run of runs.values()) {
    if (run.table !== null && isActiveRun(run) && compareTerms(run.table.version.term, election.term) > 0) return true
  }
  return false
}

/**
 * The highest rank stands at once, the next a step later, and so on; every failed attempt adds a step. While there are
 * runs, those not heard for a promise are not waited for: they may be behind a cut that shows only later. Nor are those
 * on their way out, but by each other: who stands in step with another takes its votes away, and loses its own.
 */
export function standingDelay(state: CoreState, now: MonotonicMs): number {
  const late = state.leaving && !reachable(state.view).every((peer) => peer.leaving) ? LEAVING_DELAY_MS : 0
  const order = standingOrder(
    standingRank(state),
    reachable(state.view)
      .filter(
        (peer) =>
          (state.leaving || !peer.leaving) && (!isBusy(state) || isHeard(peer, now, state.config.timing.promiseMs)),
      )
      .map(peerRank),
  )
  return late + (order + Math.min(state.election.attempts, 6)) * state.config.timing.standingStepMs
}

/** Knowing a run outranks everything: whoever has one coordinates it. */
const BUSY_RANK = 1e12

export function standingRank(state: CoreState): Ranked {
  const { bootId, info } = state.config
  return { bootId, capacity: info.capacity, priority: info.priority + (isBusy(state) ? BUSY_RANK : 0) }
}

export function peerRank(peer: Member): Ranked {
  return candidateRank(peer, peer.busy)
}

/** @param busy knows a run that goes on */
export function candidateRank(candidate: Ranked, busy: boolean): Ranked {
  return { ...candidate, priority: candidate.priority + (busy ? BUSY_RANK : 0) }
}
