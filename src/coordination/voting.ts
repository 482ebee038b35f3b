/** A voter's side of elections: whom to give its vote, and why not. */

import type { BootId } from '../base/ids.ts'
import { compareRank } from '../membership/rank.ts'
import { compareTerms, compareVersions } from '../membership/term.ts'
import { isProvenGone } from '../membership/view.ts'
import { onPull } from './accepting.ts'
import { considerElection } from './electing.ts'
import type { Message, RunDigest } from './messages.ts'
import { resign } from './office.ts'
import { boundTo, candidateRank, canWin, isAssured, promiseUntil, standingRank, wantsElection } from './standing.ts'
import { type CoreState, coordinatorOf, isActiveRun, type RunState } from './state.ts'
import { supportHold } from './support.ts'
import type { Turn } from './turn.ts'

/** What the answer's way may take longer than the request's, in milliseconds: a pledge outlasts the candidacy. */
const PLEDGE_MARGIN_MS = 50

/** ELECTION from a peer. */
export function onElection(turn: Turn, from: BootId, message: Extract<Message, { kind: 'election' }>): void {
  const { state } = turn
  const { term } = message
  const reason = refusal(turn, from, message)
  if (reason === 'behind') for (const run of newerRuns(state, message.runs)) onPull(turn, from, run.record.runId)
  turn.updateElection({ highest: Math.max(state.election.highest, term.number) })
  if (reason === null) {
    resign(turn)
    turn.updateElection({
      voted: { number: term.number, candidate: from },
      pledge: { number: term.number, candidate: from, until: turn.now + message.patience + PLEDGE_MARGIN_MS },
      consent: from,
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
  if (coordinator === turn.self && !soloSelf && isSupported(turn)) return 'promised'
  if (coordinator !== null && coordinator !== turn.self && coordinator !== from) {
    if (!isProvenGone(view, coordinator) && turn.now <= promiseUntil(state)) return 'promised'
  }
  if (coordinator === null && boundTo(turn) !== null) return 'promised'
  if (isAssured(turn) && state.election.assured?.coordinator !== from) return 'promised'
  if (newerRuns(state, runs).length > 0) return 'behind'
  const candidate = view.get(from)
  const mayStand =
    !state.leaving && election.attempts < 2 && (coordinator === null || (soloSelf && wantsElection(state)))
  if (mayStand && candidate !== undefined) {
    const other = candidateRank(candidate, busy)
    if (compareRank(standingRank(state), other) > 0 && canWin(state)) return 'outranked'
  }
  return null
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
