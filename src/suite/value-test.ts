/** What is asked of a value, as suites write it: a value to be equal to, or a map of operators. */

import * as z from 'zod'
import type { Problem } from '../base/errors.ts'
import type { Test } from './journey-spec.ts'
import { parsePattern } from './pattern.ts'
import { isMap } from './raw.ts'
import { formatPath, show } from './show.ts'
import { parseTemplate } from './template.ts'
import type { Parsed } from './units.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()])

/** Operators, each with what may stand behind it. */
export const operators = {
  equals: scalar.optional().meta({ description: 'It is this; a text may have templates.' }),
  differs: scalar.optional().meta({ description: 'It is there and is not this.' }),
  contains: z.string().optional().meta({ description: 'This is a part of it.' }),
  matches: z
    .string()
    .optional()
    .meta({ description: 'A part of it matches this regular expression (no looking around, no back references).' }),
  exists: z.boolean().optional().meta({ description: 'It is there; false: it is not.' }),
  below: z.number().optional().meta({ description: 'It is a number below this one.' }),
  atMost: z.number().optional().meta({ description: 'It is a number, this one or below.' }),
  above: z.number().optional().meta({ description: 'It is a number above this one.' }),
  atLeast: z.number().optional().meta({ description: 'It is a number, this one or above.' }),
} as const

export const OPERATORS = Object.keys(operators) as readonly (keyof typeof operators)[]

/** A value to be equal to, or operators that must all hold. */
export const valueTestSchema = z.union([scalar, z.strictObject(operators)]).meta({
  id: 'test',
  title: 'Test',
  description: 'A value to be equal to, or a map of `equals`, `contains`, `matches`, `exists`, `below`, …',
  examples: [{ contains: 'json' }, 42],
})

/** One test, and how it is said. */
export interface ReadTest {
  readonly test: Test
  /** `contains json`. */
  readonly words: string
}

/** Tests that were read, and what is wrong with the others. */
export interface ReadTests {
  readonly tests: readonly ReadTest[]
  readonly problems: readonly Problem[]
}

/**
 * Reads what is asked of a value.
 *
 * @param scalarMeans what a value alone means
 */
export function readTests(
  raw: unknown,
  path: readonly PropertyKey[],
  scalarMeans: 'equals' | 'contains' = 'equals',
): ReadTests {
  if (!isMap(raw)) return collect([readTest(scalarMeans, raw, path)])
  const given = OPERATORS.filter((operator) => raw[operator] !== undefined)
  if (given.length === 0) {
    const problem = { path: formatPath(path), message: 'nothing is asked', hint: 'for example { exists: true }' }
    return { tests: [], problems: [problem] }
  }
  return collect(given.map((operator) => readTest(operator, raw[operator], [...path, operator])))
}

function collect(read: readonly (ReadTest | Problem | undefined)[]): ReadTests {
  const tests = read.filter((one): one is ReadTest => one !== undefined && 'test' in one)
  const problems = read.filter((one): one is Problem => one !== undefined && 'message' in one)
  return { tests, problems }
}

const NUMERIC = { below: '<', atMost: '<=', above: '>', atLeast: '>=' } as const

/** Undefined for what the shape has refused. */
function readTest(
  operator: keyof typeof operators,
  raw: unknown,
  path: readonly PropertyKey[],
): ReadTest | Problem | undefined {
  switch (operator) {
    case 'exists':
      if (typeof raw !== 'boolean') return undefined
      return { test: { kind: raw ? 'exists' : 'absent' }, words: raw ? 'exists' : 'is absent' }
    case 'below':
    case 'atMost':
    case 'above':
    case 'atLeast':
      if (typeof raw !== 'number') return undefined
      return { test: { kind: operator, number: raw }, words: `${NUMERIC[operator]} ${raw}` }
    default:
      break
  }
  if (!['string', 'number', 'boolean'].includes(typeof raw)) return undefined
  const text = String(raw)
  const parsed: Parsed<unknown> = operator === 'matches' ? parsePattern(text) : parseText(text)
  if (!parsed.ok) return { path: formatPath(path), message: parsed.message, hint: parsed.hint }
  return { test: { kind: operator, text }, words: `${operator} ${text}` }
}

function parseText(text: string): Parsed<string> {
  const parsed = parseTemplate(text)
  return parsed.ok ? { ok: true, value: text } : { ...parsed, message: `${show(text)}: ${parsed.message}` }
}
