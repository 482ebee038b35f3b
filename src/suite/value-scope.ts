/**
 * Which values a template may name, and where they come from. Whatever gives named values has a place in {@link SOURCES}:
 * its names stand behind its own and a dot, as in `users.email`.
 */

import { dataFields } from './data-build.ts'
import type { DataFile } from './data-spec.ts'
import { BUILTIN_NAMES } from './extractions.ts'
import { randomBounds } from './random-bounds.ts'
import { isMap, type RawMap } from './raw.ts'
import { closest } from './suggest.ts'
import type { Form, Slot } from './template.ts'

/** Names behind a dot; null where they are known only on the nodes. */
export type SourceFields = ReadonlySet<string> | null

/** Reads from a raw document, and what is known of its data files, which sources of values the suite has. */
export type SourceReader = (
  document: RawMap,
  files: readonly DataFile[],
) => Iterable<readonly [name: string, fields: SourceFields]>

/** Everything that gives values of its own name. */
export const SOURCES: readonly SourceReader[] = [(document, files) => dataFields(document, files, null)]

/** A value that an earlier answer gives. */
export interface AnswerValue {
  /** Whether the suite says what it is where nothing is found. */
  readonly hasDefault: boolean
  /** Whether it is secret; of a setup's, it is not there then for the scenarios. */
  readonly isSecret: boolean
}

/** What stands before the names of values that a setup extracts. */
export const SETUP_PREFIX = 'setup.'

/** The values of one place in a suite. */
export interface ValueScope {
  readonly variables: ReadonlySet<string>
  readonly env: ReadonlySet<string>
  /** Whether there are users, as in a closed load. */
  readonly hasUsers: boolean
  readonly sources: ReadonlyMap<string, SourceFields>
  /** Taken out of answers before this place, and by the setup, as `setup.NAME`. */
  readonly answers: ReadonlyMap<string, AnswerValue>
  /** Whether secrets of the setup are there: in the teardown. */
  readonly seesSecrets: boolean
  /** Taken out of answers later, with the name of the step. */
  readonly later: ReadonlyMap<string, string>
}

/** What the whole suite gives. */
export function suiteScope(document: RawMap, files: readonly DataFile[] = []): ValueScope {
  const { variables, env } = document
  return {
    variables: new Set(isMap(variables) ? Object.keys(variables) : []),
    env: new Set(Array.isArray(env) ? env.filter((name) => typeof name === 'string') : []),
    hasUsers: true,
    sources: new Map(SOURCES.flatMap((read) => [...read(document, files)])),
    answers: new Map(),
    seesSecrets: false,
    later: new Map(),
  }
}

/** Without what differs from iteration to iteration, or depends on answers. */
export function builtinScope(scope: ValueScope): ValueScope {
  return { ...scope, variables: new Set(), sources: new Map(), answers: new Map(), later: new Map() }
}

/** What a place takes. */
export interface TemplatePlace {
  /** Forms that may be asked for. */
  readonly forms: readonly Form[]
  /** Whether only values of answers may stand here: what carries credentials. */
  readonly answersOnly: boolean
}

export interface ScopeFinding {
  readonly message: string
  readonly hint: string
}

/** What is wrong with a place for a value; undefined when its value will be there. */
export function slotProblem(slot: Slot, scope: ValueScope, place: TemplatePlace): ScopeFinding | undefined {
  const { form } = slot
  if (form !== null && !place.forms.includes(form)) {
    const allowed = place.forms.map((one) => `${one}:`).join(', ')
    const hint = allowed === '' ? `write {{${slot.name}}}` : `here are ${allowed} or none`
    return { message: `{{${form}:${slot.name}}}: the form \`${form}:\` does not go here`, hint }
  }
  const problem = nameProblem(slot.name, scope)
  if (problem !== undefined || !place.answersOnly) return problem
  const answer = scope.answers.get(slot.name)
  const hint =
    'use a value that an earlier step or the setup extracts, without a default, or a reference as `Bearer env:NAME`'
  if (answer === undefined) return { message: `a credential cannot be {{${slot.name}}}, which the suite knows`, hint }
  return answer.hasDefault
    ? { message: `{{${slot.name}}} has a default, which would be a credential`, hint }
    : undefined
}

