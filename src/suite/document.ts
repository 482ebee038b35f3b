/**
 * From text to plain data: size, syntax, depth. What the data means is checked afterwards.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { DataFile } from './data-spec.ts'
import { type ReadText, readJson } from './json-text.ts'
import { formatPath } from './show.ts'
import { readYaml } from './yaml-text.ts'

/** A suite's text and the language it is written in. */
export interface SuiteText {
  readonly text: string
  readonly format: 'yaml' | 'json'
  /** What is known of the contents of its data files; nothing as long as nobody has read them. */
  readonly data?: readonly DataFile[] | undefined
}

/** Reads a suite's text into maps, lists, strings, finite numbers, booleans and nulls. */
export function readDocument(source: SuiteText): ReadText {
  const bytes = new TextEncoder().encode(source.text).length
  if (bytes > LIMITS.suiteBytes) {
    const message = `the suite has ${bytes} bytes; at most ${LIMITS.suiteBytes} are allowed`
    return { ok: false, problems: [{ path: '', message, hint: 'split it into several suites' }] }
  }
  const read = source.format === 'json' ? readJson(source.text) : readYaml(source.text)
  if (!read.ok) return read
  const problem = unusableData(read.value)
  return problem === undefined ? read : { ok: false, problems: [problem] }
}

/**
 * The first thing in the data that later passes could not take: nesting without end, numbers that are not finite, text
 * that UTF-8 cannot carry.
 */
function unusableData(root: unknown): Problem | undefined {
  const rest: { readonly value: unknown; readonly path: readonly PropertyKey[] }[] = [{ value: root, path: [] }]
  for (let item = rest.pop(); item !== undefined; item = rest.pop()) {
    const { value, path } = item
    if (typeof value === 'number' && !Number.isFinite(value)) {
      return { path: formatPath(path), message: `${value} is not a number that can be used`, hint: 'give a number' }
    }
    if (typeof value === 'string' && !value.isWellFormed()) {
      const hint = 'write the whole character, or its whole escape: \\ud83d\\ude42'
      return { path: formatPath(path), message: 'the text has half a character in it', hint }
    }
    if (typeof value !== 'object' || value === null) continue
    if (path.length >= LIMITS.suiteDepth) {
      const hint = `at most ${LIMITS.suiteDepth} lists and maps may be inside each other`
      return { path: formatPath(path), message: 'nested too deeply', hint }
    }
    if (Array.isArray(value)) {
      for (const [index, inner] of value.entries()) rest.push({ value: inner, path: [...path, index] })
    } else {
      for (const [key, inner] of Object.entries(value)) rest.push({ value: inner, path: [...path, key] })
    }
  }
  return undefined
}
