/**
 * Runs that nobody can decide about any more, because too many of their voters are out of reach and nobody can prove
 * them gone. They would stand in the way of every election for ever. After a long time such a run is given up here, as
 * one from before a restart is: it is dormant, and taken up again when enough of its voters are back. Nothing is fired
 * under it meanwhile, for nobody renews a lease without half of the voters; and nobody's threads forget anything.
 */

import { type Hold, holdOfEach } from '../membership/quorum.ts'
import { decidersOf, withinReach } from './standing.ts'
import { type CoreState, isActiveRun, type RunState } from './state.ts'
import type { Turn } from './turn.ts'

/** On every tick. */
export function tendAbandoned(turn: Turn): void {
  let isAnyAttended = false
  const unattended: RunState[] = []
  for (const [runId, run] of turn.state.runs) {
    if (!isActiveRun(run) && !isResumable(run)) continue
    if (run.dormant ? mayWake(turn, run) : isAttended(turn, run)) {
      isAnyAttended = true
      if (run.unattendedSince !== null) turn.updateRun(runId, { dormant: false, unattendedSince: null })
    } else if (run.unattendedSince === null) {
      turn.updateRun(runId, { unattendedSince: turn.now })
    } else if (!run.dormant) unattended.push(run)
  }
  for (const run of unattended) {
    if (turn.now - run.unattendedSince! > patienceMs(turn, run, isAnyAttended)) giveUp(turn, run)
  }
}

function giveUp(turn: Turn, { record: { runId } }: RunState): void {
  turn.log(`run ${runId} is given up: too many of those who decide about it are out of reach`, 'warn')
  turn.updateRun(runId, { dormant: true })
  turn.effect({ kind: 'run-changed', runId })
}

/**
 * How long a run without those who decide about it is waited for. One in which nobody here has a vote is others' to go on
 * with: where it keeps a run that could be decided from its coordinator, it is left to them as soon as whoever may have
 * a vote had the time to be met.
 */
function patienceMs({ state, timing }: Turn, run: RunState, isInTheWay: boolean): number {
  return isInTheWay && isForeign(state, run) ? timing.companyMs : timing.abandonMs
}

/** Neither this node nor any that it can talk to has a vote in the run. */
function isForeign(state: CoreState, run: RunState): boolean {
  const inReach = withinReach(state)
  return decidersOf(state.view, run).every((voters) => ![...voters].some((voter) => inReach.has(voter)))
}

/** Whether a dormant run goes on because a peer says that it does: one that was given up needs those who decide. */
export function mayWake(turn: Turn, run: RunState): boolean {
  return run.unattendedSince === null || decidersWithinReach(turn.state, run) === 'majority'
}

/** It was given up when it had been planned; one that never was does not begin by surprise after so long. */
function isResumable(run: RunState): boolean {
  return run.dormant && run.unattendedSince !== null && run.table !== null
}

/** Somebody could decide about the run; or half of its voters have load to fire, which a caretaker lets them. */
function isAttended(turn: Turn, run: RunState): boolean {
  const hold = decidersWithinReach(turn.state, run)
  if (hold !== 'half') return hold === 'majority'
  return run.startAt !== null && turn.now < run.startAt + run.facts.durationMs
}

/** How much of a run's living voters this node could have behind it. */
function decidersWithinReach(state: CoreState, run: RunState): Hold {
  const inReach = withinReach(state)
  return holdOfEach(decidersOf(state.view, run), (voter) => inReach.has(voter))
}
