/**
 * Rules that span several places of a suite. They read the raw document, skipping what its shape has already refused,
 * so that one mistake does not hide another.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { authProblems, type PlacedAuth } from './auth-rules.ts'
import { dataProblems } from './data-rules.ts'
import type { DataFile } from './data-spec.ts'
import type { Firing } from './fired-rules.ts'
import { countSteps, journeyProblems } from './journey-rules.ts'
import { isOfUsers, lengthOf, loadProblems } from './load-rules.ts'
import { isMap, type RawMap, rawDuration } from './raw.ts'
import type { TaskShape } from './shape.ts'
import { formatPath, show } from './show.ts'
import { storeProblems } from './store-rules.ts'
import { thresholdProblems } from './threshold-rules.ts'
import { formatDuration } from './units.ts'
import { parseAbsoluteUrl } from './url.ts'
import { valueProblems } from './value-rules.ts'

type Path = readonly PropertyKey[]

/** Problems of a document beyond its shape. */
export function ruleProblems(
  document: unknown,
  tasks: readonly TaskShape[],
  files: readonly DataFile[] = [],
): Problem[] {
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
  const firing: Firing = { tasks, target, auth: [auth] }
  for (const [index, scenario] of scenarios.entries()) {
    if (!isMap(scenario)) continue
    const path = ['scenarios', index]
    problems.push(...scenarioProblems(scenario, path), ...journeyProblems(scenario, firing, path))
  }
  for (const name of ['setup', 'teardown'] as const) problems.push(...onceProblems(name, document[name], firing))
  problems.push(...windowProblems(scenarios))
  problems.push(...valueProblems(document, files))
  problems.push(...dataProblems(document, files))
  problems.push(...storeProblems(document))
  problems.push(...nameProblems(scenarios), ...sequenceProblems(document.mode, scenarios))
  if (isMap(document.thresholds)) problems.push(...thresholdProblems(document.thresholds, namesIn(scenarios)))
  return problems
}

/** Steps beside those of the scenarios are checked as if they were a scenario's. */
function onceProblems(name: string, steps: unknown, firing: Firing): Problem[] {
  if (!Array.isArray(steps)) return []
  return journeyProblems({ steps }, firing, []).map(({ path, ...rest }) => ({
    ...rest,
    path: path.replace(/^steps|^$/, name),
  }))
}

function namesIn(scenarios: readonly unknown[]): string[] {
  return scenarios.flatMap((scenario) => (isMap(scenario) && typeof scenario.name === 'string' ? [scenario.name] : []))
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function scenarioProblems(scenario: RawMap, path: Path): Problem[] {
  const problems: Problem[] = []
  const { load, maxInFlight, pacing } = scenario
  if (isMap(load)) {
    if (pacing !== undefined && !isOfUsers(load)) {
      const message = 'pacing goes with `users` only: in an open load the rate says when iterations begin'
      problems.push({ path: formatPath([...path, 'pacing']), message, hint: 'remove it, or set the rate to match' })
    }
    problems.push(...loadProblems(load, [...path, 'load']))
    if (maxInFlight !== undefined && load.maxInFlight !== undefined) {
      const message = 'maxInFlight is given for the scenario and for its load'
      problems.push({ path: formatPath([...path, 'maxInFlight']), message, hint: 'keep one of them' })
    } else if (maxInFlight !== undefined && isOfUsers(load)) {
      const message = 'maxInFlight does not go with `users`: each user has at most one request in flight'
      problems.push({ path: formatPath([...path, 'maxInFlight']), message, hint: 'remove it' })
    }
  }
  return problems
}

/** Each second of a node has a window for every step, and one for the iterations of every journey and mix. */
function windowProblems(scenarios: readonly unknown[]): Problem[] {
  const windows = scenarios.map(countSteps).reduce((sum, steps) => sum + steps + (steps > 1 ? 1 : 0), 0)
  if (windows <= LIMITS.windowsPerBatch) return []
  const message = `${windows} steps in all, each journey or mix counted as one more`
  return [{ path: 'scenarios', message, hint: `at most ${LIMITS.windowsPerBatch} are allowed: divide the suite` }]
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
