/** Changes of a run's load among its events. */

import type { RunMs } from '../base/clock.ts'
import type { RunEvent } from './report-document.ts'

/**
 * A run's events, with changes of the load where they took effect: they are decided some time before. Without those of
 * a time that the run did not reach.
 *
 * @param durationMs run time at which the run ends, or ended
 */
export function withChangesInPlace(events: readonly RunEvent[], durationMs: RunMs): readonly RunEvent[] {
  const all = events.filter(({ kind }) => kind !== 'scaled')
  for (const change of events) {
    if (change.kind !== 'scaled' || change.at >= durationMs) continue
    const behind = all.findIndex(({ at }) => at > change.at)
    all.splice(behind < 0 ? all.length : behind, 0, change)
  }
  return all
}
