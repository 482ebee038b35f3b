/**
 * A metric with an optional selector: `duration`, `http_req_failed`, `duration{scenario:browse,region:eu}`. What is in
 * braces narrows the metric; all of it must hold.
 */

import { oneOf, show } from './show.ts'
import { closest } from './suggest.ts'
import {
  FILTERS,
  FOREIGN_METRICS,
  METRIC_ALIASES,
  METRIC_NAMES,
  METRICS,
  type MetricName,
} from './threshold-metrics.ts'

export interface Filter {
  /** `scenario`, `step`, `group`, `check`, `node`, or the name of a tag. */
  readonly key: string
  readonly value: string
}

export interface MetricSelector {
  readonly metric: MetricName
  /** In the order they are written, each key once; none for the whole run. */
  readonly filters: readonly Filter[]
}

/** Why a text is not a threshold, and what to write instead. */
export interface ThresholdError {
  readonly error: string
  readonly hint: string
}

/** Keys that are no tags. */
export const RESERVED_FILTERS: readonly string[] = ['scenario', 'step', 'group', 'check', 'node']

const LONGEST_TEXT = 1024
const EXAMPLE = 'write metric{KEY:NAME} or metric{KEY:NAME,KEY:NAME}: duration{scenario:browse}'
/** One `key:value`; what has commas, braces or quotes in it is quoted, with a backslash before quotes. */
const FILTER = /[ \t]*([^\s:,{}"]+)[ \t]*:[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^,"{}]+?))[ \t]*(,|$)/y

/** Reads a metric and its selector. k6's names come back as the metric's own. */
export function parseMetricSelector(text: string): MetricSelector | ThresholdError {
  const match = text.length > LONGEST_TEXT ? null : /^ *([\w.-]+) *(?:\{(.*)\} *)?$/.exec(text)
  if (match === null) return { error: `${show(text)} is not a metric`, hint: EXAMPLE }
  const written = match[1]!
  const metric = METRIC_NAMES.find((name) => name === written) ?? aliasOf(written)
  if (metric === undefined) return unknownMetric(written)
  if (match[2] === undefined) return { metric, filters: [] }
  const filters = parseFilters(match[2])
  return 'error' in filters ? filters : (misplaced(metric, filters) ?? { metric, filters })
}

function aliasOf(name: string): MetricName | undefined {
  return Object.hasOwn(METRIC_ALIASES, name) ? METRIC_ALIASES[name] : undefined
}

function unknownMetric(written: string): ThresholdError {
  if (Object.hasOwn(FOREIGN_METRICS, written)) {
    return { error: `${written} is a metric of k6 that there is none like here`, hint: FOREIGN_METRICS[written]! }
  }
  const near = closest(written, [...METRIC_NAMES, ...Object.keys(METRIC_ALIASES)])
  const error = `${written}: unknown metric${near === undefined ? '' : `, did you mean \`${near}\`?`}`
  return { error, hint: `metrics are ${oneOf(METRIC_NAMES)}` }
}

function parseFilters(text: string): readonly Filter[] | ThresholdError {
  const filters: Filter[] = []
  const pattern = new RegExp(FILTER)
  for (let end = ','; end === ','; ) {
    const match = pattern.exec(text)
    if (match === null) return { error: `{${shown(text)}} is not a selector`, hint: EXAMPLE }
    const [, key, quoted, bare, rest] = match as unknown as [string, string, string | undefined, string, string]
    if (filters.some((filter) => filter.key === key)) {
      const hint = 'all that is in braces must hold: give each key once, and a threshold of its own to each value'
      return { error: `${key} is given twice in {${shown(text)}}`, hint }
    }
    const value = quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1')
    filters.push({ key, value: key === 'group' ? groupPath(value) : value })
    end = rest
  }
  return filters
}

/** k6 writes groups as `::outer::inner`. */
function groupPath(value: string): string {
  return value.startsWith('::') ? value.slice(2).replaceAll('::', '/') : value
}

/** Without the quotes of {@link show}. */
function shown(text: string): string {
  return show(text).slice(1, -1)
}

function misplaced(metric: MetricName, filters: readonly Filter[]): ThresholdError | undefined {
  const { of } = METRICS[metric]
  const wrong = filters.find(({ key }) =>
    RESERVED_FILTERS.includes(key) ? !FILTERS[of].includes(key) : of === 'nodes',
  )
  if (wrong === undefined) return undefined
  const what = { requests: 'requests', checks: 'checks', iterations: 'whole iterations', nodes: 'nodes' }[of]
  const known = oneOf([...FILTERS[of], ...(of === 'nodes' ? [] : ['a tag'])])
  return { error: `${metric} has no ${wrong.key}: it is of ${what}`, hint: `it can be narrowed by ${known}` }
}
