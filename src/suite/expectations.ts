/** `expect`: what an answer must be like. Each expectation is a check, counted as passed or failed. */

import * as z from 'zod'
import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { namedPart, parseAnswerPart } from './answer-part.ts'
import type { AnswerPart, Expectation, Test } from './journey-spec.ts'
import { isMap, type RawMap } from './raw.ts'
import { formatPath, show } from './show.ts'
import { formatDuration, parseDuration } from './units.ts'
import { type ReadTests, readTests, valueTestSchema } from './value-test.ts'

const status = z.union([z.int().min(100).max(599), z.string()])

const about = {
  status: z
    .union([status, z.array(status).min(1)])
    .optional()
    .meta({
      title: 'Status',
      description:
        'A status, a class of them, or a list. It takes the place of the rule that 400 and more is a failure.',
      examples: [200, '2xx', [200, 201]],
    }),
  duration: z
    .string()
    .optional()
    .meta({ title: 'Duration', description: 'From the send to the end of the answer.', examples: ['<500ms'] }),
  headers: z
    .record(z.string(), valueTestSchema)
    .optional()
    .meta({ title: 'Headers', examples: [{ 'content-type': { contains: 'json' } }] }),
  cookies: z.record(z.string(), valueTestSchema).optional().meta({ title: 'Cookies that the answer sets' }),
  json: z
    .record(z.string(), valueTestSchema)
    .optional()
    .meta({
      title: 'JSON',
      description: 'Tests by JSONPath, of which the first match counts.',
      examples: [{ '$.total': { above: 0 }, '$.user': '{{user}}' }],
    }),
  body: valueTestSchema.optional().meta({ title: 'Body', description: 'A text that it contains, or operators.' }),
  regex: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .meta({ title: 'Regular expression', description: 'The body has a match.', examples: ['order-\\d+'] }),
} as const

const expectMap = z.strictObject(about)
const namedMap = z.strictObject({
  name: z.string().min(1).max(LIMITS.checkNameLength).optional().meta({ title: 'Name', description: 'In the report.' }),
  ...about,
})

/** What an answer must be like. */
export const expectSchema = z.union([expectMap, z.array(namedMap).min(1)]).meta({
  id: 'expect',
  title: 'Expect',
  description:
    'What the answer must be like: a map, or a list of maps with names of their own. Each check is counted; one that does not hold fails the request as `check:NAME`.',
  examples: [{ status: 200, json: { '$.ok': true }, duration: '<500ms' }],
})

/** Expectations that were read, and what is wrong with the others. */
export interface ReadExpectations {
  readonly expectations: readonly Expectation[]
  readonly problems: readonly Problem[]
}

interface Draft {
  readonly name: string
  readonly part: AnswerPart
  readonly test: Test
}

/** Reads `expect` as it is written; skips what its shape has refused. */
export function readExpectations(raw: unknown, path: readonly PropertyKey[]): ReadExpectations {
  const drafts: Draft[] = []
  const problems: Problem[] = []
  const add = (map: RawMap, at: readonly PropertyKey[]): void => {
    const read = readMap(map, at)
    drafts.push(...withName(read.drafts, map.name))
    problems.push(...read.problems)
    if (read.drafts.length === 0 && read.problems.length === 0) {
      problems.push({ path: formatPath(at), message: 'nothing is expected', hint: 'for example { status: 200 }' })
    }
  }
  if (isMap(raw)) add(raw, path)
  if (Array.isArray(raw)) for (const [index, map] of raw.entries()) if (isMap(map)) add(map, [...path, index])
  if (drafts.length > LIMITS.expectations) {
    const message = `${drafts.length} checks; at most ${LIMITS.expectations} are allowed`
    problems.push({ path: formatPath(path), message, hint: 'remove some' })
  }
  return { expectations: distinct(drafts), problems }
}

/** The name that was given; with what is asked behind it where it is of several. */
function withName(drafts: readonly Draft[], name: unknown): readonly Draft[] {
  if (typeof name !== 'string') return drafts
  return drafts.map((draft) => ({ ...draft, name: drafts.length === 1 ? name : `${name}: ${draft.name}` }))
}

