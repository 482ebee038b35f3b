/** Rank: who stands for election first. Configured priority, then capacity, then boot id; higher is first. */

import type { BootId } from '../base/ids.ts'

export interface Ranked {
  readonly bootId: BootId
  readonly priority: number
  readonly capacity: number
}

/** Negative when `a` ranks below `b`. */
export function compareRank(a: Ranked, b: Ranked): number {
  if (a.priority !== b.priority) return a.priority - b.priority
  if (a.capacity !== b.capacity) return a.capacity - b.capacity
  return a.bootId < b.bootId ? -1 : a.bootId > b.bootId ? 1 : 0
}

/** How many of `others` rank above `self`: 0 for the highest. */
export function standingOrder(self: Ranked, others: Iterable<Ranked>): number {
  let above = 0
  for (const other of others) if (compareRank(other, self) > 0) above++
  return above
}
