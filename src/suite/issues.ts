/**
 * From zod's issues to problems for people. zod lets an error map give an issue one text; the text here is lines: one
 * or more messages, then the hint (which may be empty).
 */

import type * as z from 'zod'
import type { Problem } from '../base/errors.ts'
import { CREDENTIAL_KEYS } from './auth-shape.ts'
import { isCredentialHeader } from './references.ts'
import { formatPath, oneOf, show, showKey } from './show.ts'
import { closest } from './suggest.ts'

type Issue = z.core.$ZodRawIssue
type FinalIssue = z.core.$ZodIssue

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map',
  record: 'a map',
  array: 'a list',
  null: 'null',
}

/** Longest list of words in a hint. */
const LISTED = 20

/** Packs messages and a hint into the text of an issue. */
export function issueText(messages: readonly string[], hint: string): string {
  return [...messages, hint].map((line) => line.replaceAll('\n', ' ')).join('\n')
}

/** Checks a value against a schema. Problems' paths begin with `path`. */
export function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: readonly PropertyKey[] = [],
): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] } {
  // Compiling a schema takes longer than checking a few suites with it.
  const result = schema.safeParse(value, { error: describe, jitless: true })
  if (result.success) return { ok: true, value: result.data }
  return { ok: false, problems: result.error.issues.flatMap((issue) => problemsOf(issue, path)) }
}

function problemsOf(issue: FinalIssue, prefix: readonly PropertyKey[]): Problem[] {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union') {
    const branch = meantBranch(issue.errors)
    if (branch !== undefined) return branch.flatMap((inner) => problemsOf(inner, path))
  }
  const lines = issue.message.split('\n')
  const hint = lines.pop()
  return lines.map((message, line) => {
    const place = issue.code === 'unrecognized_keys' ? [...path, issue.keys[line] ?? ''] : path
    return { path: formatPath(place), message, ...(hint ? { hint } : {}) }
  })
}

/** The alternative that fits best: of those that accept the kind of value, the one with the fewest issues. */
function meantBranch(branches: readonly (readonly FinalIssue[])[]): readonly FinalIssue[] | undefined {
  const inside = branches.filter((issues) => issues.length > 0 && !issues.some(isMismatch))
  return inside.reduce<readonly FinalIssue[] | undefined>(
    (best, issues) => (best === undefined || issues.length < best.length ? issues : best),
    undefined,
  )
}

/** Whether the value as a whole is of another kind than the alternative. */
function isMismatch(issue: FinalIssue): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_union') return meantBranch(issue.errors) === undefined
  if (issue.code === 'custom') return issue.params?.otherKind === true
  return issue.code === 'invalid_type' || issue.code === 'invalid_value'
}

function describe(issue: Issue): string {
  const key = String(issue.path?.at(-1))
  const secret = isCredentialHeader(key) || CREDENTIAL_KEYS.includes(key)
  const input = secret ? 'something else' : show(issue.input)
  switch (issue.code) {
    case 'invalid_type':
      return describeType(issue, input)
    case 'invalid_value':
      return describeChoice(issue.values.map(String), issue.input, input)
    case 'unrecognized_keys':
      return describeKeys(issue)
    case 'too_small':
      return describeSize(issue, input, 'at least', issue.minimum)
    case 'too_big':
      return describeSize(issue, input, 'at most', issue.maximum)
    case 'invalid_union':
      return describeUnion(issue, input)
    default:
      return issueText([`${input} is not allowed here`], exampleOf(issue))
  }
}

function exampleOf(issue: Issue): string {
  const schema = issue.inst as z.ZodType | undefined
  const example = (schema?.meta?.()?.examples as readonly unknown[] | undefined)?.[0]
  return example === undefined ? '' : `for example ${JSON.stringify(example)}`
}

function describeType(issue: Issue & { code: 'invalid_type' }, input: string): string {
  const example = exampleOf(issue)
  if (issue.input === undefined) return issueText(['missing'], example)
  const expected = TYPES[issue.expected] ?? issue.expected
  const scalar = typeof issue.input === 'number' || typeof issue.input === 'boolean'
  const hint = issue.expected === 'string' && scalar ? 'put it in quotes' : example
  return issueText([`expected ${expected}, got ${input}`], hint)
}

function describeChoice(values: readonly string[], value: unknown, input: string): string {
  if (value === undefined) return issueText(['missing'], `one of ${oneOf(values)}`)
  const near = typeof value === 'string' ? closest(value, values) : undefined
  const hint = near === undefined ? '' : `did you mean \`${near}\`?`
  return issueText([`${input} is not ${oneOf(values.slice(0, LISTED))}`], hint)
}

function describeKeys(issue: Issue & { code: 'unrecognized_keys' }): string {
  const shape = (issue.inst as z.ZodObject | undefined)?._zod.def.shape ?? {}
  const allowed = Object.keys(shape).filter((key) => !key.startsWith('$'))
  const messages = issue.keys.map((key) => {
    const near = closest(key, allowed)
    return `${showKey(key)}: unknown${near === undefined ? '' : `, did you mean \`${near}\`?`}`
  })
  const hint = allowed.length === 0 ? 'remove it' : `remove it; known here are ${oneOf(allowed.slice(0, LISTED))}`
  return issueText(messages, hint)
}

function describeSize(
  issue: Issue & { code: 'too_small' | 'too_big' },
  input: string,
  bound: 'at least' | 'at most',
  limit: number | bigint,
): string {
  const value: unknown = issue.input
  const allowed = `${issue.inclusive === false ? (bound === 'at least' ? 'more than' : 'less than') : bound} ${limit}`
  if (typeof value === 'string') return issueText([`${input} has ${value.length} characters`], `${allowed} are allowed`)
  if (Array.isArray(value)) return issueText([`has ${value.length} entries`], `${allowed} are allowed`)
  return issueText([`${input} is out of range`], `it must be ${allowed}`)
}

function describeUnion(issue: Issue & { code: 'invalid_union' }, input: string): string {
  const expected = new Set<string>()
  for (const inner of issue.errors.flat()) {
    if (inner.code === 'invalid_type') expected.add(TYPES[inner.expected] ?? inner.expected)
    if (inner.code === 'invalid_value') for (const value of inner.values) expected.add(String(value))
  }
  if (issue.input === undefined) return issueText(['missing'], exampleOf(issue))
  return issueText([`expected ${oneOf([...expected])}, got ${input}`], exampleOf(issue))
}
