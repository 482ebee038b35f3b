/**
 * The planner: from a run's share table and what the coordinator knows now, the next table, or none. It is called
 * again and again and keeps no state of its own: every decision follows from the table and the facts.
 *
 * What makes it safe: a slot gets a new holder only when every node that could still fire it follows the current
 * table (`settled` below), or is dead, or has no lease any more. Decreases therefore always come a version earlier
 * than the increases they make room for.
 */

import { conclude, noteLosses, toStopping } from './ending.ts'
import { joinCandidates, moveShares } from './moving.ts'
import { isSettled } from './plan-facts.ts'
import type { Draft, PlanInput } from './plan-input.ts'
import { reviseWeights } from './revising.ts'
import { reviseLoad } from './scaling.ts'
import { isEnded, type ShareTable } from './share-table.ts'
import { firstTable, planDistributing } from './starting.ts'

/**
 * The next table of a run, or null when there is nothing to change (or nothing that may be changed yet).
 *
 * @param table the newest table; null for a run that was only accepted
 * @param runId of the run
 */
export function planNext(runId: string, table: ShareTable | null, input: PlanInput): Draft | null {
  if (input.hold !== 'majority') return null
  if (table === null) return firstTable(runId, input)
  if (isEnded(table.phase)) return null
  if (table.phase === 'distributing') return planDistributing(table, input)
  const lost = noteLosses(table, input)
  if (table.phase === 'stopping') return conclude(lost ?? table, input) ?? lost
  const moved = toStopping(lost ?? table, input) ?? moveShares(lost ?? table, input) ?? lost
  const joined = moved ?? joinCandidates(table, input) ?? reviseLoad(table, input)
  return joined ?? (isSettled(table, input) ? reviseWeights(table, input) : null)
}
