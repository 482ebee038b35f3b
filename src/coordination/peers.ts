/** Peers: heartbeats out and in, connections, and probes of those whose connection is gone. */

import type { BootId } from '../base/ids.ts'
import { hash32, mix32 } from '../base/random.ts'
import { compareTerms } from '../membership/term.ts'
import { forgetOld, type Member, type MemberState, reachable } from '../membership/view.ts'
import type { Input } from './io.ts'
import type { Message, RunDigest } from './messages.ts'
import {
  type CoreState,
  coordinatorOf,
  isActiveRun,
  isBusy,
  isCaretaker,
  isCoordinator,
  type RunState,
} from './state.ts'
import { noteGone, soleFor } from './support.ts'
import { heartbeatTurns } from './timing.ts'
import type { Turn } from './turn.ts'

/** Most runs named in one heartbeat. */
const MAX_DIGESTS = 256

export function digestOf(run: RunState): RunDigest {
  return {
    runId: run.record.runId,
    version: run.table?.version ?? null,
    committed: run.committed,
    ended: run.dormant || (run.table !== null && !isActiveRun(run)),
  }
}

/** @param full name ended runs too, so that the other side can pull what it lacks */
export function heartbeat(turn: Turn, full: boolean): Message {
  const { state } = turn
  const runs = [...state.runs.values()].filter((run) => full || isActiveRun(run))
  return {
    kind: 'heartbeat',
    info: state.config.info,
    leaving: state.leaving,
    term: state.election.term,
    // Who coordinates only itself is nobody's coordinator.
    coordinator: isAlone(state) ? null : coordinatorOf(state),
    at: turn.now,
    echo: state.election.coordinatorAt,
    soleFor: soleFor(state, turn.now),
    runs: runs.slice(-MAX_DIGESTS).map(digestOf),
    full,
    fingerprint: fingerprintOf(turn),
    formerLives: state.formerLives,
  }
}

function isAlone(state: CoreState): boolean {
  return isCoordinator(state) && state.election.term.solo && !isCaretaker(state)
}

function fingerprintOf(turn: Turn): number {
  let sum = 0
  for (const run of turn.state.runs.values()) {
    const version = run.table?.version
    const part = version === undefined ? '' : `${version.term.number}.${version.term.coordinator}.${version.sequence}`
    sum = (sum + mix32(hash32(`${run.record.runId}/${part}`))) >>> 0
  }
  return sum
}

/** Heartbeats to every connected peer, now. */
export function announceToAll(turn: Turn): void {
  announceTo(turn, () => true)
}

/** Heartbeats to whom it is their turn, now: to all, but a follower speaks to its equals in parts. */
export function announce(turn: Turn): void {
  const { state } = turn
  const coordinator = coordinatorOf(state)
  if (coordinator === null || coordinator === turn.self) return announceToAll(turn)
  const turns = heartbeatTurns(turn.timing, state.view.size, heartbeatMs(turn))
  // Not all followers speak to the same ones at the same time.
  const part = (state.heartbeatRound + hash32(turn.self)) % turns
  announceTo(turn, (peer, place) => place % turns === part || peer === coordinator)
}

function announceTo(turn: Turn, isMeant: (peer: BootId, place: number) => boolean): void {
  const message = heartbeat(turn, false)
  turn.update({ heartbeatAt: turn.now, heartbeatRound: turn.state.heartbeatRound + 1 })
  let place = 0
  for (const { bootId, connected } of turn.state.view.values()) {
    if (connected && isMeant(bootId, place)) turn.send(bootId, message)
    place++
  }
}

function heartbeatMs({ state, timing }: Turn): number {
  return isBusy(state) ? timing.heartbeatBusyMs : timing.heartbeatIdleMs
}

