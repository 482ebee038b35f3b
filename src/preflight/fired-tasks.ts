/** Everything that a suite fires, with its place in the suite. */

import type { HttpParameters, Suite } from '../suite/spec.ts'
import type { TaskSpec } from '../suite/task-spec.ts'

export interface FiredTask {
  /** Index of its scenario. */
  readonly scenario: number
  /** Index of its step in the scenario. */
  readonly step: number
  /** Place in the suite: `scenarios[0].http`, `scenarios[0], step login`. */
  readonly path: string
  readonly task: TaskSpec
  /** Nothing of an iteration comes before it: what it is answered does not depend on earlier steps. */
  readonly isFirst: boolean
  /** The suite itself says which status is expected. */
  readonly expectsStatus: boolean
}

/** In the order of the suite. */
export function firedTasks(suite: Suite): FiredTask[] {
  return suite.scenarios.flatMap(({ steps, branches }, scenario) => {
    const first = new Set(branches.map((branch) => branch.steps[0]))
    return steps.map((step, index) => ({
      scenario,
      step: index,
      path:
        steps.length === 1 ? `scenarios[${scenario}].${step.task.type}` : `scenarios[${scenario}], step ${step.name}`,
      task: step.task,
      isFirst: first.has(index) && step.when === null,
      expectsStatus: step.expect.some(({ part }) => part.kind === 'status'),
    }))
  })
}

/** The parameters of an `http` task; undefined for others. */
export function httpOf({ type, parameters }: TaskSpec): HttpParameters | undefined {
  return type === 'http' ? (parameters as unknown as HttpParameters) : undefined
}

/** The origin of an address; undefined while a template stands where its host should. */
export function originOf(url: string): string | undefined {
  const parsed = URL.parse(url)
  return parsed === null || /[{}]|%7[bd]/i.test(parsed.host) ? undefined : parsed.origin
}