/** Names are unique in their step, and no longer than the limit. */
function distinct(drafts: readonly Draft[]): readonly Expectation[] {
  const taken = new Set<string>()
  return drafts.map(({ name, part, test }) => {
    const tidy = name.replaceAll(/\s+/g, ' ').slice(0, LIMITS.checkNameLength)
    let unique = tidy
    for (let copy = 2; taken.has(unique); copy++) unique = `${tidy.slice(0, LIMITS.checkNameLength - 6)} (${copy})`
    taken.add(unique)
    return { name: unique, part, test }
  })
}

function readMap(map: RawMap, path: readonly PropertyKey[]): { drafts: Draft[]; problems: Problem[] } {
  const drafts: Draft[] = []
  const problems: Problem[] = []
  const addTests = (said: string, part: AnswerPart, { tests, problems: wrong }: ReadTests): void => {
    problems.push(...wrong)
    for (const { test, words } of tests) drafts.push({ name: `${said} ${words}`, part, test })
  }
  const addNamed = (key: 'headers' | 'cookies' | 'json', kind: 'header' | 'cookie' | 'json'): void => {
    for (const [name, raw] of Object.entries(isMap(map[key]) ? map[key] : {})) {
      const part = namedPart(kind, name)
      const at = [...path, key, name]
      if (!part.ok) problems.push({ path: formatPath(at), message: part.message, hint: part.hint })
      else addTests(`${kind} ${name}`, part.value, readTests(raw, at))
    }
  }
  const addRead = (read: Draft | Problem | undefined): void => {
    if (read === undefined) return
    if ('part' in read) drafts.push(read)
    else problems.push(read)
  }
  if (map.status !== undefined) addRead(readStatus(map.status, [...path, 'status']))
  if (map.duration !== undefined) addRead(readDuration(map.duration, [...path, 'duration']))
  addNamed('headers', 'header')
  addNamed('cookies', 'cookie')
  addNamed('json', 'json')
  if (map.body !== undefined) addTests('body', { kind: 'body' }, readTests(map.body, [...path, 'body'], 'contains'))
  for (const raw of [map.regex ?? []].flat()) addRead(readRegex(raw, [...path, 'regex']))
  return { drafts, problems }
}

const STATUS_HINT = 'write 200, "2xx", 200-299, or a list of them'

function readStatus(raw: unknown, path: readonly PropertyKey[]): Draft | Problem | undefined {
  const ranges: (readonly [number, number])[] = []
  for (const one of [raw].flat()) {
    if (typeof one !== 'number' && typeof one !== 'string') return undefined
    const range = statusRange(String(one))
    if (range === undefined) {
      return { path: formatPath(path), message: `${show(one)} is not a status`, hint: STATUS_HINT }
    }
    ranges.push(range)
  }
  const name = `status ${[raw].flat().join(' or ')}`
  return { name, part: { kind: 'status' }, test: { kind: 'within', ranges } }
}

function statusRange(text: string): readonly [number, number] | undefined {
  const [, hundred] = /^([1-5])xx$/i.exec(text) ?? []
  if (hundred !== undefined) return [Number(hundred) * 100, Number(hundred) * 100 + 99]
  const [, from, to = from] = /^([1-5]\d\d)(?:\s*-\s*([1-5]\d\d))?$/.exec(text) ?? []
  return from === undefined || Number(to) < Number(from) ? undefined : [Number(from), Number(to)]
}

const COMPARISONS = { '<': 'below', '<=': 'atMost', '>': 'above', '>=': 'atLeast' } as const

function readDuration(raw: unknown, path: readonly PropertyKey[]): Draft | Problem | undefined {
  if (typeof raw !== 'string') return undefined
  const [, operator = '', length = ''] = /^\s*(<=?|>=?)\s*(.*?)\s*$/.exec(raw) ?? []
  const parsed = parseDuration(length)
  if (operator === '' || !parsed.ok) {
    const hint = 'write a comparison with a duration, for example <500ms'
    return { path: formatPath(path), message: `${show(raw)} is not a condition of a duration`, hint }
  }
  const kind = COMPARISONS[operator as keyof typeof COMPARISONS]
  const name = `duration ${operator}${formatDuration(parsed.value)}`
  return { name, part: { kind: 'duration' }, test: { kind, number: parsed.value } }
}

function readRegex(raw: unknown, path: readonly PropertyKey[]): Draft | Problem | undefined {
  if (typeof raw !== 'string') return undefined
  const part = parseAnswerPart(`regex:${raw}`)
  if (!part.ok) return { path: formatPath(path), message: part.message, hint: part.hint }
  return { name: `regex ${raw}`, part: part.value, test: { kind: 'exists' } }
}
