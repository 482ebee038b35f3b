/**
 * `store` and `use`: values that a scenario hands on to later ones. They read the raw document, and skip what its shape has
 * refused.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { readExtractions } from './extractions.ts'
import { isMap, type RawMap } from './raw.ts'
import { formatPath, oneOf, show } from './show.ts'
import { closest } from './suggest.ts'
import type { AnswerValue } from './value-scope.ts'

/** Problems of all that is stored and used. */
export function storeProblems(document: RawMap): Problem[] {
  const scenarios = scenariosOf(document)
  const problems: Problem[] = []
  const stored = new Map<string, number>()
  for (const [index, scenario] of scenarios.entries()) {
    problems.push(...modeProblems(document, scenario, index))
    for (const [at, name] of namesOf(scenario.use).entries()) {
      const wrong = useProblem(name, index, stored, scenarios)
      if (wrong !== undefined) problems.push({ path: formatPath(['scenarios', index, 'use', at]), ...wrong })
    }
    const given = extractedIn(scenario)
    for (const [at, name] of namesOf(scenario.store).entries()) {
      const wrong = storeProblem(name, given, stored)
      if (wrong !== undefined) problems.push({ path: formatPath(['scenarios', index, 'store', at]), ...wrong })
      else stored.set(name, index)
    }
  }
  return problems
}

/** What a scenario has from earlier ones. */
export function usedAnswers(document: RawMap, scenario: RawMap): ReadonlyMap<string, AnswerValue> {
  const scenarios = scenariosOf(document)
  const used = namesOf(scenario.use).map((name) => {
    const from = scenarios.find((other) => namesOf(other.store).includes(name))
    return [name, from === undefined ? undefined : extractedIn(from).get(name)] as const
  })
  // One that nobody stores has been told, and need not be told wherever it stands.
  return new Map(used.map(([name, value]) => [name, value ?? { hasDefault: false, isSecret: false }]))
}

function scenariosOf({ scenarios }: RawMap): readonly RawMap[] {
  return Array.isArray(scenarios) ? scenarios.slice(0, LIMITS.scenarios).map((one) => (isMap(one) ? one : {})) : []
}

function namesOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : []
}

function modeProblems({ mode }: RawMap, scenario: RawMap, index: number): Problem[] {
  if (mode === 'sequential') return []
  return (['store', 'use'] as const).flatMap((key) => {
    if (scenario[key] === undefined) return []
    const message = `${key} is given, but the scenarios run at once`
    const hint = 'set `mode: sequential`: only what has run before can have stored anything'
    return [{ path: formatPath(['scenarios', index, key]), message, hint }]
  })
}

type Finding = Omit<Problem, 'path'>

/** @param stored by the scenarios before it */
function useProblem(
  name: string,
  index: number,
  stored: ReadonlyMap<string, number>,
  scenarios: readonly RawMap[],
): Finding | undefined {
  if (stored.has(name)) return undefined
  const later = scenarios.findIndex((scenario) => namesOf(scenario.store).includes(name))
  if (later >= index) {
    const who = later === index ? 'this scenario itself' : `scenarios[${later}], which comes later`
    return { message: `${show(name)} is stored by ${who}`, hint: 'a scenario can use what those before it have stored' }
  }
  const near = closest(name, [...stored.keys()])
  const meant = near === undefined ? '' : `, did you mean \`${near}\`?`
  const hint =
    stored.size === 0 ? 'add `store` to an earlier scenario' : `stored before are ${oneOf([...stored.keys()])}`
  return { message: `${show(name)}: no scenario stores it${meant}`, hint }
}

function storeProblem(
  name: string,
  given: ReadonlyMap<string, AnswerValue>,
  stored: ReadonlyMap<string, number>,
): Finding | undefined {
  const before = stored.get(name)
  if (before !== undefined) {
    return { message: `${show(name)} is stored by scenarios[${before}] already`, hint: 'choose another name' }
  }
  if (given.has(name)) return undefined
  const near = closest(name, [...given.keys()])
  const meant = near === undefined ? '' : `, did you mean \`${near}\`?`
  return { message: `${show(name)}: the scenario does not extract it${meant}`, hint: 'add it to `extract` of a step' }
}

/** All that the steps of an entry extract. */
export function extractedIn(entry: RawMap): ReadonlyMap<string, AnswerValue> {
  const found = new Map<string, AnswerValue>()
  const rest: unknown[] = [entry]
  for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
    if (!isMap(one)) continue
    for (const { name, default: fallback, secret } of readExtractions(one.extract, []).extractions) {
      const other = found.get(name)
      found.set(name, {
        hasDefault: fallback !== null || other?.hasDefault === true,
        isSecret: secret || other?.isSecret === true,
      })
    }
    for (const list of [one.steps, one.mix]) if (Array.isArray(list)) rest.push(...list)
  }
  return found
}
