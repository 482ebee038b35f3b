/** Runs come in: submitted here, or heard of from others. What is accepted is stored, spread, and confirmed. */

import type { BootId, RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { compareVersions } from '../membership/term.ts'
import { reachable } from '../membership/view.ts'
import { isEnded } from '../run/share-table.ts'
import { mayWake } from './abandoning.ts'
import type { Message, RunDigest, RunRecord, Submission } from './messages.ts'
import { announce, announceToAll } from './peers.ts'
import { coordinatorOf, type RunState } from './state.ts'
import { noteCommitted, noteVersion } from './tables.ts'
import type { Turn } from './turn.ts'

/** How often an unconfirmed run, or a wish to stop, is told again. */
const RETELL_MS = 500

/** A new run's state; null when its suite is not a valid one. */
export function newRun(turn: Turn, record: RunRecord): RunState | null {
  const facts = turn.state.config.describe(record.source)
  if (facts === null) return null
  return {
    record,
    facts,
    table: null,
    heard: null,
    committed: null,
    begun: false,
    startAt: null,
    stage: 'none',
    error: null,
    applied: null,
    appliedAt: 0,
    assigned: null,
    startedAt: null,
    stopSent: null,
    final: null,
    held: new Map(),
    told: null,
    wish: null,
    changes: [],
    chores: { setup: null, teardown: null },
    accepting: null,
    dormant: false,
    unattendedSince: null,
    knownSince: turn.now,
    repairAt: Number.NEGATIVE_INFINITY,
    repairRound: 0,
    endedAt: null,
    settled: false,
    progressAt: Number.NEGATIVE_INFINITY,
    wantedUntil: Number.NEGATIVE_INFINITY,
    gathering: null,
    handOver: null,
    watchers: new Map(),
  }
}

/** A suite submitted to this node. It is stored before anything else happens to it. */
export function onSubmit(turn: Turn, submission: Submission): void {
  if (turn.state.runs.has(submission.runId)) return
  const seen = [...turn.state.view.values()].filter((member) => member.state === 'alive' && !member.leaving)
  const record: RunRecord = { ...submission, voters: [turn.self, ...seen.map(({ bootId }) => bootId)] }
  const run = newRun(turn, record)
  if (run === null) return turn.log(`submitted run ${record.runId} has no valid suite`, 'warn')
  turn.effect({ kind: 'store-run', record })
  turn.effect({ kind: 'stand-by' })
  turn.putRun({ ...run, accepting: { since: turn.now, heldBy: new Set([turn.self]), askedAt: turn.now } })
  turn.effect({ kind: 'run-changed', runId: record.runId })
  turn.gossip({ kind: 'run', record, version: null, dormant: false })
  tellHolders(turn, record)
  announceToAll(turn)
  confirm(turn, record.runId)
}

/** The coordinator, and one more node, get the run directly: gossip may be lost, and their word is waited for. */
function tellHolders(turn: Turn, record: RunRecord): void {
  const coordinator = coordinatorOf(turn.state)
  const peers = reachable(turn.state.view).map((peer) => peer.bootId)
  const one = peers.find((peer) => peer !== coordinator)
  for (const peer of peers)
    if (peer === coordinator || peer === one) turn.send(peer, { kind: 'run', record, version: null, dormant: false })
}

/** A run from a peer. */
export function onRun(turn: Turn, from: BootId, message: Extract<Message, { kind: 'run' }>): void {
  const { record, version, dormant } = message
  const known = turn.state.runs.get(record.runId)
  if (known === undefined) {
    const run = newRun(turn, record)
    if (run === null) return turn.log(`run ${record.runId} from ${from} has no valid suite: ignored`, 'warn')
    turn.effect({ kind: 'store-run', record })
    if (version === null && !dormant) turn.effect({ kind: 'stand-by' })
    turn.putRun({ ...run, dormant })
    turn.effect({ kind: 'run-changed', runId: record.runId })
    pruneRuns(turn)
    announce(turn)
  }
  noteVersion(turn, record.runId, version)
  if (record.origin !== turn.self) turn.send(record.origin, { kind: 'held', runId: record.runId })
}

/** Ended runs beyond the limit go, oldest first. */
function pruneRuns(turn: Turn): void {
  const ended = [...turn.state.runs.values()].filter((run) => run.table !== null && isEnded(run.table.phase))
  if (ended.length <= LIMITS.endedRuns) return
  ended.sort((a, b) => a.record.createdAt - b.record.createdAt)
  const runs = new Map(turn.state.runs)
  for (const run of ended.slice(0, ended.length - LIMITS.endedRuns)) runs.delete(run.record.runId)
  turn.update({ runs })
}

export function onHeld(turn: Turn, from: BootId, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run?.accepting == null) return
  turn.updateRun(runId, { accepting: { ...run.accepting, heldBy: new Set([...run.accepting.heldBy, from]) } })
  confirm(turn, runId)
}

