/**
 * The core: `step(state, input, now) → { state, effects }`. No I/O, no clock, no randomness: everything that happens
 * to a node comes in as an input, everything it does goes out as an effect.
 */

import type { Instant } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { compareVersions } from '../membership/term.ts'
import { reachable } from '../membership/view.ts'
import { wishOf } from '../run/plan-input.ts'
import { isEnded, memberOf } from '../run/share-table.ts'
import { tendAbandoned } from './abandoning.ts'
import { newRun, onDigests, onHeld, onPull, onRun, onStop, onSubmit, tendAccepted } from './accepting.ts'
import { noteChore } from './chores.ts'
import { measureClock, noteCoordinatorTime, onClockReply } from './clock-sync.ts'
import { considerElection, onAnswer } from './electing.ts'
import { noteFormerLives, onFormerLives } from './former-lives.ts'
import { handOver, isHandingOver, onHandedOver, onHandOver, tellUntaken } from './handing-over.ts'
import type { Effect, Input } from './io.ts'
import { onWant, onWatch, tendGathering } from './keeping.ts'
import { onRenew } from './leasing.ts'
import type { Message } from './messages.ts'
import { onCaretakerGone, onCoordinatorClaim, onWithdrawn } from './office.ts'
import {
  announceToAll,
  onConnected,
  onDisconnected,
  onHeartbeat,
  onLeave,
  onProbed,
  sayLeave,
  tendPeers,
} from './peers.ts'
import { endAs, reignOver, reignOverNew, reignSoon } from './reigning.ts'
import { onLease, renewNow, renewWhenDue } from './renewing.ts'
import { onBatch, repair, settle } from './repairing.ts'
import { onScale, onToldScale, tendChanges } from './scaling.ts'
import { type CoreState, isActiveRun, isCoordinator } from './state.ts'
import { noteSupport } from './support.ts'
import { follow, onTable, startWhenKnown } from './tables.ts'
import { Turn } from './turn.ts'
import { onElection } from './voting.ts'

/** No mesh has held so many elections: a number from beyond would use the numbers up. */
const MOST_TERMS_AHEAD = 1e6

export interface StepResult {
  readonly state: CoreState
  readonly effects: readonly Effect[]
}

/**
 * One turn.
 *
 * @param now this node's clocks, read once for the whole turn; only the monotonic one decides anything
 */
export function step(state: CoreState, input: Input, now: Instant): StepResult {
  if (state.left) return { state, effects: [] }
  const turn = new Turn(state, now)
  receive(turn, input)
  if (turn.state.leaving) leaveWhenDone(turn)
  return { state: turn.state, effects: turn.effects }
}

function receive(turn: Turn, input: Input): void {
  switch (input.kind) {
    case 'tick':
      return onTick(turn)
    case 'connected':
      return onConnected(turn, input.peer)
    case 'disconnected':
      return onDisconnected(turn, input.peer)
    case 'probed':
      onProbed(turn, input.peer, input.result)
      considerElection(turn)
      return reignOver(turn)
    case 'message':
      return onMessage(turn, input.from, input.message)
    case 'submit':
      onSubmit(turn, input.record)
      return reignOverNew(turn, input.record.runId)
    case 'stop':
      return onStop(turn, input.runId, wishOf(input))
    case 'scale':
      onScale(turn, input.runId, input.change)
      return reignOver(turn)
    case 'leave':
      turn.update({ leaving: true })
      announceToAll(turn)
      handOver(turn)
      return renewNow(turn)
    case 'info':
      return turn.update({ config: { ...turn.state.config, info: input.info } })
    case 'prepared':
      turn.updateRun(input.runId, { stage: input.error === null ? 'ready' : 'failed', error: input.error })
      follow(turn, input.runId)
      return renewNow(turn)
    case 'applied':
      noteApplied(turn, input)
      follow(turn, input.runId)
      return renewNow(turn)
    case 'chore':
      noteChore(turn, input.runId, input.name, input.outcome)
      return renewNow(turn)
    case 'drained':
      turn.updateRun(input.runId, { stage: 'drained', final: input.final })
      follow(turn, input.runId)
      return renewNow(turn)
    case 'batch':
      return onBatch(turn, input.runId, input.bootId, input.sequence)
    case 'former-lives':
      return onFormerLives(turn, input.bootIds)
    case 'want':
      return onWant(turn, input.runId)
    case 'restore':
      return onRestore(turn, input)
  }
}

/**
 * The threads follow a table. What they confirm late is no step back. From when they hold what they hold is told by the
 * first confirmation of it: a change of the load alone lets go of nothing.
 */
function noteApplied(turn: Turn, { runId, version, at }: Extract<Input, { kind: 'applied' }>): void {
  const { applied = null, assigned = null, appliedAt = 0 } = turn.state.runs.get(runId) ?? {}
  if (applied !== null && compareVersions(version, applied) <= 0) return
  // They have fired beyond the time of a change that they had not heard of: unsaid, it makes the coordinator put it off.
  if (assigned !== null && compareVersions(version, assigned.version) === 0 && at > assigned.pendingFrom) return
  const holdsAlready = applied !== null && assigned !== null && compareVersions(applied, assigned.moved) >= 0
  turn.updateRun(runId, { applied: version, appliedAt: holdsAlready ? appliedAt : at })
}

