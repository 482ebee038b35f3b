/** A share strategy: how much of a run each node fires, in proportion to weights. */

import type { BootId } from '../../base/ids.ts'
import type { NodeLoad } from '../../membership/view.ts'

/** A node that takes part, or is about to. */
export interface Sharer {
  readonly bootId: BootId
  /** As configured; greater than 0. */
  readonly capacity: number
  /** As it measures itself. */
  readonly load: NodeLoad
}

/** A node that fires its share now. */
export interface Firing extends Sharer {
  readonly weight: number
}

export interface Strategy {
  /** Weight of a node that begins to take part; greater than 0. Only the proportions count. */
  weightOf(sharer: Sharer): number
  /**
   * Weights that should change while a run goes on, looked at no more often than every {@link REVISE_MS}; empty when
   * all is well. A strategy must not oscillate: whatever the measurements do, it may change weights a bounded number
   * of times.
   */
  revise(firing: readonly Firing[]): ReadonlyMap<BootId, number>
}

/** Run time between two revisions, in milliseconds: long enough that measurements show what the last one did. */
export const REVISE_MS = 10_000

export const NO_REVISION: ReadonlyMap<BootId, number> = new Map()
