/**
 * Offices: taking one, following who has one, and giving one up.
 *
 * Beside the elected coordinator there are two without a mandate, whose terms are `solo`: they take no number, and rank
 * below every elected term of theirs. A node that sees nobody coordinates itself. A **caretaker** keeps the leases of
 * one half of a run's voters going while the other half is out of reach: it plans nothing and gives nothing away.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { compareTerms, type Term } from '../membership/term.ts'
import { reachable } from '../membership/view.ts'
import { measureClock } from './clock-sync.ts'
import { announce } from './peers.ts'
import { renewNow } from './renewing.ts'
import { boundTo, isAssured, promiseUntil } from './standing.ts'
import { isBusy, isCaretaker, isCoordinator, type Reign } from './state.ts'
import { beginReign } from './support.ts'
import type { Timing } from './timing.ts'
import type { Turn } from './turn.ts'

/** Alone: nobody is in sight who could be asked. */
export function becomeSolo(turn: Turn): void {
  const { number } = turn.state.election.term
  turn.updateElection({ consent: null })
  takeOffice(turn, { number, solo: true, coordinator: turn.self }, new Set([turn.self]))
}

/** Half of the voters have voted for this node, and their leases are about to lapse. */
export function becomeCaretaker(turn: Turn, votes: ReadonlySet<BootId>): void {
  const { candidacy, term } = turn.state.election
  turn.updateElection({ consent: turn.self })
  takeOffice(turn, { number: term.number, solo: true, coordinator: turn.self }, votes)
  // The other votes may still come: then it is elected.
  turn.updateElection({ candidacy })
}

/** @param votes who has voted for it */
export function takeOffice(turn: Turn, term: Term, votes: ReadonlySet<BootId>): void {
  if (turn.state.reign === null) changeTo(turn, turn.self)
  turn.updateElection({
    term,
    following: true,
    heardAt: turn.now,
    coordinatorAt: turn.now,
    candidacy: null,
    pledge: null,
    assured: null,
    consent: term.solo ? turn.state.election.consent : null,
    standAt: null,
    attempts: 0,
    highest: Math.max(turn.state.election.highest, term.number),
  })
  beginReign(turn, votes)
  const caretaker = isCaretaker(turn.state)
  turn.log(officeMessage(term, caretaker))
  if (!term.solo || caretaker) {
    for (const peer of reachable(turn.state.view)) {
      turn.send(peer.bootId, { kind: 'coordinator', term, at: turn.now })
    }
  }
  announce(turn)
  measureClock(turn)
  renewNow(turn)
}

function officeMessage(term: Term, caretaker: boolean): string {
  if (!term.solo) return `elected coordinator for term ${term.number}`
  return caretaker
    ? 'half of the nodes are out of reach: takes care of the other half, which keeps what it has'
    : 'coordinating alone: no other node in sight'
}

/**
 * COORDINATOR, or a heartbeat of one: follows a newer term, is assured by the present one, ignores older ones. A
 * caretaker is followed only by those who have voted for it.
 */
export function onCoordinatorClaim(turn: Turn, from: BootId, term: Term, at: MonotonicMs): void {
  const { election } = turn.state
  turn.updateElection({ highest: Math.max(election.highest, term.number) })
  if (term.coordinator !== from) return
  if (!mayFollow(turn, from, term)) return
  if (!term.solo && isAssuredByNewer(turn, term)) return
  if (isPledgedAgainst(turn, from, term)) return noteAssured(turn, term)
  if (isBoundToOther(turn, from)) {
    noteAssured(turn, term)
    return stopFollowing(turn)
  }
  const order = compareTerms(term, election.term)
  const isNew = order !== 0 || !election.following
  if (isNew) changeTo(turn, from)
  if (isNew && isCoordinator(turn.state)) turn.log(`steps down for ${turn.state.view.get(from)?.name ?? from}`)
  turn.updateElection({
    term,
    following: true,
    heardAt: turn.now,
    coordinatorAt: Math.max(at, isNew ? at : (election.coordinatorAt ?? at)),
  })
  if (!isNew) return
  withdraw(turn)
  turn.updateElection({ pledge: null, standAt: null, attempts: 0 })
  if (!term.solo) turn.updateElection({ consent: null, assured: null })
  turn.update({ reign: null })
  const name = turn.state.view.get(from)?.name ?? from
  turn.log(term.solo ? `${name} takes care of this half` : `follows ${name}, coordinator of term ${term.number}`)
  measureClock(turn)
  renewNow(turn)
  announce(turn)
}

/**
 * Stands no longer, and says so: who has voted for this node need not wait for the end of its candidacy before following
 * somebody else. Another candidacy has another number, so an old word of this means nothing to it.
 */
