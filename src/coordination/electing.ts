/**
 * The election: bully, made safe. Rank decides who stands first; votes of a majority decide who wins; a node that
 * hears its coordinator gives nobody its vote, so a healthy coordinator is never deposed by a higher rank.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { type Hold, holdOfEach } from '../membership/quorum.ts'
import { compareRank, type Ranked, standingOrder } from '../membership/rank.ts'
import { compareTerms, compareVersions, type Term } from '../membership/term.ts'
import { isProvenGone, type Member, reachable } from '../membership/view.ts'
import { onPull } from './accepting.ts'
import { measureClock } from './clock-sync.ts'
import type { Message, RunDigest } from './messages.ts'
import { announce, digestOf } from './peers.ts'
import { renewNow } from './renewing.ts'
import { type CoreState, coordinatorOf, isActiveRun, isBusy, isCoordinator, type RunState } from './state.ts'
import { beginReign, supportHold } from './support.ts'
import type { Turn } from './turn.ts'

/** Groups of which a candidate needs a majority each: the voters of every active run, or the members seen. */
export function electorate(state: CoreState): ReadonlySet<BootId>[] {
  const groups: ReadonlySet<BootId>[] = []
  for (const run of state.runs.values()) {
    if (run.table === null || !isActiveRun(run)) continue
    const voters = run.table.voters.filter((voter) => !isProvenGone(state.view, voter))
    if (voters.length > 0) groups.push(new Set(voters))
  }
  if (groups.length > 0) return groups
  const seen = [...state.view.values()].filter((member) => member.state === 'alive' && !member.leaving)
  return [new Set([state.config.bootId, ...seen.map((member) => member.bootId)])]
}

/** Looks whether there is a coordinator to follow, and stands when it is time to. On every tick and peer change. */
export function considerElection(turn: Turn): void {
  if (turn.state.left) return
  loseCoordinator(turn)
  const { election } = turn.state
  if (election.candidacy !== null) {
    if (turn.now - election.candidacy.since < turn.timing.electionMs) return askAgain(turn)
    turn.updateElection({ candidacy: null, standAt: null, attempts: election.attempts + 1 })
  }
  if (!wantsElection(turn.state)) {
    if (election.standAt !== null) turn.updateElection({ standAt: null })
    return
  }
  const standAt = turn.state.election.standAt ?? turn.now + standingDelay(turn.state)
  turn.updateElection({ standAt })
  if (turn.now >= standAt) stand(turn)
}

/** Stops following a coordinator that is proven gone, or was not heard for the promise time. */
function loseCoordinator(turn: Turn): void {
  const { election, view } = turn.state
  const coordinator = election.term.coordinator
  if (!election.following || coordinator === turn.self) return
  const gone = isProvenGone(view, coordinator)
  if (!gone && turn.now <= promiseUntil(turn.state)) return
  turn.log(`coordinator ${view.get(coordinator)?.name ?? coordinator} is ${gone ? 'gone' : 'not heard any more'}`)
  turn.updateElection({ following: false, standAt: null, attempts: 0, coordinatorAt: null })
}

/** Until when this node has promised its vote to nobody but its coordinator. */
export function promiseUntil(state: CoreState): MonotonicMs {
  const { timing } = state.config
  return state.election.heardAt + (isBusy(state) ? timing.promiseMs : timing.promiseIdleMs)
}

/**
 * No coordinator; or this node coordinates itself alone and is not alone any more; or others have seen a newer term
 * whose coordinator is gone, and will not follow this one until its term is newer still.
 */
function wantsElection(state: CoreState): boolean {
  const { election } = state
  // Who is leaving stands only when there is nobody else to bring the runs to their end.
  if (!election.following) return !state.leaving || reachable(state.view).every((peer) => peer.leaving)
  if (election.term.coordinator !== state.config.bootId || state.leaving) return false
  const company = reachable(state.view)
  if (election.term.solo) return company.some((member) => member.term === null || member.term.solo)
  return company.some(({ term }) => {
    if (term === null || compareTerms(term, election.term) <= 0) return false
    return term.solo || !company.some((member) => member.bootId === term.coordinator)
  })
}

/** The highest rank stands at once, the next a step later, and so on; every failed attempt adds a step. */
function standingDelay(state: CoreState): number {
  const order = standingOrder(
    standingRank(state),
    reachable(state.view)
      .filter((peer) => !peer.leaving)
      .map(peerRank),
  )
  return (order + Math.min(state.election.attempts, 6)) * state.config.timing.standingStepMs
}

