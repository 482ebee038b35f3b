/** What a selector takes in of a suite: which steps of which scenarios, of which node. */

import { hasIterations, type Step } from './journey-spec.ts'
import type { Suite } from './spec.ts'
import { METRICS } from './threshold-metrics.ts'
import { type MetricSelector, RESERVED_FILTERS } from './threshold-selector.ts'

/** Windows of one scenario and step. */
export interface ScopePart {
  readonly scenario: number
  /** As in windows: the number of steps stands for whole iterations. */
  readonly step: number
  /** Which checks of the step; null for all. */
  readonly checks: readonly number[] | null
}

export interface Scope {
  readonly parts: readonly ScopePart[]
  /** Name of the node whose windows they are; null for all nodes'. */
  readonly node: string | null
}

/** What a selector takes in; without parts where nothing in the suite is like that. */
export function scopeOf({ metric, filters }: MetricSelector, suite: Suite): Scope {
  const of = new Map(filters.map(({ key, value }) => [key, value]))
  const tags = filters.filter(({ key }) => !RESERVED_FILTERS.includes(key))
  const named = of.get('scenario')
  const whole = METRICS[metric].of === 'iterations'
  const parts = suite.scenarios.flatMap((scenario, index): ScopePart[] => {
    if (named !== undefined && scenario.name !== named) return []
    const { steps } = scenario
    const tagged = (step: Step) =>
      tags.every(({ key, value }) => Object.hasOwn(step.tags, key) && step.tags[key] === value)
    if (whole) {
      // An iteration is what all its steps are.
      return steps.every(tagged)
        ? [{ scenario: index, step: hasIterations(scenario) ? steps.length : 0, checks: null }]
        : []
    }
    return steps.flatMap((step, number) => {
      const checks = checksOf(step, of.get('check'))
      if (!tagged(step) || !isNamed(step, of) || checks?.length === 0) return []
      return [{ scenario: index, step: number, checks }]
    })
  })
  return { parts, node: of.get('node') ?? null }
}

function isNamed(step: Step, of: ReadonlyMap<string, string>): boolean {
  const group = of.get('group')
  if (group !== undefined && step.group !== group && !step.group.startsWith(`${group}/`)) return false
  return of.get('step') === undefined || of.get('step') === step.name
}

function checksOf({ expect }: Step, name: string | undefined): readonly number[] | null {
  if (name === undefined) return null
  return expect.flatMap((one, index) => (one.name === name ? [index] : []))
}
