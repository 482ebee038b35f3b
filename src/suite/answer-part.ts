/** Where in an answer a value is found, as suites write it: `json:$.token`, `header:location`, `status`. */

import type { AnswerPart } from './journey-spec.ts'
import { parseJsonPath } from './json-path.ts'
import { parsePattern } from './pattern.ts'
import { oneOf, show } from './show.ts'
import { closest } from './suggest.ts'
import type { Parsed } from './units.ts'

const NAMED = ['json', 'header', 'cookie', 'regex'] as const
const WHOLE = ['status', 'body', 'duration'] as const

const HINT = 'write json:$.path, header:NAME, cookie:NAME, regex:PATTERN, status, body or duration'

const bad = (message: string, hint = HINT): Parsed<never> => ({ ok: false, message, hint })

/** RFC 9110, section 5.6.2: what names of headers and cookies are made of. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Reads a part. Whatever it names is checked: paths and patterns compile. */
export function parseAnswerPart(text: string): Parsed<AnswerPart> {
  const whole = WHOLE.find((kind) => kind === text)
  if (whole !== undefined) return { ok: true, value: { kind: whole } }
  const [, word = '', rest] = /^([A-Za-z]+)\s*(?::\s*(.*))?$/s.exec(text) ?? []
  const kind = NAMED.find((name) => name === word)
  if (kind !== undefined && rest !== undefined) return namedPart(kind, rest)
  if (kind !== undefined) return bad(`${show(text)} does not say which`, `write ${kind}:…`)
  const near = closest(word, [...NAMED, ...WHOLE])
  const meant = near === undefined ? '' : `, did you mean \`${near}\`?`
  return bad(`${show(text)} is no part of an answer${meant}`)
}

/** A part that is named, checked. */
export function namedPart(kind: (typeof NAMED)[number], name: string): Parsed<AnswerPart> {
  if (kind === 'json') {
    const parsed = parseJsonPath(name)
    return parsed.ok ? { ok: true, value: { kind, path: name } } : parsed
  }
  if (kind === 'regex') {
    const parsed = parsePattern(name)
    return parsed.ok ? { ok: true, value: { kind, pattern: name } } : parsed
  }
  if (!TOKEN.test(name)) return bad(`${show(name)} is not the name of a ${kind}`, 'use letters, digits and dashes')
  return { ok: true, value: kind === 'header' ? { kind, name: name.toLowerCase() } : { kind, name } }
}

/** A part as suites write it. */
export function formatAnswerPart(part: AnswerPart): string {
  switch (part.kind) {
    case 'json':
      return `json:${part.path}`
    case 'regex':
      return `regex:${part.pattern}`
    case 'header':
    case 'cookie':
      return `${part.kind}:${part.name}`
    default:
      return part.kind
  }
}

/** All that a part can be, for hints. */
export const ANSWER_PARTS = oneOf([...NAMED, ...WHOLE])