/** Held by the coordinator, and by one more node where there is one: then the submit is answered. */
function confirm(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run?.accepting == null) return
  const coordinator = coordinatorOf(turn.state)
  const { heldBy, since } = run.accepting
  const alone = reachable(turn.state.view).length === 0
  if (coordinator !== null && heldBy.has(coordinator) && (heldBy.size >= 2 || alone)) {
    turn.updateRun(runId, { accepting: null })
    turn.effect({ kind: 'accepted', runId, replicated: true })
  } else if (turn.now - since > turn.timing.acceptMs) {
    turn.updateRun(runId, { accepting: null })
    turn.effect({ kind: 'accepted', runId, replicated: false })
  }
}

/** On every tick: tells again what has not been confirmed. */
export function tendAccepted(turn: Turn): void {
  for (const [runId, run] of turn.state.runs) {
    if (run.accepting !== null) {
      if (turn.now - run.accepting.askedAt >= RETELL_MS) {
        turn.updateRun(runId, { accepting: { ...run.accepting, askedAt: turn.now } })
        tellHolders(turn, run.record)
      }
      confirm(turn, runId)
    }
    if (run.wish !== null && run.table?.phase !== 'stopping') tellWish(turn, runId)
  }
}

/** Whoever wants a run stopped tells the coordinator until the table says so. */
function tellWish(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  const coordinator = coordinatorOf(turn.state)
  if (run?.wish == null || coordinator === null || coordinator === turn.self) return
  if (run.table !== null && isEnded(run.table.phase)) return
  turn.send(coordinator, { kind: 'stop', runId, ...run.wish })
}

/** Somebody wants the run stopped. The first wish counts. */
export function onStop(turn: Turn, runId: RunId, wish: NonNullable<RunState['wish']>): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined || run.wish !== null || (run.table !== null && isEnded(run.table.phase))) return
  turn.updateRun(runId, { wish })
  tellWish(turn, runId)
}

/** What a peer knows of runs: pulls what is missing or older here. */
export function onDigests(turn: Turn, from: BootId, digests: readonly RunDigest[]): void {
  for (const digest of digests) {
    noteVersion(turn, digest.runId, digest.version)
    noteCommitted(turn, digest.runId, digest.committed)
    const run = turn.state.runs.get(digest.runId)
    const version = run?.table?.version ?? null
    const newer = digest.version !== null && (version === null || compareVersions(digest.version, version) > 0)
    if (run?.dormant && !digest.ended && !newer && mayWake(turn, run)) {
      turn.updateRun(digest.runId, { dormant: false, unattendedSince: null })
    }
    if (run === undefined || newer) turn.send(from, { kind: 'pull', runId: digest.runId })
    // A peer that still waits for a run that is over here has missed its end.
    else if (run.table !== null && isEnded(run.table.phase) && !digest.ended) onPull(turn, from, digest.runId)
  }
}

/** A peer lacks a run, or the newest table of it. */
export function onPull(turn: Turn, from: BootId, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined) return
  const { record, table, dormant } = run
  turn.send(from, { kind: 'run', record, version: run.heard?.version ?? null, dormant })
  if (table !== null) turn.send(from, { kind: 'table', table, dormant })
}
