/** JSONPath (RFC 9535), compiled. Nothing of a path is ever run as code, and searching is bounded in depth. */

import {
  type FilterFunction,
  FunctionExpressionType,
  JSONPathEnvironment,
  JSONPathError,
  type JSONPathQuery,
} from 'json-p3'
import { LIMITS } from '../base/limits.ts'
import { type Pattern, parsePattern } from './pattern.ts'
import type { Parsed } from './units.ts'

/** Finds the first match of a path in a document; undefined when there is none. */
export type FindJson = (document: unknown) => { readonly value: unknown } | undefined

/** Of what is nested more deeply nothing is found; JSON of a body is no deeper than its limit lets it be. */
const MOST_DEPTH = 1000

const environment = new JSONPathEnvironment({ maxRecursionDepth: MOST_DEPTH })
environment.functionRegister.set('match', regexFunction(true))
environment.functionRegister.set('search', regexFunction(false))

/** Patterns that a path has, or a document, kept for the next time. */
const MOST_PATTERNS = 100
/** New patterns in one search: compiling takes some milliseconds, and a document may have one in each of its places. */
const MOST_NEW = 50
let mayCompile = 0

/**
 * `match()` and `search()` of filters (RFC 9535, sections 2.4.6 and 2.4.7), in linear time: the pattern may come from the
 * document. Those beyond {@link MOST_NEW} match nothing.
 */
function regexFunction(whole: boolean): FilterFunction {
  const patterns = new Map<string, Pattern | null>()
  const compiled = (text: string): Pattern | null => {
    const known = patterns.get(text)
    if (known !== undefined) return known
    if (mayCompile === 0) return null
    mayCompile--
    // `.` of an I-Regexp (RFC 9485, section 5.4) is what it is in JavaScript but for two line terminators.
    const alone = parsePattern(text)
    const parsed = whole && alone.ok ? parsePattern(`^(?:${text})$`) : alone
    const pattern = parsed.ok ? parsed.value : null
    if (patterns.size >= MOST_PATTERNS) patterns.clear()
    patterns.set(text, pattern)
    return pattern
  }
  return {
    argTypes: [FunctionExpressionType.ValueType, FunctionExpressionType.ValueType],
    returnType: FunctionExpressionType.LogicalType,
    call: (text: unknown, pattern: unknown): boolean =>
      typeof text === 'string' && typeof pattern === 'string' && compiled(pattern)?.test(text) === true,
  }
}

/** Compiles a path. The value never throws. */
export function parseJsonPath(path: string): Parsed<FindJson> {
  const hint = 'write a JSONPath as RFC 9535 has it, for example $.token or $.items[0].id'
  if (path.length > LIMITS.patternLength) {
    return { ok: false, message: `the JSONPath is longer than ${LIMITS.patternLength} characters`, hint }
  }
  try {
    return { ok: true, value: finder(environment.compile(path)) }
  } catch (error) {
    if (!(error instanceof JSONPathError)) return { ok: false, message: `${path} is not a JSONPath`, hint }
    // The library names the place at the end: `…: ('$.a':4)`.
    return { ok: false, message: `${JSON.stringify(path)} is not a JSONPath: ${plain(error.message)}`, hint }
  }
}

function plain(message: string): string {
  return message
    .replaceAll(/\s*\('.*':(\d+)\)$/g, ', at character $1')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 200)
}

function finder(query: JSONPathQuery): FindJson {
  const course = courseOf(query)
  if (course !== null) return (document) => follow(document, course)
  return (document) => {
    mayCompile = MOST_NEW
    try {
      const node = query.match(document as never)
      return node === undefined ? undefined : { value: node.value }
    } catch {
      // Nested too deeply.
      return undefined
    }
  }
}

/**
 * Names and indexes that lead to the only place a path can mean; null for a path that may mean several. Most paths are of
 * this kind (RFC 9535, section 2.3.5.1), and following them takes a fiftieth of the time of a search.
 */
function courseOf(query: JSONPathQuery): readonly (string | number)[] | null {
  if (!query.singularQuery()) return null
  const course = query.segments.map(({ selectors: [selector] }) => {
    const { name, index } = selector as { readonly name?: unknown; readonly index?: unknown }
    return typeof name === 'string' || typeof index === 'number' ? ((name ?? index) as string | number) : null
  })
  return course.includes(null) ? null : (course as (string | number)[])
}

/** Names are of maps, indexes of lists, counted from the end where they are negative. */
function follow(document: unknown, course: readonly (string | number)[]): { readonly value: unknown } | undefined {
  let value = document
  for (const step of course) {
    if (Array.isArray(value)) {
      if (typeof step === 'string') return undefined
      const index = step < 0 ? value.length + step : step
      if (index < 0 || index >= value.length) return undefined
      value = value[index] as unknown
    } else if (typeof value === 'object' && value !== null && typeof step === 'string' && Object.hasOwn(value, step)) {
      value = (value as Readonly<Record<string, unknown>>)[step]
    } else return undefined
  }
  return { value }
}
