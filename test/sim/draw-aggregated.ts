/**
 * Draws plans of meshes whose runs are aggregated, which takes more nodes than a history can have unless the threshold is
 * low. Drawn from a generator of its own, on top of the plan of the same seed, so that those stay what they are.
 */

import { deriveSeed, seededRandom } from '../../src/base/random.ts'
import { drawPlan } from './draw-plan.ts'
import type { AskPlan, Plan } from './plan.ts'

const AGGREGATED_STREAM = 2

export function drawAggregated(seed: number): Plan {
  const plan = drawPlan(seed)
  const random = seededRandom(deriveSeed(seed, AGGREGATED_STREAM))
  const between = (from: number, to: number) => Math.round(from + random() * (to - from))
  const [first, last] = [Math.min(...plan.runs.map(({ at }) => at)), plan.healAt]
  const asks: AskPlan[] = Array.from({ length: between(0, 4) }, () => ({
    at: between(first, last),
    host: between(0, plan.hosts.length - 1),
    run: between(0, plan.runs.length - 1),
    ms: random() < 0.3 ? 0 : between(0, 8000),
  }))
  return { ...plan, aggregateAbove: between(1, 4), asks }
}