function nameProblem(name: string, scope: ValueScope): ScopeFinding | undefined {
  const [, word = '', call] = /^([^(]*)(\(.*\))?$/.exec(name) ?? []
  if (call !== undefined) return callProblem(name, word, call)
  if (word === 'user' && !scope.hasUsers) {
    const hint = 'use {{iteration}}, the number of the arrival'
    return { message: '{{user}}: an open load has no users', hint }
  }
  if (['iteration', 'user', 'node', 'random', 'uuid', 'now', 'now.iso'].includes(word)) return undefined
  if (word.startsWith(SETUP_PREFIX)) return setupProblem(word, scope)
  if (scope.variables.has(word) || scope.answers.has(word)) return undefined
  const step = scope.later.get(word)
  if (step !== undefined) {
    const hint = 'move the step that extracts it to before this one'
    return { message: `{{${name}}} is not there yet: it is extracted later, by ${step}`, hint }
  }
  const [, source = '', field = ''] = /^([^.]+)\.(.+)$/.exec(word) ?? []
  if (source === 'env') return environmentProblem(field, scope)
  const fields = scope.sources.get(source)
  return fields === undefined ? unknown(name, scope) : fieldProblem(source, field, fields)
}

/** What is wrong with a value of the setup. */
function setupProblem(name: string, { answers, seesSecrets }: ValueScope): ScopeFinding | undefined {
  const answer = answers.get(name)
  if (answer?.isSecret === true && !seesSecrets) {
    const hint = 'name it in the teardown only, or take `secret: true` away where the setup extracts it'
    return { message: `{{${name}}} is secret: it stays on the node that runs the setup`, hint }
  }
  if (answer !== undefined) return undefined
  const given = [...answers].flatMap(([key, { isSecret }]) =>
    key.startsWith(SETUP_PREFIX) && (seesSecrets || !isSecret) ? [key] : [],
  )
  if (given.length === 0) {
    const hint = 'steps of `setup` extract them, for the steps of scenarios and of the teardown'
    return { message: `{{${name}}}: there are no values of a setup here`, hint }
  }
  const message = `{{${name}}}: the setup extracts no such value${meant(closest(name, given))}`
  return { message, hint: `it gives ${given.slice(0, 20).join(', ')}` }
}

function environmentProblem(field: string, scope: ValueScope): ScopeFinding | undefined {
  if (scope.env.has(field)) return undefined
  const near = closest(field, [...scope.env])
  const message = `{{env.${field}}}: the suite does not say that it needs ${field} of the environment`
  return { message: message + meant(near && `env.${near}`), hint: `add it at the top: \`env: [${field}]\`` }
}

function fieldProblem(source: string, field: string, fields: SourceFields): ScopeFinding | undefined {
  if (fields === null || fields.has(field)) return undefined
  const near = closest(field, [...fields])
  const message = `{{${source}.${field}}}: \`${source}\` has no \`${field}\`${meant(near && `${source}.${near}`)}`
  return { message, hint: `it has ${[...fields].slice(0, 20).join(', ')}` }
}

function callProblem(name: string, word: string, call: string): ScopeFinding | undefined {
  if (word !== 'random') {
    return { message: `{{${name}}}: only \`random\` takes bounds`, hint: 'for example {{random(1,100)}}' }
  }
  const bounds = randomBounds(call)
  if (bounds === undefined) {
    const hint = 'give two whole numbers, the lower one first: {{random(1,100)}}'
    return { message: `{{${name}}} has no good bounds`, hint }
  }
  return undefined
}

function meant(near: string | undefined | ''): string {
  return near === undefined || near === '' ? '' : `, did you mean {{${near}}}?`
}

function unknown(name: string, scope: ValueScope): ScopeFinding {
  const sources = [...scope.sources].flatMap(([source, fields]) =>
    fields === null ? [`${source}.…`] : [...fields].map((field) => `${source}.${field}`),
  )
  const own = [...scope.answers.keys(), ...scope.variables, ...sources]
  const builtin = BUILTIN_NAMES.filter((word) => word !== 'env' && word !== 'setup')
  const environment = [...scope.env].map((word) => `env.${word}`)
  const all = [...own, ...builtin, 'now.iso', ...environment]
  const near = closest(name, [...all, ...scope.later.keys()])
  return {
    message: `{{${name}}}: there is no such value${meant(near)}`,
    hint: `values here are ${all.slice(0, 20).join(', ')}; write \\{{ for two braces that are no template`,
  }
}
