/**
 * How much of a mesh the core is given to know. Whoever has the cluster key can come under any number of ids, and tell
 * of any number of runs; the core keeps what it is told for as long as a run goes on.
 */

import type { BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Message } from '../coordination/messages.ts'
import { type CoreState, isActiveRun } from '../coordination/state.ts'

/** Lives of nodes known at a time: as many as a share table may name. A node that restarts has several. */
export const MOST_PEERS = 4 * LIMITS.nodes

/** Unfinished runs taken from peers: above what a mesh accepts, because several nodes may accept at the same moment. */
export const MOST_RUNS = 4 * LIMITS.activeRuns

/** Why a peer is not to be met any more; null when it is. */
export function refusedPeer(state: CoreState, peer: BootId): string | null {
  if (state.view.has(peer) || state.view.size < MOST_PEERS) return null
  return `${MOST_PEERS} nodes are known already`
}

/** Why a message would make the core know too much; null when it would not. */
export function refusedMessage(state: CoreState, from: BootId, message: Message): string | null {
  if (message.kind === 'run' && !state.runs.has(message.record.runId)) {
    let unfinished = 0
    for (const run of state.runs.values()) if (isActiveRun(run)) unfinished++
    if (unfinished >= MOST_RUNS) return `${unfinished} runs have not ended yet`
  }
  return refusedPeer(state, from)
}
