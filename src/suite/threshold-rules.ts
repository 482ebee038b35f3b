/** What can be wrong with a suite's thresholds: their own syntax, read raw, and the names they select by. */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { isMap, type RawMap } from './raw.ts'
import { formatPath, oneOf, show } from './show.ts'
import type { Suite } from './spec.ts'
import { closest } from './suggest.ts'
import { parseThreshold, parseThresholdExpression } from './threshold.ts'
import { METRICS } from './threshold-metrics.ts'
import { scopeOf } from './threshold-scope.ts'
import { type Filter, type MetricSelector, parseMetricSelector, RESERVED_FILTERS } from './threshold-selector.ts'

type Path = readonly PropertyKey[]

/** Names shown of a kind. */
const LISTED = 20

/** Problems of the raw thresholds, as far as they can be told without the rest of the suite. */
export function thresholdProblems(thresholds: RawMap, scenarioNames: readonly string[]): Problem[] {
  const problems: Problem[] = []
  let count = 0
  for (const [metric, list] of Object.entries(thresholds)) {
    problems.push(...metricProblems(metric, scenarioNames))
    for (const [index, item] of (Array.isArray(list) ? list : []).entries()) {
      count++
      const path = ['thresholds', metric, index]
      if (typeof item === 'string') problems.push(...conditionProblems(metric, item, path))
      else if (isMap(item) && typeof item.threshold === 'string') {
        problems.push(...conditionProblems(metric, item.threshold, [...path, 'threshold']))
      }
      if (problems.length > LIMITS.problems) return problems
    }
  }
  if (count > LIMITS.thresholds) {
    const message = `${count} thresholds; at most ${LIMITS.thresholds} are allowed`
    problems.push({ path: 'thresholds', message, hint: 'remove some' })
  }
  return problems
}

function metricProblems(metric: string, scenarioNames: readonly string[]): Problem[] {
  const path = formatPath(['thresholds', metric])
  const selector = parseMetricSelector(metric)
  if ('error' in selector) return [{ path, message: selector.error, hint: selector.hint }]
  const scenario = selector.filters.find(({ key }) => key === 'scenario')
  if (scenario === undefined || scenarioNames.includes(scenario.value)) return []
  return [unknownName(path, scenario, scenarioNames)]
}

function conditionProblems(metric: string, text: string, path: Path): Problem[] {
  // With an unusable metric, which is told once, the condition's own syntax is all that can be checked.
  const known = !('error' in parseMetricSelector(metric))
  const result = known ? parseThreshold(metric, text) : parseThresholdExpression(text)
  return 'error' in result ? [{ path: formatPath(path), message: result.error, hint: result.hint }] : []
}

/**
 * Selectors of a suite that is right but for its thresholds which select nothing in it. Which nodes will take part
 * nobody knows before the run.
 */
export function selectionProblems(suite: Suite): Problem[] {
  const metrics = new Set(suite.thresholds.map(({ metric }) => metric))
  return [...metrics].flatMap((metric) => {
    const selector = parseMetricSelector(metric)
    if ('error' in selector) return []
    const path = formatPath(['thresholds', metric])
    return [...unknownNames(selector, suite, path), ...unplannedProblems(selector, suite, path)]
  })
}

function unknownNames(selector: MetricSelector, suite: Suite, path: string): Problem[] {
  const filters = selector.filters.filter(({ key }) => key !== 'node')
  const unknown = filters.flatMap((filter) => {
    const known = namesOf(filter.key, suite)
    if (known === null) return [unknownKey(path, filter, suite)]
    return known.includes(filter.value) ? [] : [unknownName(path, filter, known)]
  })
  if (unknown.length > 0 || scopeOf(selector, suite).parts.length > 0) return unknown
  const what = METRICS[selector.metric].of === 'iterations' ? 'scenario has all its steps' : 'step is'
  const message = `nothing is selected: no ${what} ${filters.map(({ key, value }) => `${key}:${value}`).join(' and ')}`
  return [{ path, message, hint: 'all that is in braces must hold; leave something out' }]
}

/** What a key may select; null for one that is neither a key nor a tag. */
function namesOf(key: string, suite: Suite): readonly string[] | null {
  if (key === 'scenario') return suite.scenarios.map(({ name }) => name)
  const steps = suite.scenarios.flatMap(({ steps }) => steps)
  if (key === 'step') return [...new Set(steps.map(({ name }) => name))]
  if (key === 'check') return [...new Set(steps.flatMap(({ expect }) => expect.map(({ name }) => name)))]
  if (key === 'group') return [...new Set(steps.flatMap(({ group }) => groupsOf(group)))]
  const values = new Set(steps.flatMap(({ tags }) => (Object.hasOwn(tags, key) ? [tags[key]!] : [])))
  return values.size === 0 ? null : [...values]
}

/** A group within others is in all of them. */
function groupsOf(group: string): string[] {
  const names = group === '' ? [] : group.split('/')
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}

function unknownName(path: string, { key, value }: Filter, known: readonly string[]): Problem {
  const near = closest(value, known)
  const guess = near === undefined ? '' : `, did you mean \`${near}\`?`
  const what = RESERVED_FILTERS.includes(key) ? key : `tag \`${key}\``
  const plural = RESERVED_FILTERS.includes(key) ? `${key}s` : `values of ${key}`
  const message = `${value}: no ${what} has this ${RESERVED_FILTERS.includes(key) ? 'name' : 'value'}${guess}`
  return { path, message, hint: `${plural} are ${oneOf(known.slice(0, LISTED)) || 'none yet'}` }
}

function unknownKey(path: string, { key }: Filter, suite: Suite): Problem {
  const tags = [...new Set(suite.scenarios.flatMap(({ steps }) => steps).flatMap((step) => Object.keys(step.tags)))]
  const near = closest(key, [...RESERVED_FILTERS, ...tags])
  const message = `${key}: no step has this tag${near === undefined ? '' : `, did you mean \`${near}\`?`}`
  return { path, message, hint: `select by ${oneOf([...RESERVED_FILTERS, ...tags.slice(0, LISTED)])}` }
}

/** A share of the asked rate, where none is asked for. */
function unplannedProblems(selector: MetricSelector, suite: Suite, path: string): Problem[] {
  const { parts } = scopeOf(selector, suite)
  if (selector.metric !== 'rate' || parts.length === 0) return []
  if (parts.some(({ scenario }) => suite.scenarios[scenario]!.load.model === 'open')) return []
  const names = parts.map(({ scenario }) => show(suite.scenarios[scenario]!.name)).slice(0, LISTED)
  const message = `no rate is asked for: the load of ${names.join(', ')} is of users`
  return [{ path, message, hint: 'users send as fast as they are answered: use `requests` or `iterations`' }]
}
