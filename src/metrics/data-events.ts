/** What a report says of loads that ended with their rows: known from the plan, and so the same on every node. */

import type { RunMs } from '../base/clock.ts'
import { deriveSeed } from '../base/random.ts'
import { planArrivals } from '../load/arrivals.ts'
import { rowsEndMs } from '../load/data-end.ts'
import { createProfile } from '../load/profile.ts'
import { type Revision, reviseProfile } from '../load/revised-profile.ts'
import type { DataSource } from '../suite/data-spec.ts'
import type { Scenario, Suite } from '../suite/spec.ts'
import type { RunEvent } from './report-document.ts'
import type { LoadRevision } from './run-course.ts'

/**
 * A run's events, with those of rows that came to an end before a load did.
 *
 * @param seed the run's, of which each scenario has its own derived
 * @param revisions changes of the load, in the order of their times
 * @param until run time at which the run ended
 */
export function withDataEvents(
  events: readonly RunEvent[],
  suite: Suite,
  seed: number,
  revisions: readonly LoadRevision[],
  until: RunMs,
): readonly RunEvent[] {
  const all = [...events]
  for (const [index, scenario] of suite.scenarios.entries()) {
    const own = revisions.filter((revision) => revision.scenario === index)
    const changes = own.map(({ at, value }) => ({ at: at - scenario.startMs, value }))
    const ended = endOf(scenario, suite.data ?? [], deriveSeed(seed, index), changes)
    if (ended === null || ended.at > until) continue
    const behind = all.findIndex(({ at }) => at >= ended.at)
    all.splice(behind < 0 ? all.length : behind, 0, ended)
  }
  return all
}

function endOf(
  scenario: Scenario,
  sources: readonly DataSource[],
  seed: number,
  changes: readonly Revision[],
): RunEvent | null {
  const { name, load, startMs, durationMs, data = [], iterations } = scenario
  if (iterations === undefined || load.model === 'closed') return null
  const profile = createProfile(load)
  const plan = planArrivals(load, 1, seed, changes)
  const used = Math.min(iterations, plan.count(0, durationMs))
  const names = data.flatMap(({ source }) => {
    const { name: sourceName, onEnd } = sources[source]!
    return onEnd === 'stop' ? [sourceName] : []
  })
  const rows = `${iterations === 1 ? 'its only row' : `its ${iterations} rows`} of ${names.join(' and ')}`
  const event = (at: number, message: string): RunEvent => ({ at: startMs + at, kind: 'data-ended', message })
  if (used === iterations) {
    if (plan.count(0, profile.totalMs) <= iterations) return null
    const end = changes.length === 0 ? null : rowsEndMs(load, reviseProfile(profile, changes), iterations)
    return event(Math.min(durationMs, end ?? durationMs), `${name} has used ${rows}, and ends with them`)
  }
  // Its end is that of its rows at the load as it was written: a change moves no end.
  if (planArrivals(load, 1, seed).count(0, profile.totalMs) <= iterations) return null
  const message = `${name} ends when ${rows} would have without the changes of its load: ${used} of them are used`
  return event(durationMs, message)
}
