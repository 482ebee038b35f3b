/**
 * Windows that should be here and are not: found by their sequence, asked for from their node or any other holder.
 * When the run has ended and nothing more is missing (or to be had), its report is final.
 */

import type { BootId, RunId } from '../base/ids.ts'
import { withEntry } from '../base/layered-map.ts'
import { LIMITS } from '../base/limits.ts'
import { addSequence, firstOf, lastOf, missingIn, NO_RANGES, type Ranges } from '../base/ranges.ts'
import { reachable } from '../membership/view.ts'
import { firstSequenceOf, isEnded, type TableMember } from '../run/share-table.ts'
import type { RunState } from './state.ts'
import type { Turn } from './turn.ts'

/** A window batch is stored here. */
export function onBatch(turn: Turn, runId: RunId, bootId: BootId, sequence: number): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined) return
  const before = run.held.get(bootId) ?? NO_RANGES
  const after = addSequence(before, sequence)
  if (after === before) return
  turn.updateRun(runId, { held: withEntry(run.held, bootId, after) })
  settle(turn, runId)
}

/** What is missing of one member's windows, as far as this node can know. */
function missingOf(turn: Turn, run: RunState, member: TableMember): Ranges {
  const held = run.held.get(member.bootId) ?? NO_RANGES
  const first = firstSequenceOf(member)
  if (member.final !== null) return missingIn(held, member.final.firstSequence, member.final.lastSequence)
  if (member.firstFrom === null || run.startAt === null) return NO_RANGES
  const elapsed = turn.now - run.startAt
  const due = Math.floor((elapsed - turn.timing.repairMs) / 1000) - 1
  return missingIn(held, first, Math.min(lastOf(held), due))
}

/** On every tick: asks for what is missing, from the owner first, then from one peer after the other. */
export function repair(turn: Turn): void {
  for (const [runId, run] of turn.state.runs) {
    if (run.settled || run.table === null || run.dormant) continue
    if (turn.now - run.repairAt < turn.timing.repairMs / 3) continue
    turn.updateRun(runId, { repairAt: turn.now, repairRound: run.repairRound + 1 })
    askForMissing(turn, run)
    settle(turn, runId)
  }
}

function askForMissing(turn: Turn, run: RunState): void {
  const peers = reachable(turn.state.view).map((peer) => peer.bootId)
  if (peers.length === 0 || run.table === null) return
  for (const member of run.table.members) {
    if (member.bootId === turn.self) continue
    const missing = firstOf(missingOf(turn, run, member), LIMITS.pullSequences)
    if (missing.length === 0) continue
    const owner = peers.includes(member.bootId) && run.repairRound % 2 === 0
    const to = owner ? member.bootId : peers[(run.repairRound >> 1) % peers.length]!
    turn.send(to, {
      kind: 'pull-batches',
      runId: run.record.runId,
      bootId: member.bootId,
      ranges: missing.slice(0, 64),
    })
  }
}

/** Whether every window of an ended run is here. */
export function isWhole(run: RunState): boolean {
  if (run.table === null) return false
  return run.table.members.every((member) => {
    if (member.final === null) return true
    const held = run.held.get(member.bootId) ?? NO_RANGES
    return missingIn(held, member.final.firstSequence, member.final.lastSequence).length === 0
  })
}

/** The report becomes final when all windows are here, or when nobody had the rest for long enough. */
export function settle(turn: Turn, runId: RunId): void {
  const run = turn.state.runs.get(runId)
  if (run === undefined || run.settled || run.table === null || !isEnded(run.table.phase)) return
  const overdue = run.endedAt !== null && turn.now - run.endedAt > turn.timing.settleMs
  if (!isWhole(run) && !overdue) return
  turn.updateRun(runId, { settled: true })
  turn.effect({ kind: 'settled', runId })
}