/** Knowing a run outranks everything: whoever has one coordinates it. */
const BUSY_RANK = 1e12

function standingRank(state: CoreState): Ranked {
  const { bootId, info } = state.config
  return { bootId, capacity: info.capacity, priority: info.priority + (isBusy(state) ? BUSY_RANK : 0) }
}

function peerRank(peer: Member): Ranked {
  return { ...peer, priority: peer.priority + (peer.busy ? BUSY_RANK : 0) }
}

function stand(turn: Turn): void {
  const { state } = turn
  const groups = electorate(state)
  const peers = reachable(state.view)
  const inReach = new Set([turn.self, ...peers.map((peer) => peer.bootId)])
  turn.updateElection({ standAt: null })
  if (holdOfEach(groups, (node) => inReach.has(node)) !== 'majority') return
  if (peers.length === 0 && standsAlone(state)) return becomeSolo(turn)
  const number = Math.max(state.election.term.number, state.election.highest, state.election.voted?.number ?? 0) + 1
  const term: Term = { number, solo: false, coordinator: turn.self }
  turn.updateElection({
    voted: { number, candidate: turn.self },
    highest: number,
    candidacy: { term, votes: new Set([turn.self]), since: turn.now, askedAt: Number.NEGATIVE_INFINITY },
  })
  askAgain(turn)
  countVotes(turn)
}

/** Asks everybody who has not voted yet. Some learn a moment later than others that the coordinator is gone. */
function askAgain(turn: Turn): void {
  const { state } = turn
  const { candidacy } = state.election
  if (candidacy === null || turn.now - candidacy.askedAt < turn.timing.tickMs / 2) return
  turn.updateElection({ candidacy: { ...candidacy, askedAt: turn.now } })
  const { term } = candidacy
  const busy = isBusy(state)
  const runs = [...state.runs.values()].filter(isActiveRun).map(digestOf)
  for (const peer of reachable(state.view)) {
    if (!candidacy.votes.has(peer.bootId)) turn.send(peer.bootId, { kind: 'election', term, busy, runs })
  }
}

/** Alone without proof that the coordinator before is gone: it may live elsewhere, so no number is taken from it. */
function standsAlone(state: CoreState): boolean {
  const { term } = state.election
  return term.solo || !isProvenGone(state.view, term.coordinator)
}

function becomeSolo(turn: Turn): void {
  const number = turn.state.election.term.number
  takeOffice(turn, { number, solo: true, coordinator: turn.self })
}

/** ELECTION from a peer. */
export function onElection(turn: Turn, from: BootId, message: Extract<Message, { kind: 'election' }>): void {
  const { state } = turn
  const { term } = message
  const reason = refusal(turn, from, message)
  if (reason === 'behind') for (const run of newerRuns(state, message.runs)) onPull(turn, from, run.record.runId)
  turn.updateElection({ highest: Math.max(state.election.highest, term.number) })
  if (reason === null) {
    turn.updateElection({
      voted: { number: term.number, candidate: from },
      candidacy: null,
      // Leaves the candidate the time to win before standing against it.
      standAt: turn.now + 2 * turn.timing.electionMs,
    })
  } else if (reason === 'outranked') {
    turn.updateElection({ standAt: turn.now })
  }
  turn.send(from, {
    kind: 'answer',
    term,
    granted: reason === null,
    reason: reason ?? 'granted',
    known: turn.state.election.term,
  })
  if (reason === 'outranked') considerElection(turn)
}

/** Why a vote is refused; null when it is given. */
function refusal(
  turn: Turn,
  from: BootId,
  { term, busy, runs }: Extract<Message, { kind: 'election' }>,
): 'promised' | 'outranked' | 'stale' | 'behind' | null {
  const { state } = turn
  const { election, view } = state
  const voted = election.voted
  if (term.solo || term.coordinator !== from || compareTerms(term, election.term) <= 0) return 'stale'
  if (voted !== null && (term.number < voted.number || (term.number === voted.number && voted.candidate !== from))) {
    return 'stale'
  }
  const coordinator = coordinatorOf(state)
  const soloSelf = coordinator === turn.self && election.term.solo
  if (coordinator === turn.self && !soloSelf && supportHold(turn) !== 'minority') return 'promised'
  if (coordinator !== null && coordinator !== turn.self && coordinator !== from) {
    if (!isProvenGone(view, coordinator) && turn.now <= promiseUntil(state)) return 'promised'
  }
  if (newerRuns(state, runs).length > 0) return 'behind'
  const candidate = view.get(from)
  const mayStand =
    !state.leaving && election.attempts < 2 && (coordinator === null || (soloSelf && wantsElection(state)))
  if (mayStand && candidate !== undefined) {
    const other = { ...candidate, priority: candidate.priority + (busy ? BUSY_RANK : 0) }
    if (compareRank(standingRank(state), other) > 0 && canWin(state)) return 'outranked'
  }
  return null
}

