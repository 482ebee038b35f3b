/**
 * Iterations beside requests. A journey or a mix has windows of its steps, which count requests, and windows of its
 * iterations, whose step is the number of steps. What counts requests takes the former, and of the latter only what no
 * step can tell of: an iteration that was dropped is one request that was dropped.
 */

import { hasIterations } from '../suite/journey-spec.ts'
import type { Suite } from '../suite/spec.ts'
import { type Accounts, addAccounts, NO_ACCOUNTS } from './accounts.ts'
import { type Counts, NOTHING_MEASURED, type Window, ZERO_COUNTS } from './window.ts'

/** By scenario, the step that stands for whole iterations; -1 where every iteration is one request. */
export type IterationSteps = readonly number[]

export function iterationSteps({ scenarios }: Suite): IterationSteps {
  return scenarios.map((scenario) => (hasIterations(scenario) ? scenario.steps.length : -1))
}

/** What a window says of requests. */
export function requestsOf(window: Window, iterations: IterationSteps): Window {
  if (window.step !== iterations[window.scenario]) return window
  return {
    ...window,
    ...NOTHING_MEASURED,
    counts: droppedOf(window.counts),
    warmup: droppedOf(window.warmup),
  }
}

function droppedOf({ dropped }: Counts): Counts {
  return dropped === 0 ? ZERO_COUNTS : { ...ZERO_COUNTS, scheduled: dropped, dropped }
}

/**
 * Requests of a scenario, from those of its steps and its iterations. An iteration that is unaccounted for may have had
 * a step in flight, which is unaccounted for, too: that is one request, not two.
 */
export function requestAccounts(steps: readonly Accounts[], iterations: Accounts | null): Accounts {
  const requests = steps.reduce(addAccounts, NO_ACCOUNTS)
  if (iterations === null) return requests
  const dropped = requests.dropped + iterations.dropped
  const unaccounted = Math.max(requests.unaccounted, iterations.unaccounted)
  return { ...requests, scheduled: requests.sent + dropped + unaccounted, dropped, unaccounted }
}
