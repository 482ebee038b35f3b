/**
 * Rules of values: every template of a suite names values that will be there, and stands where it is filled in. Reads the
 * raw document, and skips what its shape has refused.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { readCondition } from './conditions.ts'
import { dataFields } from './data-build.ts'
import type { DataFile } from './data-spec.ts'
import { readExpectations } from './expectations.ts'
import { readExtractions, valueNameProblem } from './extractions.ts'
import { isOfUsers } from './load-rules.ts'
import { isMap, type RawMap } from './raw.ts'
import { isCredentialHeader, looksLikeReference } from './references.ts'
import { setupAnswers, setupProblems } from './setup-values.ts'
import { formatPath, show } from './show.ts'
import { usedAnswers } from './store-rules.ts'
import { isTemplate, parseTemplate } from './template.ts'
import {
  type AnswerValue,
  builtinScope,
  slotProblem,
  suiteScope,
  type TemplatePlace,
  type ValueScope,
} from './value-scope.ts'

type Path = readonly PropertyKey[]

const place = (forms: TemplatePlace['forms'], answersOnly = false): TemplatePlace => ({ forms, answersOnly })

const IN_URL = place(['raw'])
const IN_TEXT = place(['url'])
const IN_JSON = place([])
const ALONE_IN_JSON = place(['json'])
const PLAIN = place([])

/** Problems of all values of a document. */
export function valueProblems(document: RawMap, files: readonly DataFile[] = []): Problem[] {
  const scope = suiteScope(document, files)
  const problems = [...environmentProblems(document.env), ...variableProblems(document.variables, scope)]
  problems.push(...literalProblems(document.target, ['target']), ...literalProblems(document.auth, ['auth']))
  const setup = setupAnswers(document)
  problems.push(...setupProblems(document))
  const scenarios = Array.isArray(document.scenarios) ? document.scenarios.slice(0, LIMITS.scenarios) : []
  for (const [index, scenario] of scenarios.entries()) {
    if (!isMap(scenario)) continue
    const hasUsers = isMap(scenario.load) && isOfUsers(scenario.load)
    const sources = new Map([...scope.sources, ...dataFields(document, files, index)])
    const answers = new Map([...setup, ...usedAnswers(document, scenario)])
    problems.push(...scenarioProblems(scenario, { ...scope, sources, hasUsers, answers }, ['scenarios', index]))
    if (problems.length > LIMITS.problems) break
  }
  problems.push(...onceProblems('setup', document.setup, scope))
  problems.push(...onceProblems('teardown', document.teardown, { ...scope, answers: setup, seesSecrets: true }))
  return problems
}

/** Steps beside those of the scenarios: they hand on values among themselves. */
function onceProblems(name: string, steps: unknown, scope: ValueScope): Problem[] {
  if (!Array.isArray(steps)) return []
  const problems = courseProblems({ steps }, { ...scope, hasUsers: false }, [])
  return problems.map(({ path, ...rest }) => ({ ...rest, path: path.replace(/^steps/, name) }))
}

