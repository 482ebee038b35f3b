/**
 * Regular expressions of a suite, applied to what targets answer. A search takes time in proportion to the text, whatever
 * both are: an engine that goes back and forth could be held up for hours by one answer, and with it a load thread.
 */

import { RE2JS } from 're2js'
import { LIMITS } from '../base/limits.ts'
import { toLinear } from './pattern-syntax.ts'
import { show } from './show.ts'
import type { Parsed } from './units.ts'

/** What a text is not searched for, as that would hold up its thread. */
export class PatternCost extends Error {}

export interface Pattern {
  /** Whether a part of a text matches. @throws PatternCost */
  test(text: string): boolean
  /**
   * The first part of a text that matches: what the first group has of it, or all where there is none. Undefined when
   * nothing does.
   *
   * @throws PatternCost
   */
  find(text: string): string | undefined
}

const HINT = 'write it as JavaScript has it, without slashes around it: order-(\\d+)'

/** Compiles a pattern. */
export function parsePattern(pattern: string): Parsed<Pattern> {
  if (pattern.length > LIMITS.patternLength) {
    return {
      ok: false,
      message: `the pattern is longer than ${LIMITS.patternLength} characters`,
      hint: 'make it shorter',
    }
  }
  try {
    RegExp(pattern, 'u')
  } catch {
    return { ok: false, message: `${show(pattern)} is not a regular expression`, hint: HINT }
  }
  if (isPlain(pattern)) return { ok: true, value: nativePattern(new RegExp(pattern, 'u')) }
  const linear = toLinear(pattern)
  if (!linear.ok) return { ...linear, message: `the pattern ${show(pattern)} cannot be used: ${linear.message}` }
  try {
    return { ok: true, value: patternOf(RE2JS.compile(linear.value)) }
  } catch (error) {
    return {
      ok: false,
      message: `the pattern ${show(pattern)} cannot be used: ${reasonOf(String(error))}`,
      hint: HINTS,
    }
  }
}

/** Characters that stand for themselves; one class, once or more often, as a group; what may stand behind it. */
const PLAIN =
  /^((?:[\w "'=:;,/<>&%#@!~-]|\\[.?*+(){}[\]|^$/\\])*)(?:\(?(?:\\[dw]|\[\^([\w"'<>&;,]|\\\w)\])[+*]\)?([^+*?(){}]?))?$/
const PLAIN_LENGTH = 64

/**
 * Whether the engine of JavaScript, which is some times as fast, cannot be held up by a pattern either. That is so for a
 * text T; for T and then a class to the end of the pattern, which has matched wherever it stops; and for T, then all that
 * is not a character C, then C, where C is in T too: a search that finds no C behind a T finds no further T either.
 */
function isPlain(pattern: string): boolean {
  const [, before, excluded, after = ''] = PLAIN.exec(pattern) ?? []
  if (before === undefined || before.length > PLAIN_LENGTH) return false
  return after === '' || (after === excluded && before.includes(after))
}

function nativePattern(expression: RegExp): Pattern {
  return {
    test: (text) => expression.test(text),
    find: (text) => {
      const match = expression.exec(text)
      return match === null ? undefined : (match[1] ?? match[0])
    },
  }
}

const HINTS = 'use classes as \\d, \\p{L} or \\p{Greek}, and repeat nothing more than 1000 times'

function reasonOf(text: string): string {
  if (text.includes('repeat')) return 'it repeats something too often'
  if (text.includes('character class')) return 'it has a class that is not known'
  return 'it is too large'
}

function patternOf(compiled: RE2JS): Pattern {
  const longest = LIMITS.patternWork / compiled.programSize()
  const bounded = (text: string): string => {
    if (text.length > longest) throw new PatternCost()
    return text
  }
  return {
    test: (text) => compiled.test(bounded(text)),
    find: (text) => {
      const matcher = compiled.matcher(bounded(text))
      if (!matcher.find()) return undefined
      return (matcher.groupCount() > 0 ? matcher.group(1) : null) ?? matcher.group(0) ?? undefined
    },
  }
}
