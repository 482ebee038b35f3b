/**
 * The planner: from a run's share table and what the coordinator knows now, the next table, or none. It is called
 * again and again and keeps no state of its own: every decision follows from the table and the facts.
 *
 * What makes it safe: a slot gets a new holder only when every node that could still fire it follows the current
 * table (`settled` below), or is dead, or has no lease any more. Decreases therefore always come a version earlier
 * than the increases they make room for.
 */

import type { MonotonicMs, RunMs, WallMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import type { Ranges } from '../base/ranges.ts'
import type { Hold } from '../membership/quorum.ts'
import { conclude, noteLosses, toStopping } from './ending.ts'
import type { RunFacts } from './facts.ts'
import { joinCandidates, moveShares } from './moving.ts'
import { type Final, isEnded, type ShareTable } from './share-table.ts'
import { firstTable, planDistributing } from './starting.ts'

/**
 * What the coordinator knows of a node.
 * `present`: heard from. `silent`: not heard, its lease may still be valid. `expired`: not heard, its lease is over.
 * `dead`: proven. `left`: by its own word.
 */
export type Standing = 'present' | 'silent' | 'expired' | 'dead' | 'left'

export interface Candidate {
  readonly bootId: BootId
  readonly node: string
  readonly capacity: number
  readonly leaving: boolean
}

/** A participant's last account of this run, heard in the present reign. */
export interface Account {
  /** It follows the table the plan starts from. */
  readonly current: boolean
  readonly appliedAt: RunMs
  readonly stage: 'none' | 'preparing' | 'ready' | 'failed' | 'drained'
  readonly error: string | null
  readonly final: Final | null
  /** Which windows it holds of nodes that are lost or on their way out. */
  readonly held: ReadonlyMap<BootId, Ranges>
}

export interface StopWish {
  readonly stop: 'user' | 'threshold' | 'failure'
  readonly reason: string
}

export interface PlanTiming {
  readonly startLeadMs: number
  readonly releaseLeadMs: number
  readonly grantLeadMs: number
  readonly stopLeadMs: number
  readonly prepareMs: number
  readonly drainMarginMs: number
}

export interface PlanInput {
  readonly facts: RunFacts
  readonly slotCount: number
  /** Nodes that may take part now, the coordinator included. */
  readonly candidates: readonly Candidate[]
  readonly standing: (bootId: BootId) => Standing
  readonly account: (bootId: BootId) => Account | undefined
  /** How much of the run's voters follow this coordinator. */
  readonly hold: Hold
  readonly wish: StopWish | null
  readonly now: MonotonicMs
  readonly wall: WallMs
  /** Since when this coordinator has been at this run. */
  readonly since: MonotonicMs
  readonly timing: PlanTiming
}

/** A table to be published: the planner's work, before it gets its version. */
export type Draft = Omit<ShareTable, 'version'>

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
  return toStopping(lost ?? table, input) ?? moveShares(lost ?? table, input) ?? lost ?? joinCandidates(table, input)
}
