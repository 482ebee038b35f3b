/** A voter's side of elections: whom to give its vote, and why not. */

import type { BootId } from '../base/ids.ts'
import { compareRank } from '../membership/rank.ts'
import { compareTerms, compareVersions, type Term } from '../membership/term.ts'
import { isProvenGone } from '../membership/view.ts'
import { onPull } from './accepting.ts'
import { considerElection, loseCoordinator } from './electing.ts'
import type { Message, RunDigest } from './messages.ts'
import { resign, withdraw } from './office.ts'
import { boundTo, candidateRank, canWin, isAssured, promiseUntil, standingRank, wantsElection } from './standing.ts'
import { type CoreState, coordinatorOf, isActiveRun, type RunState } from './state.ts'
import { supportHold } from './support.ts'
import type { Turn } from './turn.ts'

/** What the answer's way may take longer than the request's, in milliseconds: a pledge outlasts the candidacy. */
const PLEDGE_MARGIN_MS = 50

/** ELECTION from a peer. */
export function onElection(turn: Turn, from: BootId, message: Extract<Message, { kind: 'election' }>): void {
  // Whoever gives its vote follows nobody else any more: a caretaker's word may come before the next tick.
  loseCoordinator(turn)
  const { state } = turn
  const { term } = message
  const reason = refusal(turn, from, message)
  if (reason === 'behind') for (const run of newerRuns(state, message.runs)) onPull(turn, from, run.record.runId)
  turn.updateElection({ highest: Math.max(state.election.highest, term.number) })
  if (reason === null) {
    resign(turn)
    withdraw(turn)
    turn.updateElection({
      voted: { number: term.number, candidate: from },
      pledge: { number: term.number, candidate: from, until: turn.now + message.patience + PLEDGE_MARGIN_MS },
      consent: from,
      // Leaves the candidate the time to win before standing against it.
      standAt: turn.now + 2 * turn.timing.electionMs,
    })
  } else if (reason === 'outranked') {
    challenge(turn, term)
  }
  turn.send(from, {
    kind: 'answer',
    term,
    granted: reason === null,
    reason: reason ?? 'granted',
    highest: turn.state.election.highest,
  })
  if (reason === 'outranked') considerElection(turn)
}

/** Stands against a candidate of lower rank: with a higher number, for it cannot vote for two of the same. */
function challenge(turn: Turn, { number }: Term): void {
  const { candidacy } = turn.state.election
  turn.updateElection({ standAt: turn.now })
  if (candidacy !== null && candidacy.term.number <= number) turn.updateElection({ candidacy: null })
}

/** Why a vote is refused; null when it is given. */
function refusal(
  turn: Turn,
  from: BootId,
  { term, busy, runs }: Extract<Message, { kind: 'election' }>,
): Exclude<Extract<Message, { kind: 'answer' }>['reason'], 'granted'> | null {
  const { state } = turn
  const { election, view } = state
  const voted = election.voted
  if (term.solo || term.coordinator !== from || compareTerms(term, election.term) <= 0) return 'stale'
  if (voted !== null && (term.number < voted.number || (term.number === voted.number && voted.candidate !== from))) {
    return election.candidacy !== null && outranks(state, from, busy) ? 'outranked' : 'spent'
  }
  const coordinator = coordinatorOf(state)
  const soloSelf = coordinator === turn.self && election.term.solo
  if (coordinator === turn.self && !soloSelf && isSupported(turn)) return 'promised'
  if (coordinator !== null && coordinator !== turn.self && coordinator !== from) {
    if (!isProvenGone(view, coordinator) && turn.now <= promiseUntil(state)) return 'promised'
  }
  if (coordinator === null && boundTo(turn) !== null) return 'promised'
  if (isAssured(turn) && state.election.assured?.term.coordinator !== from) return 'promised'
  if (newerRuns(state, runs).length > 0) return 'behind'
  const mayStand = coordinator === null || (soloSelf && wantsElection(state))
  return mayStand && outranks(state, from, busy) ? 'outranked' : null
}

/** This node ranks above the candidate, and could be elected itself; unless it has tried in vain. */
function outranks(state: CoreState, from: BootId, busy: boolean): boolean {
  const candidate = state.view.get(from)
  if (state.leaving || state.election.attempts >= 2 || candidate === undefined) return false
  return compareRank(standingRank(state), candidateRank(candidate, busy)) > 0 && canWin(state)
}

/** Enough voters follow this coordinator, or it has just been elected and they have not had the time to say so. */
function isSupported(turn: Turn): boolean {
  const since = turn.state.reign?.since ?? Number.NEGATIVE_INFINITY
  return turn.now - since < turn.timing.promiseMs || supportHold(turn) !== 'minority'
}

/** Active runs of which this node has a newer table than the candidate: who votes in them may have changed. */
function newerRuns(state: CoreState, known: readonly RunDigest[]): RunState[] {
  return [...state.runs.values()].filter((run) => {
    if (run.table === null || !isActiveRun(run)) return false
    const version = known.find((digest) => digest.runId === run.record.runId)?.version ?? null
    return version === null || compareVersions(run.table.version, version) > 0
  })
}
