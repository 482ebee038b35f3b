/**
 * Rules that span several places of a suite. They read the raw document, skipping what its shape has already refused,
 * so that one mistake does not hide another.
 */

import * as z from 'zod'
import { messageOf, type Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { authorisedProblems, authProblems, nearestAuth, type PlacedAuth } from './auth-rules.ts'
import { httpProblems } from './http-task.ts'
import { check } from './issues.ts'
import { isOfUsers, lengthOf, loadProblems } from './load-rules.ts'
import { isMap, type RawMap, rawDuration } from './raw.ts'
import type { TaskShape } from './shape.ts'
import { formatPath, oneOf, show } from './show.ts'
import { closest, isMisspelled } from './suggest.ts'
import { parseMetricSelector, parseThreshold, parseThresholdExpression } from './threshold.ts'
import { formatDuration } from './units.ts'
import { parseAbsoluteUrl, resolveUrl } from './url.ts'

type Path = readonly PropertyKey[]

/** Problems of a document beyond its shape. */
export function ruleProblems(document: unknown, tasks: readonly TaskShape[]): Problem[] {
  if (!isMap(document)) return []
  const scenarios = listOf(document.scenarios).slice(0, LIMITS.scenarios)
  const problems: Problem[] = []
  let target: string | undefined | null
  if (document.target !== undefined) {
    const parsed = typeof document.target === 'string' ? parseAbsoluteUrl(document.target) : undefined
    if (parsed?.ok === false) problems.push({ path: 'target', message: parsed.message, hint: parsed.hint })
    target = parsed?.ok ? parsed.value : null
  }
  const auth: PlacedAuth = { raw: document.auth, path: ['auth'] }
  problems.push(...authProblems(auth.raw, auth.path))
  for (const [index, scenario] of scenarios.entries()) {
    if (!isMap(scenario)) continue
    const path = ['scenarios', index]
    problems.push(
      ...scenarioProblems(scenario, tasks, target, path),
      ...scenarioAuthProblems(scenario, auth, target, path),
    )
  }
  problems.push(...nameProblems(scenarios), ...sequenceProblems(document.mode, scenarios))
  if (isMap(document.thresholds)) problems.push(...thresholdProblems(document.thresholds, scenarios))
  return problems
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function scenarioProblems(
  scenario: RawMap,
  tasks: readonly TaskShape[],
  target: string | undefined | null,
  path: Path,
): Problem[] {
  const problems: Problem[] = []
  const { load, maxInFlight } = scenario
  if (isMap(load)) {
    problems.push(...loadProblems(load, [...path, 'load']))
    if (maxInFlight !== undefined && load.maxInFlight !== undefined) {
      const message = 'maxInFlight is given for the scenario and for its load'
      problems.push({ path: formatPath([...path, 'maxInFlight']), message, hint: 'keep one of them' })
    } else if (maxInFlight !== undefined && isOfUsers(load)) {
      const message = 'maxInFlight does not go with `users`: each user has at most one request in flight'
      problems.push({ path: formatPath([...path, 'maxInFlight']), message, hint: 'remove it' })
    }
  }
  const names = ['http', ...tasks.map((task) => task.name)]
  const given = names.filter((name) => scenario[name] !== undefined)
  const misspelled = given.length === 0 && names.some((name) => isMisspelled(name, Object.keys(scenario)))
  if (given.length !== 1 && !misspelled) {
    const list = oneOf(names.map((name) => `\`${name}\``))
    const message =
      given.length === 0
        ? `there is nothing to fire: no ${list}`
        : `several tasks are given: ${oneOf(given).replace(' or ', ' and ')}`
    const hint = given.length === 0 ? 'add one, for example `http: /products`' : 'keep one; use a scenario for each'
    problems.push({ path: formatPath(path), message, hint })
  }
  problems.push(...httpProblems(scenario.http, target, [...path, 'http']))
  for (const task of tasks) {
    if (scenario[task.name] !== undefined) problems.push(...taskProblems(task, scenario, [...path, task.name]))
  }
  return problems
}

/** @param inherited the suite's */
function scenarioAuthProblems(
  scenario: RawMap,
  inherited: PlacedAuth,
  target: string | undefined | null,
  path: Path,
): Problem[] {
  const { auth, http } = scenario
  const own = { raw: auth, path: [...path, 'auth'] }
  const problems = authProblems(own.raw, own.path)
  if (http === undefined) {
    if (auth === undefined) return problems
    const hint = 'remove it; other tasks take credentials as references in their parameters'
    return [...problems, { path: formatPath(own.path), message: 'auth goes with `http` only', hint }]
  }
  const request = isMap(http) ? http : { url: http }
  const resolved = typeof request.url === 'string' ? resolveUrl(request.url, target ?? undefined) : undefined
  const url = resolved?.ok ? resolved.value : undefined
  const at = [...path, 'http']
  const nearest = nearestAuth({ raw: request.auth, path: [...at, 'auth'] }, own, inherited)
  return [...problems, ...authorisedProblems(nearest, { headers: request.headers, url, path: at })]
}

function taskProblems(task: TaskShape, scenario: RawMap, path: Path): readonly Problem[] {
  const parameters = scenario[task.name]
  if (!isMap(parameters)) {
    const message = `expected a map of parameters, got ${show(parameters)}`
    return [{ path: formatPath(path), message, hint: `write \`${task.name}: {}\` for none` }]
  }
  try {
    const checked = check(z.fromJSONSchema({ type: 'object', ...task.parameters }), parameters, path)
    return checked.ok ? [] : checked.problems
  } catch (thrown) {
    const message = `the parameters cannot be checked: the schema of task ${task.name} is not usable`
    return [{ path: formatPath(path), message, hint: `its author should mend it: ${messageOf(thrown)}` }]
  }
}

function nameProblems(scenarios: readonly unknown[]): Problem[] {
  const first = new Map<string, number>()
  const problems: Problem[] = []
  for (const [index, scenario] of scenarios.entries()) {
    const name = isMap(scenario) ? scenario.name : undefined
    if (typeof name !== 'string') continue
    const before = first.get(name)
    if (before === undefined) first.set(name, index)
    else {
      const message = `${show(name)} is already the name of scenarios[${before}]`
      problems.push({ path: formatPath(['scenarios', index, 'name']), message, hint: 'give each its own name' })
    }
  }
  return problems
}

function sequenceProblems(mode: unknown, scenarios: readonly unknown[]): Problem[] {
  if (mode === 'sequential') return lengthProblems(scenarios)
  // A mode that is none has been told already, and any may have been meant.
  if (mode !== undefined && mode !== 'parallel') return []
  return scenarios.flatMap((scenario, index) => {
    if (!isMap(scenario) || scenario.delayAfter === undefined) return []
    const message = 'delayAfter is given, but the scenarios run at once'
    return [
      { path: formatPath(['scenarios', index, 'delayAfter']), message, hint: 'remove it, or set `mode: sequential`' },
    ]
  })
}

function lengthProblems(scenarios: readonly unknown[]): Problem[] {
  let total = 0
  for (const [index, scenario] of scenarios.entries()) {
    const length = isMap(scenario) && isMap(scenario.load) ? lengthOf(scenario.load) : undefined
    // A scenario that is too long by itself has been told already.
    if (!isMap(scenario) || length === undefined || length > LIMITS.durationMs) return []
    const last = index === scenarios.length - 1
    total += length + (last ? 0 : (rawDuration(scenario.delayAfter ?? 0) ?? 0))
  }
  if (total <= LIMITS.durationMs) return []
  const message = `the scenarios last ${formatDuration(total)} one after the other`
  return [{ path: 'scenarios', message, hint: `at most ${formatDuration(LIMITS.durationMs)} are allowed` }]
}

function thresholdProblems(thresholds: RawMap, scenarios: readonly unknown[]): Problem[] {
  const names = scenarios.flatMap((scenario) =>
    isMap(scenario) && typeof scenario.name === 'string' ? [scenario.name] : [],
  )
  const problems: Problem[] = []
  let count = 0
  for (const [metric, list] of Object.entries(thresholds)) {
    problems.push(...metricProblems(metric, names))
    for (const [index, item] of listOf(list).entries()) {
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
  const { scenario } = selector
  if (scenario === undefined || scenarioNames.includes(scenario)) return []
  const near = closest(scenario, scenarioNames)
  const message = `${scenario}: no scenario has this name${near === undefined ? '' : `, did you mean \`${near}\`?`}`
  return [{ path, message, hint: `scenarios are ${oneOf(scenarioNames.slice(0, 20)) || 'none yet'}` }]
}

function conditionProblems(metric: string, text: string, path: Path): Problem[] {
  // With an unusable metric, which is told once, the condition's own syntax is all that can be checked.
  const known = !('error' in parseMetricSelector(metric))
  const result = known ? parseThreshold(metric, text) : parseThresholdExpression(text)
  return 'error' in result ? [{ path: formatPath(path), message: result.error, hint: result.hint }] : []
}
