/**
 * The election: bully, made safe. Rank decides who stands first; votes of a majority decide who wins; a node that
 * hears its coordinator gives nobody its vote, so a healthy coordinator is never deposed by a higher rank.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { holdOfEach } from '../membership/quorum.ts'
import { compareTerms, type Term } from '../membership/term.ts'
import { isHeard, isProvenGone, reachable } from '../membership/view.ts'
import type { Message } from './messages.ts'
import { becomeCaretaker, becomeSolo, takeOffice } from './office.ts'
import { announceToAll, digestOf } from './peers.ts'
import {
  canTakeCare,
  canWin,
  electorate,
  isAssured,
  promiseUntil,
  runElectorate,
  standingDelay,
  wantsElection,
} from './standing.ts'
import { type CoreState, coordinatorOf, isActiveRun, isBusy } from './state.ts'
import { rollCallMs } from './timing.ts'
import type { Turn } from './turn.ts'

/** Looks whether there is a coordinator to follow, and stands when it is time to. On every tick and peer change. */
export function considerElection(turn: Turn): void {
  if (turn.state.left) return
  loseCoordinator(turn)
  loseCandidate(turn)
  const { election } = turn.state
  if (election.candidacy !== null) {
    if (turn.now - election.candidacy.since < election.candidacy.patience) {
      askAgain(turn)
      return countVotes(turn)
    }
    turn.updateElection({ candidacy: null, standAt: null, attempts: election.attempts + 1 })
  }
  if (!wantsElection(turn.state) || isAssured(turn)) {
    if (election.standAt !== null || election.rollCallAt !== null) {
      turn.updateElection({ standAt: null, rollCallAt: null })
    }
    return
  }
  if (turn.state.election.standAt === null && !knowsWhoIsThere(turn)) return
  const standAt =
    turn.state.election.standAt ?? Math.max(turn.now + standingDelay(turn.state, turn.now), boundUntil(turn))
  turn.updateElection({ standAt })
  if (turn.now >= standAt) stand(turn)
}

/** A vote for one that is gone binds nobody. */
function loseCandidate(turn: Turn): void {
  const { election, view } = turn.state
  if (election.pledge === null || !isProvenGone(view, election.pledge.candidate)) return
  turn.updateElection({ pledge: null, standAt: null })
}

/** Whoever has its vote is left the time to win. */
function boundUntil({ state }: Turn): MonotonicMs {
  return state.election.pledge?.until ?? Number.NEGATIVE_INFINITY
}

/** Stops following a coordinator that is proven gone, or was not heard for the promise time. */
export function loseCoordinator(turn: Turn): void {
  const { election, view } = turn.state
  const coordinator = election.term.coordinator
  if (!election.following || coordinator === turn.self) return
  const gone = isProvenGone(view, coordinator)
  if (!gone && turn.now <= promiseUntil(turn.state)) return
  turn.log(`coordinator ${view.get(coordinator)?.name ?? coordinator} is ${gone ? 'gone' : 'not heard any more'}`)
  turn.updateElection({ following: false, standAt: null, attempts: 0, coordinatorAt: null })
}

/** Among many, followers hear each other too rarely to tell who stands first: then everybody speaks up before. */
function knowsWhoIsThere(turn: Turn): boolean {
  const { state, timing } = turn
  const callMs = rollCallMs(timing, state.view.size)
  if (callMs === 0 || !isBusy(state)) return true
  const { rollCallAt } = state.election
  if (rollCallAt !== null) return turn.now - rollCallAt >= callMs
  turn.updateElection({ rollCallAt: turn.now })
  announceToAll(turn)
  return false
}

