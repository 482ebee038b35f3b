/** What a report says of nodes that could not generate their load. */

import {
  BUSY_THOUSANDTHS,
  type GeneratorTally,
  LATE_MS,
  type Saturation,
  STARVED_THOUSANDTHS,
} from './generator-tally.ts'
import type { GeneratorSaturation, Participation } from './report-document.ts'

const BOUNDS: Readonly<Record<Saturation['reason'], number>> = {
  lateness: LATE_MS,
  'event-loop': BUSY_THOUSANDTHS / 10,
  cpu: STARVED_THOUSANDTHS / 10,
}

/** All that was too much on one node, in a fixed order. */
export function saturationOf(
  { node, bootId }: Participation,
  tally: Pick<GeneratorTally, 'pacing' | 'saturations'>,
): GeneratorSaturation[] {
  const found = tally.saturations()
  return found.map(({ reason, observed, seconds }) => ({
    node,
    bootId,
    reason,
    observed,
    unit: reason === 'lateness' ? 'ms' : '%',
    bound: BOUNDS[reason],
    seconds,
    hint: hintOf(reason, found, tally.pacing),
  }))
}

function hintOf(reason: Saturation['reason'], found: readonly Saturation[], pacing: GeneratorTally['pacing']): string {
  const has = (other: Saturation['reason']) => found.some((one) => one.reason === other)
  switch (reason) {
    case 'event-loop':
      return 'add nodes, give this one more load threads (--workers) if it has CPUs to spare, or lower the rate'
    case 'cpu':
      return 'leave the node more CPU: move the target or whatever else runs there, use --pacing eco or fewer --workers, or add nodes'
    case 'lateness':
      if (has('event-loop') || has('cpu')) return 'add nodes, or lower the rate: the node had no time to send earlier'
      if (pacing === 'eco') return 'use --pacing precise, or add nodes'
      return 'add nodes or --workers, or lower the rate; look for what else keeps the machine from running on time'
  }
}
