import type { Plan } from './plan.ts'

/** More than nodes of any history. */
const ROWS = 1000

/** The plan, with users that split rows in every run. */
export function withRows(plan: Plan): Plan {
  return { ...plan, runs: plan.runs.map((run) => ({ ...run, userRows: ROWS })) }
}
