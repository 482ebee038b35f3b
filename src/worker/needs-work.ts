/** Whether iterations of a suite carry anything with them: what does that is loaded on a thread where one does. */

import type { Scenario, Suite } from '../suite/spec.ts'
import { namesIn } from '../suite/template.ts'

/** False where every iteration sends the same, and nothing is to be done with its answers. */
export function needsWork({ env, scenarios }: Pick<Suite, 'env' | 'scenarios'>): boolean {
  return (env?.length ?? 0) > 0 || scenarios.some(carries)
}

function carries({ cookies, store, use, steps, branches }: Scenario): boolean {
  if (cookies !== undefined || store !== undefined || use !== undefined) return true
  if (branches.some(({ guards = [] }) => guards.length > 0)) return true
  return steps.some(
    ({ when, extract, expect, task }) =>
      when !== null || extract.length + expect.length > 0 || namesIn(task.parameters).size > 0,
  )
}