/** Active runs of which this node has a newer table than the candidate: who votes in them may have changed. */
function newerRuns(state: CoreState, known: readonly RunDigest[]): RunState[] {
  return [...state.runs.values()].filter((run) => {
    if (run.table === null || !isActiveRun(run)) return false
    const version = known.find((digest) => digest.runId === run.record.runId)?.version ?? null
    return version === null || compareVersions(run.table.version, version) > 0
  })
}

function canWin(state: CoreState): boolean {
  const inReach = new Set([state.config.bootId, ...reachable(state.view).map((peer) => peer.bootId)])
  return holdOfEach(electorate(state), (node) => inReach.has(node)) === 'majority'
}

/** ANSWER to this node's candidacy. */
export function onAnswer(turn: Turn, from: BootId, answer: Extract<Message, { kind: 'answer' }>): void {
  const { election } = turn.state
  turn.updateElection({ highest: Math.max(election.highest, answer.known.number) })
  if (election.candidacy === null || compareTerms(answer.term, election.candidacy.term) !== 0) return
  if (answer.granted) {
    turn.updateElection({ candidacy: { ...election.candidacy, votes: new Set([...election.candidacy.votes, from]) } })
    countVotes(turn)
  } else if (answer.reason === 'behind') {
    // What was missing came just before this answer: stand again, knowing it.
    turn.updateElection({ candidacy: null, standAt: turn.now + turn.timing.tickMs })
  } else if (answer.reason === 'outranked') {
    turn.updateElection({
      candidacy: null,
      standAt: turn.now + 2 * turn.timing.electionMs,
      attempts: election.attempts + 1,
    })
  }
}

function countVotes(turn: Turn): void {
  const { candidacy } = turn.state.election
  if (candidacy === null) return
  const hold: Hold = holdOfEach(electorate(turn.state), (node) => candidacy.votes.has(node))
  if (hold === 'majority') takeOffice(turn, candidacy.term)
}

function takeOffice(turn: Turn, term: Term): void {
  turn.updateElection({
    term,
    following: true,
    heardAt: turn.now,
    coordinatorAt: turn.now,
    candidacy: null,
    standAt: null,
    attempts: 0,
    highest: Math.max(turn.state.election.highest, term.number),
  })
  turn.log(term.solo ? 'coordinating alone: no other node in sight' : `elected coordinator for term ${term.number}`)
  beginReign(turn)
  if (!term.solo) {
    for (const peer of reachable(turn.state.view)) {
      turn.send(peer.bootId, { kind: 'coordinator', term, at: turn.now })
    }
  }
  announce(turn)
  measureClock(turn)
  renewNow(turn)
}

/** COORDINATOR, or a heartbeat of one: follows a newer term, is assured by the present one, ignores older ones. */
export function onCoordinatorClaim(turn: Turn, from: BootId, term: Term, at: MonotonicMs): void {
  const { election } = turn.state
  turn.updateElection({ highest: Math.max(election.highest, term.number) })
  if (term.solo || term.coordinator !== from) return
  const order = compareTerms(term, election.term)
  if (order < 0) return
  const isNew = order > 0 || !election.following
  if (isNew && isCoordinator(turn.state)) turn.log(`steps down for ${turn.state.view.get(from)?.name ?? from}`)
  turn.updateElection({
    term,
    following: true,
    heardAt: turn.now,
    coordinatorAt: Math.max(at, isNew ? at : (election.coordinatorAt ?? at)),
  })
  if (!isNew) return
  turn.updateElection({ candidacy: null, standAt: null, attempts: 0 })
  turn.update({ reign: null })
  turn.log(`follows ${turn.state.view.get(from)?.name ?? from}, coordinator of term ${term.number}`)
  measureClock(turn)
  renewNow(turn)
  announce(turn)
}
