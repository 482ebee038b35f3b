/** What the planner is given, and what it gives: its input at one moment, and the table it draws up. */

import type { MonotonicMs, RunMs, WallMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import type { Ranges } from '../base/ranges.ts'
import type { Hold } from '../membership/quorum.ts'
import type { RunEvent } from '../metrics/report-document.ts'
import type { RunFacts } from './facts.ts'
import type { Change, ChoreName, ChoreOutcome, Final, ShareTable } from './share-table.ts'
import type { Sharer } from './strategies/strategy.ts'

/**
 * What the coordinator knows of a node.
 * `present`: heard from. `silent`: not heard, its lease may still be valid. `expiring`: its lease is over by when a
 * table published now can be committed (`commitLeadMs`). `expired`: its lease is over. `dead`: proven. `left`: by its
 * own word.
 */
export type Standing = 'present' | 'silent' | 'expiring' | 'expired' | 'dead' | 'left'

export interface Candidate extends Sharer {
  readonly node: string
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
  /** How what it did for all went; null while that is not known. */
  readonly chores: Readonly<Record<ChoreName, ChoreOutcome | null>>
  /** Which windows it holds of nodes that are lost or on their way out. */
  readonly held: ReadonlyMap<BootId, Ranges>
}

/** Somebody, or something, wants a run stopped. */
export interface StopWish {
  readonly stop: 'user' | 'threshold' | 'failure'
  readonly reason: string
  /** The threshold that was crossed: its place in the suite, and what was observed. */
  readonly threshold?: RunEvent['threshold'] & {}
}

/** A wish alone, of something that carries one. */
export function wishOf({ stop, reason, threshold }: StopWish): StopWish {
  return { stop, reason, ...(threshold === undefined ? {} : { threshold }) }
}

export interface PlanTiming {
  readonly startLeadMs: number
  readonly releaseLeadMs: number
  readonly grantLeadMs: number
  readonly stopLeadMs: number
  readonly scaleLeadMs: number
  readonly commitLeadMs: number
  readonly prepareMs: number
  readonly drainMarginMs: number
}

export interface PlanInput {
  /** The coordinator. */
  readonly self: BootId
  readonly facts: RunFacts
  readonly slotCount: number
  /** Nodes that may take part now, the coordinator included, by boot id and in its order. */
  readonly candidates: ReadonlyMap<BootId, Candidate>
  readonly standing: (bootId: BootId) => Standing
  readonly account: (bootId: BootId) => Account | undefined
  /** The nodes that the run's origin saw: a majority of them must follow its first table before it starts. */
  readonly electors: readonly BootId[]
  /** How much of the run's voters follow this coordinator. */
  readonly hold: Hold
  readonly wish: StopWish | null
  /** Changes of the load that are asked for, the oldest first. */
  readonly changes: readonly Change[]
  readonly now: MonotonicMs
  readonly wall: WallMs
  /** Since when this coordinator has been at this run. */
  readonly since: MonotonicMs
  readonly timing: PlanTiming
}

/** A table to be published: the planner's work, before it gets its version. */
export type Draft = Omit<ShareTable, 'version'>
