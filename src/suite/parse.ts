/**
 * Reading a suite: text in; out comes the frozen suite, or every problem the text has.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { buildSuite } from './build.ts'
import { readDocument, type SuiteText } from './document.ts'
import { check } from './issues.ts'
import { ruleProblems } from './rules.ts'
import { suiteShape, type TaskShape, usableTasks } from './shape.ts'
import type { Suite } from './spec.ts'
import { selectionProblems } from './threshold-rules.ts'

export type ParsedSuite =
  | {
      readonly ok: true
      readonly suite: Suite
      /** The document as plain data, as it was written; frozen. */
      readonly document: unknown
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export interface ParseSuiteOptions {
  /** Tasks that a scenario may name beside `http`. */
  readonly tasks?: readonly TaskShape[]
}

const NO_TASKS: readonly TaskShape[] = Object.freeze([])

/** Building a schema takes longer than checking with it. */
const shapes = new WeakMap<readonly TaskShape[], ReturnType<typeof suiteShape>>()

/**
 * Parses and validates a suite. Never throws. All problems come back together, in the order of the schema's keys, at
 * most {@link LIMITS.problems} of them; values that may be credentials are not quoted in them.
 *
 * @param source text of at most `LIMITS.suiteBytes` bytes and its language
 */
export function parseSuite(source: SuiteText, { tasks = NO_TASKS }: ParseSuiteOptions = {}): ParsedSuite {
  const read = readDocument(source)
  if (!read.ok) return { ok: false, problems: bounded(read.problems) }
  if (read.value === null || read.value === undefined) {
    const hint = 'a suite has a `name` and `scenarios`'
    return { ok: false, problems: [{ path: '', message: 'the suite is empty', hint }] }
  }
  const usable = usableTasks(tasks)
  let shape = shapes.get(tasks)
  if (shape === undefined) {
    shape = suiteShape(usable)
    shapes.set(tasks, shape)
  }
  const shaped = check(shape, read.value)
  const problems = [...(shaped.ok ? [] : shaped.problems), ...ruleProblems(read.value, usable, source.data)]
  const keys = Object.keys(shape.shape)
  if (!shaped.ok || problems.some(({ path }) => !path.startsWith('thresholds'))) {
    return { ok: false, problems: bounded(inOrder(problems, keys)) }
  }
  const suite = buildSuite(
    shaped.value,
    usable.map(({ name }) => name),
    source.data,
  )
  problems.push(...selectionProblems(suite))
  if (problems.length > 0) return { ok: false, problems: bounded(inOrder(problems, keys)) }
  return { ok: true, suite: deepFreeze(suite), document: deepFreeze(read.value) }
}

/** Each problem once, and no more than the limit. */
function bounded(problems: readonly Problem[]): readonly Problem[] {
  const distinct = [...new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem])).values()]
  if (distinct.length <= LIMITS.problems) return distinct
  const message = `${distinct.length - LIMITS.problems} more problems are not listed`
  return [...distinct.slice(0, LIMITS.problems), { path: '', message, hint: 'mend these first' }]
}

/** Problems of one place together: by top-level key, then by index, then as found. */
function inOrder(problems: readonly Problem[], keys: readonly string[]): readonly Problem[] {
  const place = ({ path }: Problem): readonly [number, number] => {
    const [, key = '', index = '-1'] = /^([\w$]*)(?:\[(\d+)\])?/.exec(path) ?? []
    return [keys.indexOf(key), Number(index)]
  }
  return problems
    .map((problem) => ({ problem, place: place(problem) }))
    .sort((a, b) => a.place[0] - b.place[0] || a.place[1] - b.place[1])
    .map(({ problem }) => problem)
}

/** Freezes plain data of bounded depth. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