/** On every tick: heartbeats when they are due, probes, and forgetting. */
export function tendPeers(turn: Turn): void {
  const { timing } = turn
  const busy = isBusy(turn.state)
  if (turn.now - turn.state.heartbeatAt >= heartbeatMs(turn)) announce(turn)
  for (const member of turn.state.view.values()) {
    if (member.connected || member.state !== 'alive' || member.probedAt === null) continue
    if (turn.now - member.probedAt >= timing.probeMs) probe(turn, member.bootId)
  }
  if (!busy) {
    const view = forgetOld(turn.state.view, turn.now, timing.forgetMs, turn.state.formerLives)
    if (view !== turn.state.view) turn.update({ view })
  }
}

function probe(turn: Turn, peer: BootId): void {
  turn.updateMember(peer, { probedAt: turn.now })
  turn.effect({ kind: 'probe', peer })
}

export function onConnected(turn: Turn, peer: BootId): void {
  if (peer === turn.self) return
  turn.updateMember(peer, { connected: true, state: 'alive', probedAt: null, heardAt: turn.now })
  turn.send(peer, heartbeat(turn, true))
}

export function onDisconnected(turn: Turn, peer: BootId): void {
  const member = turn.state.view.get(peer)
  if (member === undefined) return
  turn.updateMember(peer, { connected: false })
  if (member.state === 'alive') probe(turn, peer)
}

/** What proves a peer's death, and how it is told. */
const PROOFS: Readonly<Record<string, string>> = {
  refused: 'its address refuses connections',
  replaced: 'its node listens there in another life',
}

/** Proves something only while the peer has not connected again. */
export function onProbed(turn: Turn, peer: BootId, result: Extract<Input, { kind: 'probed' }>['result']): void {
  const member = turn.state.view.get(peer)
  const proof = PROOFS[result]
  if (member === undefined || member.connected || proof === undefined || member.state !== 'alive') return
  noteGone(turn)
  turn.updateMember(peer, { state: 'dead', goneAt: turn.now })
  turn.log(`${member.name} is dead: ${proof}`)
}

/** True when it says anything new that an election could depend on. */
export function onHeartbeat(turn: Turn, from: BootId, message: Extract<Message, { kind: 'heartbeat' }>): boolean {
  const before = turn.state.view.get(from)
  const busy = message.runs.some((run) => !run.ended)
  turn.updateMember(from, {
    ...message.info,
    introduced: true,
    // Nobody who is on its way out comes back: what says otherwise is old.
    leaving: message.leaving || before?.leaving === true,
    busy,
    runs: message.runs.filter((run) => !run.ended).length,
    heardAt: turn.now,
    term: message.term,
    follows: message.coordinator,
    state: stateOf(before),
  })
  compareKnowledge(turn, from, message)
  if (before?.introduced !== true) turn.log(`met ${message.info.name} (${from})`)
  const isSame = before?.introduced === true && before.state === 'alive' && before.busy === busy
  return !isSame || before.term === null || compareTerms(before.term, message.term) !== 0
}

/**
 * A node that had been taken for dead and speaks is not; unless its connection is still gone: then its words were on
 * their way when it died.
 */
function stateOf(speaker: Member | undefined): MemberState {
  if (speaker === undefined || speaker.state === 'left') return speaker?.state ?? 'alive'
  return speaker.state === 'dead' && !speaker.connected ? 'dead' : 'alive'
}

/** The two know different runs or tables: tells all there is to know here, now and then. */
function compareKnowledge(turn: Turn, from: BootId, message: Extract<Message, { kind: 'heartbeat' }>): void {
  if (message.full || message.fingerprint === fingerprintOf(turn)) return
  const told = turn.state.view.get(from)?.toldAt ?? Number.NEGATIVE_INFINITY
  if (turn.now - told < turn.timing.tellMs) return
  turn.updateMember(from, { toldAt: turn.now })
  turn.send(from, heartbeat(turn, true))
}

export function onLeave(turn: Turn, from: BootId): void {
  const member = turn.state.view.get(from)
  if (member === undefined) return
  noteGone(turn)
  turn.updateMember(from, { state: 'left', leaving: true, goneAt: turn.now })
  turn.log(`${member.name} has left`)
}

/** Says good-bye to everybody. */
export function sayLeave(turn: Turn): void {
  for (const member of reachable(turn.state.view)) turn.send(member.bootId, { kind: 'leave' })
}
