/** How many requests of a journey are expected in flight at once, by what their connections are shared by. */

import type { Lane } from '../journey/lane.ts'
import type { Branch } from '../suite/journey-spec.ts'

/** What a lane has its connections from. */
export function sharedBy(lane: Lane): object {
  return lane.sharesWith ?? lane
}

/**
 * The first steps may all be in flight at once; those after them share what is.
 *
 * @param lanes by step
 * @param executions iterations expected in flight
 */
export function expectedByConnections(
  branches: readonly Pick<Branch, 'weight' | 'steps'>[],
  lanes: readonly Lane[],
  executions: number,
): Map<object, number> {
  const weights = branches.reduce((sum, { weight }) => sum + weight, 0)
  const expected = new Map<object, number>()
  for (const { weight, steps } of branches) {
    const all = (executions * weight) / weights
    const distinct = new Set(steps)
    const own = new Map<object, number>()
    for (const step of distinct) {
      const shared = sharedBy(lanes[step]!)
      own.set(shared, Math.max(own.get(shared) ?? 0, step === steps[0] ? all : all / distinct.size))
    }
    for (const [shared, count] of own) expected.set(shared, (expected.get(shared) ?? 0) + count)
  }
  return expected
}