function onTick(turn: Turn): void {
  tendPeers(turn)
  tendAbandoned(turn)
  considerElection(turn)
  measureClock(turn)
  renewWhenDue(turn)
  startWhatIsKnown(turn)
  tendAccepted(turn)
  tendChanges(turn)
  reignOver(turn)
  tendGathering(turn)
  handOver(turn)
  repair(turn)
}

function startWhatIsKnown(turn: Turn): void {
  for (const [runId, run] of turn.state.runs) if (isActiveRun(run)) startWhenKnown(turn, runId)
}

function onMessage(turn: Turn, from: BootId, message: Message): void {
  const most = turn.state.election.highest + MOST_TERMS_AHEAD
  if ('term' in message && message.term.number > most) return
  if (message.kind === 'answer' && message.highest > most) return
  switch (message.kind) {
    case 'heartbeat': {
      const isNews = onHeartbeat(turn, from, message)
      noteFormerLives(turn, from, message.formerLives)
      if (message.coordinator === from) {
        noteCoordinatorTime(turn, from, message.at)
        onCoordinatorClaim(turn, from, message.term, message.at)
      } else {
        onCaretakerGone(turn, from)
        if (message.coordinator === turn.self) noteSupport(turn, from, message)
      }
      onDigests(turn, from, message.runs)
      // A coordinator asks all it knows whether it should stand again: not when it hears what it has heard before.
      if (isNews || !isCoordinator(turn.state)) considerElection(turn)
      return
    }
    case 'leave':
      onLeave(turn, from)
      considerElection(turn)
      return reignOver(turn)
    case 'election':
      return onElection(turn, from, message)
    case 'answer':
      return onAnswer(turn, from, message)
    case 'withdrawn':
      return onWithdrawn(turn, from, message.term)
    case 'coordinator':
      noteCoordinatorTime(turn, from, message.at)
      return onCoordinatorClaim(turn, from, message.term, message.at)
    case 'clock':
      return turn.send(from, { kind: 'clock-reply', echo: message.at, at: turn.now })
    case 'clock-reply':
      onClockReply(turn, from, message.echo, message.at)
      return startWhatIsKnown(turn)
    case 'run':
      onRun(turn, from, message)
      return reignOver(turn)
    case 'held':
      return onHeld(turn, from, message.runId)
    case 'pull':
      return onPull(turn, from, message.runId)
    case 'table':
      if (!onTable(turn, from, message.table, message.dormant)) return endAs(turn, message.table)
      settle(turn, message.table.runId)
      renewNow(turn)
      return reignOver(turn)
    case 'renew':
      // What passes by itself, like a lease, waits for the next tick.
      if (onRenew(turn, from, message)) reignSoon(turn)
      return
    case 'lease':
      noteCoordinatorTime(turn, from, message.at)
      onLease(turn, from, message)
      return onDigests(turn, from, message.runs)
    case 'stop':
      onStop(turn, message.runId, wishOf(message))
      return reignOver(turn)
    case 'scale':
      onToldScale(turn, message.runId, message.change)
      return reignSoon(turn)
    case 'watch':
      return onWatch(turn, from, message.runId)
    case 'hand-over':
      return onHandOver(turn, from, message.runId, message.windows)
    case 'handed-over':
      return onHandedOver(turn, from, message.runId, message.windows)
    case 'pull-batches':
      return turn.effect({
        kind: 'serve-batches',
        to: from,
        runId: message.runId,
        bootId: message.bootId,
        ranges: message.ranges,
      })
  }
}

/** From the store, at boot. A run that had not ended waits for peers who know better; it concerns no election. */
function onRestore(turn: Turn, input: Extract<Input, { kind: 'restore' }>): void {
  const run = newRun(turn, input.record)
  if (run === null) return turn.log(`stored run ${input.record.runId} has no valid suite: ignored`, 'warn')
  const { table } = input
  const heard = table === null ? null : { version: table.version, at: turn.now }
  const endedAt = table !== null && isEnded(table.phase) ? turn.now : null
  // What was shown before the restart stays so.
  const begun = table !== null && table.phase !== 'distributing'
  turn.putRun({ ...run, table, heard, begun, held: input.held, dormant: table !== null, endedAt })
  const { runs } = turn.state
  const restored = runs.get(input.record.runId)
  if (restored?.table != null && !isActiveRun({ ...restored, dormant: false })) {
    turn.updateRun(input.record.runId, { dormant: false })
    settle(turn, input.record.runId)
  }
}

/**
 * A leaving node goes when none of its runs needs it any more, nor the windows it holds of one that has just ended, or
 * that others lack.
 */
function leaveWhenDone(turn: Turn): void {
  const somebodyStays = reachable(turn.state.view).some((peer) => !peer.leaving)
  for (const run of turn.state.runs.values()) {
    if (somebodyStays && run.endedAt !== null && turn.now - run.endedAt < turn.timing.handOverMs) return
    if (isHandingOver(turn, run)) return
    if (!isActiveRun(run)) continue
    if (run.accepting !== null) return
    if (run.table === null) continue
    // There is nobody to plan it for: it waits on the disk for whoever comes back.
    if (run.table.phase === 'distributing' && !somebodyStays) continue
    const member = memberOf(run.table, turn.self)
    if (member !== undefined && !member.left) return
  }
  tellUntaken(turn)
  sayLeave(turn)
  turn.effect({ kind: 'left' })
  turn.update({ left: true })
}