function environmentProblems(env: unknown): Problem[] {
  if (!Array.isArray(env)) return []
  return env.flatMap((name: unknown, index) => {
    if (typeof name !== 'string' || /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return []
    const message = `${show(name)} is not the name of an environment variable`
    return [{ path: formatPath(['env', index]), message, hint: 'use letters, digits and underscores' }]
  })
}

function variableProblems(variables: unknown, scope: ValueScope): Problem[] {
  if (!isMap(variables)) return []
  return Object.entries(variables).flatMap(([name, value]) => {
    const path = ['variables', name]
    const wrong = valueNameProblem(name) ?? (scope.sources.has(name) ? taken(name) : undefined)
    const named = wrong === undefined ? [] : [{ path: formatPath(path), ...wrong }]
    return [...named, ...textProblems(value, builtinScope(scope), PLAIN, path)]
  })
}

function taken(name: string): { readonly message: string; readonly hint: string } {
  return { message: `\`${name}\` is the name of a source of values already`, hint: 'choose another name' }
}

/** Steps of one course see what those before them extract; the parts of a mix see nothing of each other. */
function scenarioProblems(scenario: RawMap, scope: ValueScope, path: Path): Problem[] {
  const { steps, mix } = scenario
  const problems = literalProblems(scenario.auth, [...path, 'auth'])
  if (Array.isArray(steps)) problems.push(...courseProblems({ steps }, scope, path))
  else if (Array.isArray(mix)) {
    for (const [index, part] of mix.entries()) {
      if (isMap(part)) problems.push(...courseProblems(part, scope, [...path, 'mix', index]))
    }
  } else problems.push(...courseProblems(scenario, scope, path))
  return problems
}

interface Placed {
  readonly raw: RawMap
  readonly path: Path
}

interface PlacedStep extends Placed {
  readonly name: string
  /** Groups that begin with it. */
  readonly groups: readonly Placed[]
}

/** The steps of a course in order, those of groups among them. */
function stepsOf(raw: RawMap, path: Path): readonly PlacedStep[] {
  const { steps } = raw
  if (Array.isArray(steps)) {
    const [first, ...others] = steps.flatMap((step: unknown, index) =>
      isMap(step) ? stepsOf(step, [...path, 'steps', index]) : [],
    )
    return first === undefined ? [] : [{ ...first, groups: [{ raw, path }, ...first.groups] }, ...others]
  }
  return [{ raw, path, groups: [], name: typeof raw.name === 'string' ? `\`${raw.name}\`` : formatPath(path) }]
}

function courseProblems(raw: RawMap, suite: ValueScope, path: Path): Problem[] {
  const steps = stepsOf(raw, path).map((step) => ({
    ...step,
    extract: readExtractions(step.raw.extract, [...step.path, 'extract']),
  }))
  const answers = new Map<string, AnswerValue>(suite.answers)
  return steps.flatMap(({ raw: step, path: at, extract, groups }, index) => {
    const later = new Map(
      steps.slice(index).flatMap(({ extract: { extractions }, name }) => extractions.map((one) => [one.name, name])),
    )
    const before = { ...suite, answers: new Map(answers), later }
    const problems = groups.flatMap((group) => conditionProblems(group.raw.when, before, [...group.path, 'when']))
    problems.push(...requestProblems(step, before, at), ...extract.problems)
    for (const { name, default: fallback, secret } of extract.extractions) {
      const wrong = suite.variables.has(name) ? variableTaken(name) : suite.sources.has(name) ? taken(name) : undefined
      if (wrong !== undefined) problems.push({ path: formatPath([...at, 'extract', name]), ...wrong })
      const other = answers.get(name)
      const hasDefault = fallback !== null || other?.hasDefault === true
      answers.set(name, { hasDefault, isSecret: secret || other?.isSecret === true })
    }
    return [...problems, ...expectProblems(step.expect, { ...before, answers }, [...at, 'expect'])]
  })
}

function variableTaken(name: string): { readonly message: string; readonly hint: string } {
  return { message: `\`${name}\` is the name of a variable already`, hint: 'choose another name' }
}

/** Problems of what a step needs before its answer. */
function requestProblems(step: RawMap, scope: ValueScope, path: Path): Problem[] {
  const { http, when, auth } = step
  const problems = [...literalProblems(auth, [...path, 'auth'])]
  problems.push(...conditionProblems(when, scope, [...path, 'when']))
  if (isMap(http)) problems.push(...httpProblems(http, scope, [...path, 'http']))
  else problems.push(...textProblems(http, scope, IN_URL, [...path, 'http']))
  return problems
}

function conditionProblems(when: unknown, scope: ValueScope, path: Path): Problem[] {
  if (when === undefined) return []
  const { condition, problems } = readCondition(when, path)
  const inValue = textProblems(isMap(when) ? when.value : when, scope, PLAIN, path)
  return [...problems, ...inValue, ...(condition === null ? [] : testProblems(condition.test, scope, path))]
}

function expectProblems(expect: unknown, scope: ValueScope, path: Path): Problem[] {
  if (expect === undefined) return []
  const { expectations, problems } = readExpectations(expect, path)
  return [...problems, ...expectations.flatMap(({ test }) => testProblems(test, scope, path))]
}

function testProblems(test: object, scope: ValueScope, path: Path): Problem[] {
  const { kind, text } = test as { readonly kind: string; readonly text?: string }
  return kind === 'matches' ? [] : textProblems(text, scope, PLAIN, path)
}

function httpProblems(http: RawMap, scope: ValueScope, path: Path): Problem[] {
  const { url, headers, body, json, auth } = http
  const problems = textProblems(url, scope, IN_URL, [...path, 'url'])
  for (const [name, value] of Object.entries(isMap(headers) ? headers : {})) {
    // Which of the hosts at an address is meant is as literal as the address.
    if (name.toLowerCase() === 'host') problems.push(...literalProblems(value, [...path, 'headers', name]))
    problems.push(...headerProblems(name, value, scope, [...path, 'headers', name]))
  }
  problems.push(...textProblems(body, scope, IN_TEXT, [...path, 'body']))
  problems.push(...jsonProblems(json, scope, [...path, 'json']), ...literalProblems(auth, [...path, 'auth']))
  return problems
}

function headerProblems(name: string, value: unknown, scope: ValueScope, path: Path): Problem[] {
  if (typeof value !== 'string') return []
  if (looksLikeReference(value)) return literalProblems(value, path)
  return textProblems(value, scope, place(['url'], isCredentialHeader(name)), path)
}

function jsonProblems(json: unknown, scope: ValueScope, path: Path): Problem[] {
  if (typeof json === 'string') {
    const parsed = parseTemplate(json)
    const alone = parsed.ok && parsed.parts.length === 1 && typeof parsed.parts[0] !== 'string'
    return textProblems(json, scope, alone ? ALONE_IN_JSON : IN_JSON, path)
  }
  if (Array.isArray(json)) return json.flatMap((one, index) => jsonProblems(one, scope, [...path, index]))
  if (!isMap(json)) return []
  return Object.entries(json).flatMap(([key, one]) => [
    ...literalProblems(key, [...path, key]),
    ...jsonProblems(one, scope, [...path, key]),
  ])
}

/** Problems of a text in which templates are filled in. */
function textProblems(text: unknown, scope: ValueScope, where: TemplatePlace, path: Path): Problem[] {
  if (typeof text !== 'string' || !isTemplate(text)) return []
  const parsed = parseTemplate(text)
  if (!parsed.ok) return [{ path: formatPath(path), message: parsed.message, hint: parsed.hint }]
  return parsed.parts.flatMap((part) => {
    const wrong = typeof part === 'string' ? undefined : slotProblem(part, scope, where)
    return wrong === undefined ? [] : [{ path: formatPath(path), ...wrong }]
  })
}

/** Problems of a place, and of what is in it, where no template is filled in. */
function literalProblems(value: unknown, path: Path): Problem[] {
  if (typeof value === 'string') {
    if (!isTemplate(value)) return []
    const hint = 'write the value itself; templates go into url, headers, body, json, when and expect'
    return [{ path: formatPath(path), message: 'no template is filled in here', hint }]
  }
  if (Array.isArray(value)) return value.flatMap((one, index) => literalProblems(one, [...path, index]))
  if (!isMap(value)) return []
  return Object.entries(value).flatMap(([key, one]) => literalProblems(one, [...path, key]))
}

/** Whether the value of a header that carries credentials is made of values of answers, with nothing of its own. */
export function isAnswerCredential(name: string, value: string): boolean {
  const parsed = parseTemplate(value)
  if (!parsed.ok || parsed.parts.every((part) => typeof part === 'string')) return false
  const literals = parsed.parts.map((part) => (typeof part === 'string' ? part : '{}')).join('')
  if (name.toLowerCase() === 'cookie') return /^[\w!#$%&'*+.^`|~-]+=\{\}(; ?[\w!#$%&'*+.^`|~-]+=\{\})*$/.test(literals)
  return /^([A-Za-z][A-Za-z0-9-]{0,30} )?\{\}$/.test(literals)
}
