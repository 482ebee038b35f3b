/**
 * Reads YAML 1.2 (core schema) text into plain data. Errors say line and column and do not quote the text (it may
 * hold secrets).
 */

import { type Document, isAlias, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { messageOf, type Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { ReadText } from './json-text.ts'
import { showKey } from './show.ts'

/** How many nodes aliases may stand for in all before a document is taken for an attack. */
const MAX_ALIAS_COUNT = 100

const TOO_DEEP: Problem = {
  path: '',
  message: 'not usable YAML: nested too deeply',
  hint: `at most ${LIMITS.suiteDepth} lists and maps may be inside each other`,
}

/** Reads one YAML document. */
export function readYaml(text: string): ReadText {
  const lines = new LineCounter()
  // The parser makes an error object per mistake, and most of their cost is the stack nobody reads: without it, a
  // hostile file of the largest size holds this thread for a few tenths of a second instead of seconds.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    // The parser's own check for double keys compares each with each: here it would let a small file take seconds.
    const document = parseDocument(text, {
      lineCounter: lines,
      logLevel: 'error',
      prettyErrors: false,
      uniqueKeys: false,
    })
    const problems = [...syntaxProblems(document, lines), ...keyProblems(document, lines)]
    if (problems.length > 0) return { ok: false, problems }
    return { ok: true, value: document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }) }
  } catch (thrown) {
    if (thrown instanceof RangeError) return { ok: false, problems: [TOO_DEEP] }
    const hint = 'write the repeated parts out instead of using aliases'
    return {
      ok: false,
      problems: [{ path: '', message: `not usable YAML: ${withoutQuotes(messageOf(thrown))}`, hint }],
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

function placeOf(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return `line ${line}, column ${col}`
}

/**
 * The parser's message without what it quotes of the text: that comes after a colon at the end of a word, or after the
 * name of what is wrong; after a semicolon comes advice for programmers. What is quoted elsewhere is a character or two.
 */
function withoutQuotes(message: string): string {
  return message
    .replace(/(?<=\S)[:;] .*/s, '')
    .replace(/(?<=directive|version|tag|sequence|handle) \S.*/s, '')
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '?')
    .slice(0, 120)
}

function syntaxProblems(document: Document.Parsed, lines: LineCounter): Problem[] {
  const problems: Problem[] = []
  for (const { message, pos } of [...document.errors, ...document.warnings]) {
    if (/call stack/.test(message)) return [TOO_DEEP]
    if (problems.length === LIMITS.problems) break
    const hint = 'check the indentation, and put quotes around text with special characters'
    problems.push({ path: '', message: `not YAML: ${withoutQuotes(message)}, at ${placeOf(lines, pos[0])}`, hint })
  }
  return problems
}

function keyProblems(document: Document.Parsed, lines: LineCounter): Problem[] {
  const problems: Problem[] = []
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>()
      for (const { key } of map.items) {
        if (problems.length === LIMITS.problems) return visit.BREAK
        const at = placeOf(lines, (isScalar(key) || isAlias(key) ? key.range?.[0] : map.range?.[0]) ?? 0)
        if (!isScalar(key)) {
          problems.push({ path: '', message: `a key that is not a word, at ${at}`, hint: 'write keys as plain words' })
          continue
        }
        const name = String(key.value)
        if (seen.has(name)) {
          const message = `${showKey(name)}: given twice in one map, again at ${at}`
          problems.push({ path: '', message, hint: 'remove one' })
        }
        seen.add(name)
      }
      return undefined
    },
  })
  return problems
}