function stand(turn: Turn): void {
  const { state } = turn
  turn.updateElection({ standAt: null })
  if (!canWin(state) && !canTakeCare(state)) return
  if (reachable(state.view).length === 0 && standsAlone(state)) return becomeSolo(turn)
  const number = Math.max(state.election.term.number, state.election.highest, state.election.voted?.number ?? 0) + 1
  const term: Term = { number, solo: false, coordinator: turn.self }
  // On slow lines the answers take longer than a first candidacy lasts.
  const patience = turn.timing.electionMs * 2 ** Math.min(state.election.attempts, 2)
  turn.updateElection({
    voted: { number, candidate: turn.self },
    highest: number,
    candidacy: {
      term,
      votes: new Set([turn.self]),
      spent: new Set(),
      since: turn.now,
      patience,
      askedAt: Number.NEGATIVE_INFINITY,
    },
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
  const { term, patience } = candidacy
  const busy = isBusy(state)
  const runs = [...state.runs.values()].filter(isActiveRun).map(digestOf)
  for (const peer of reachable(state.view)) {
    if (!candidacy.votes.has(peer.bootId)) turn.send(peer.bootId, { kind: 'election', term, busy, runs, patience })
  }
}

/**
 * Alone without proof that the coordinator before is gone: it may live elsewhere, so no number is taken from it. Unless
 * there are runs to decide about: whoever has their voters behind it outranks whoever has not.
 */
function standsAlone(state: CoreState): boolean {
  const { term } = state.election
  if (runElectorate(state).length > 0) return false
  return term.solo || !isProvenGone(state.view, term.coordinator)
}

/** ANSWER to this node's candidacy. */
export function onAnswer(turn: Turn, from: BootId, answer: Extract<Message, { kind: 'answer' }>): void {
  const { election } = turn.state
  turn.updateElection({ highest: Math.max(election.highest, answer.highest) })
  if (election.candidacy === null || compareTerms(answer.term, election.candidacy.term) !== 0) return
  if (answer.granted) {
    turn.updateElection({ candidacy: { ...election.candidacy, votes: new Set([...election.candidacy.votes, from]) } })
    countVotes(turn)
  } else if (answer.reason === 'spent') {
    turn.updateElection({ candidacy: { ...election.candidacy, spent: new Set([...election.candidacy.spent, from]) } })
    if (isSpent(turn)) standAnew(turn)
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

/** With the votes of this number that are left there is less to be won than with a higher number. */
function isSpent(turn: Turn): boolean {
  const { candidacy } = turn.state.election
  if (candidacy === null) return false
  const voters = electorate(turn.state)
  const mayVote = (node: BootId) => candidacy.votes.has(node) || isHeardNow(turn, node)
  return holdOfEach(voters, mayVote) !== holdOfEach(voters, (node) => mayVote(node) && !candidacy.spent.has(node))
}

/** Whoever ranks highest first, so that two of them do not take the same voter's votes from each other for long. */
function standAnew(turn: Turn): void {
  turn.updateElection({ candidacy: null, standAt: turn.now + standingDelay(turn.state, turn.now) })
  considerElection(turn)
}

function isHeardNow({ state, now, timing }: Turn, node: BootId): boolean {
  return isHeard(state.view.get(node), now, timing.promiseMs)
}

function countVotes(turn: Turn): void {
  const { candidacy } = turn.state.election
  if (candidacy === null) return
  const votedFor = (node: BootId) => candidacy.votes.has(node)
  if (holdOfEach(electorate(turn.state), votedFor) === 'majority') takeOffice(turn, candidacy.term, candidacy.votes)
  else if (needsCaretaker(turn) && holdOfEach(runElectorate(turn.state), votedFor) !== 'minority') {
    becomeCaretaker(turn, candidacy.votes)
  }
}

/**
 * Runs are without a coordinator, and there is nobody to wait for whose vote would make a majority; or the leases of
 * this half, of which some end a renewal before this node's, do so before another candidacy could bring them one. Not
 * where a coordinator has just been heard, which renews them as soon as no vote binds this node.
 */
function needsCaretaker(turn: Turn): boolean {
  const { state, timing } = turn
  if (coordinatorOf(state) !== null || isAssured(turn) || runElectorate(state).length === 0) return false
  return areOthersSilent(turn) || state.leaseUntil - turn.now < 2 * timing.electionMs + timing.renewMs
}

/** Whoever votes on runs and has not voted for this node was not heard for a promise. */
function areOthersSilent(turn: Turn): boolean {
  const { candidacy } = turn.state.election
  return runElectorate(turn.state).every((voters) =>
    [...voters].every((voter) => candidacy?.votes.has(voter) || !isHeardNow(turn, voter)),
  )
}
