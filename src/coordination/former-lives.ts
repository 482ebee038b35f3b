/**
 * Former lives: a node that starts again has a new boot id, and knows the ones before from its data folder. It could
 * take the folder's lock only because no process of them is left. That is proof of their death, as good as a refused
 * connection, and there also where no connection is refused because the new life listens where the old one did.
 *
 * It is proof of death and nothing else. A former life's vote is not given again by the new one, whose disk may lack
 * what the old one has promised last: like any node that is proven gone, it is left out of the count.
 */

import type { BootId } from '../base/ids.ts'
import { isHeard } from '../membership/view.ts'
import { isActiveRun, type RunState } from './state.ts'
import { noteGone } from './support.ts'
import type { Turn } from './turn.ts'

/** At boot: this node's own. */
export function onFormerLives(turn: Turn, bootIds: readonly BootId[]): void {
  turn.update({ formerLives: bootIds })
  for (const bootId of bootIds) turn.updateMember(bootId, { state: 'dead', goneAt: turn.now })
}

/** A peer tells which boot ids it had. */
export function noteFormerLives(turn: Turn, from: BootId, bootIds: readonly BootId[]): void {
  for (const bootId of bootIds) {
    if (bootId === turn.self || bootId === from) continue
    const member = turn.state.view.get(bootId)
    if (member === undefined ? !isVoter(turn, bootId) : member.state !== 'alive') continue
    // Of a dead one nothing arrives any more; its connection may be closed a moment later.
    if (member?.connected && isHeard(member, turn.now, turn.timing.promiseMs)) continue
    noteGone(turn)
    turn.updateMember(bootId, { state: 'dead', goneAt: turn.now })
    turn.log(`${member?.name ?? bootId} is dead: its node has started again`)
  }
}

/** A node that was never met matters where it is waited for. */
function isVoter(turn: Turn, bootId: BootId): boolean {
  for (const run of turn.state.runs.values()) {
    if (isActiveRun(run) && (run.record.voters.includes(bootId) || run.table?.voters.includes(bootId))) return true
  }
  return false
}

/**
 * Whether this node has just started again with a run that nobody else may vote on. As far as it knows the run was
 * never planned; somebody who came after it was accepted may know better, and has to be met first.
 */
export function awaitsCompany(turn: Turn, run: RunState): boolean {
  if (run.table !== null || turn.now - run.knownSince >= turn.timing.companyMs) return false
  return run.record.voters.some((voter) => turn.state.formerLives.includes(voter))
}