export function withdraw(turn: Turn): void {
  const { candidacy } = turn.state.election
  if (candidacy === null) return
  turn.updateElection({ candidacy: null })
  for (const peer of reachable(turn.state.view)) turn.send(peer.bootId, { kind: 'withdrawn', term: candidacy.term })
}

/** A candidate this node has voted for has withdrawn. */
export function onWithdrawn(turn: Turn, from: BootId, { number }: Term): void {
  const { pledge } = turn.state.election
  if (pledge?.candidate === from && pledge.number === number) turn.updateElection({ pledge: null })
}

/** The newest term's coordinator is the one to go back to: whoever reigned before it and is still around does not count. */
function isAssuredByNewer(turn: Turn, term: Term): boolean {
  const { assured } = turn.state.election
  return assured !== null && isAssured(turn) && compareTerms(term, assured.term) < 0
}

function noteAssured(turn: Turn, term: Term): void {
  if (!isAssuredByNewer(turn, term)) turn.updateElection({ assured: { term, at: turn.now } })
}

/** Before this node follows another coordinator, is one itself, or has none: until when may the last one have counted on it? */
function changeTo(turn: Turn, next: BootId | null): void {
  const { state, timing } = turn
  const { heardAt, term } = state.election
  if (state.reign !== null) return noteShared(turn, renewedUntil(state.reign, timing))
  if (term.coordinator === next || term.coordinator === turn.self) return
  const last = state.view.get(term.coordinator)
  const goneAt = last?.state === 'alive' ? null : last?.goneAt
  noteShared(turn, Math.min(heardAt + timing.promiseMs, goneAt ?? Number.POSITIVE_INFINITY))
}

/** When a reign last renewed anybody's lease. */
function renewedUntil({ leases }: Reign, { leaseMs, leaseMarginMs }: Timing): MonotonicMs {
  return Math.max(...leases.values()) - leaseMs - leaseMarginMs
}

function noteShared(turn: Turn, until: MonotonicMs): void {
  turn.updateElection({ sharedUntil: Math.max(turn.state.election.sharedUntil, until) })
}

/** A vote is worth something only while its giver echoes nobody of an older term. */
function isPledgedAgainst(turn: Turn, from: BootId, term: Term): boolean {
  const { pledge } = turn.state.election
  return (
    !term.solo && pledge !== null && pledge.candidate !== from && turn.now < pledge.until && term.number < pledge.number
  )
}

function mayFollow(turn: Turn, from: BootId, term: Term): boolean {
  const { election } = turn.state
  const order = compareTerms(term, election.term)
  if (!term.solo) return order >= 0 && !isIdleRival(turn, from, term)
  return election.consent === from && (order === 0 || (!election.following && term.number >= election.term.number))
}

/**
 * Another mesh, formed apart, whose coordinator happened upon the same number, and which has nothing to do: it does not
 * take the nodes of one with a run, whose coordinator will take a newer number.
 */
function isIdleRival(turn: Turn, from: BootId, term: Term): boolean {
  const { election, view } = turn.state
  if (!election.following || election.term.solo || term.number !== election.term.number) return false
  return term.coordinator !== election.term.coordinator && isBusy(turn.state) && view.get(from)?.busy !== true
}

/**
 * Whoever follows a caretaker goes back to an elected coordinator only when the caretaker does not count on it any
 * more: else each half could take it for one of its own.
 */
function isBoundToOther(turn: Turn, from: BootId): boolean {
  const caretaker = boundTo(turn)
  return caretaker !== null && caretaker !== from
}

/** Echoes nobody until the caretaker does not count on this node any more. */
function stopFollowing(turn: Turn): void {
  if (!turn.state.election.following) return
  turn.updateElection({ following: false, consent: null, standAt: promiseUntil(turn.state) + turn.timing.electionMs })
}

/** The caretaker says that it has stepped down: nothing binds its half any more. */
export function onCaretakerGone(turn: Turn, from: BootId): void {
  const { election } = turn.state
  if (!election.term.solo || election.term.coordinator !== from || from === turn.self) return
  noteShared(turn, turn.now)
  turn.updateElection({ following: false, consent: null, heardAt: Number.NEGATIVE_INFINITY })
}

/** Gives its office up, because its vote goes to somebody else: whoever counts on that must be the only one. */
export function resign(turn: Turn): void {
  if (!isCoordinator(turn.state)) return
  if (isCaretaker(turn.state)) turn.log('is caretaker no longer: its vote goes to another')
  changeTo(turn, null)
  turn.updateElection({ following: false, consent: null })
  turn.update({ reign: null })
}
