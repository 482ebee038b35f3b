/** What a report says of loads that ended with their rows: known from the plan, and so the same on every node. */

import type { RunMs } from '../base/clock.ts'
import { deriveSeed } from '../base/random.ts'
import { planArrivals } from '../load/arrivals.ts'
import { createProfile } from '../load/profile.ts'
import type { DataSource } from '../suite/data-spec.ts'
import type { Scenario, Suite } from '../suite/spec.ts'
import type { RunEvent } from './report-document.ts'

/**
 * A run's events, with those of rows that came to an end before a load did.
 *
 * @param seed the run's, of which each scenario has its own derived
 * @param until run time at which the run ended
 */
export function withDataEvents(
  events: readonly RunEvent[],
  suite: Suite,
  seed: number,
  until: RunMs,
): readonly RunEvent[] {
  const all = [...events]
  for (const [index, scenario] of suite.scenarios.entries()) {
    const ended = endOf(scenario, suite.data ?? [], deriveSeed(seed, index))
    if (ended === null || ended.at > until) continue
    const behind = all.findIndex(({ at }) => at >= ended.at)
    all.splice(behind < 0 ? all.length : behind, 0, ended)
  }
  return all
}

function endOf(
  { name, load, startMs, durationMs, data = [], iterations }: Scenario,
  sources: readonly DataSource[],
  seed: number,
): RunEvent | null {
  if (iterations === undefined || load.model === 'closed') return null
  if (planArrivals(load, 1, seed).count(0, createProfile(load).totalMs) <= iterations) return null
  const names = data.flatMap(({ source }) => {
    const { name: sourceName, onEnd } = sources[source]!
    return onEnd === 'stop' ? [sourceName] : []
  })
  const rows = iterations === 1 ? 'its only row' : `its ${iterations} rows`
  return {
    at: startMs + durationMs,
    kind: 'data-ended',
    message: `${name} has used ${rows} of ${names.join(' and ')}, and ends with them`,
  }
}
