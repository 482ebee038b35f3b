/**
 * From regular expressions as JavaScript writes them (with its flag `u`) to those of RE2, which are matched in linear time:
 * whatever a target answers, a search comes to an end. What RE2 cannot have is refused: looking around, and repeating
 * what a group has matched.
 */

import type { Parsed } from './units.ts'

/** What `\s` is in JavaScript; RE2's has ASCII only. As ranges of code points. */
const SPACES: readonly (readonly [from: number, to: number])[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]

const code = (point: number): string => `\\x{${point.toString(16)}}`
const range = (from: number, to: number): string => `${code(from)}-${code(to)}`

const IS_SPACE = SPACES.map(([from, to]) => range(from, to)).join('')
/** All other code points: within brackets, what is not a space cannot be said otherwise. */
const NO_SPACE = [[-1, -1] as const, ...SPACES]
  .map(([, to], index) => range(to + 1, (SPACES[index]?.[0] ?? 0x110000) - 1))
  .join('')

/** Any character but line terminators. */
const DOT = `[^\\n\\r${range(0x2028, 0x2029)}]`
const ANY = `[${range(0, 0x10ffff)}]`
const NOTHING = `[^${range(0, 0x10ffff)}]`

const AROUND = {
  ok: false,
  message: 'it looks ahead or behind, which may take for ever',
  hint: 'match what is around it too, and put what is wanted in a group: token=(\\w+) for (?<=token=)\\w+',
} as const
const BACK = {
  ok: false,
  message: 'it repeats what a group has matched, which may take for ever',
  hint: 'write out what it may repeat',
} as const

/** An escape; what follows tells which. */
const ESCAPE = String.raw`\\(?:u\{(?<point>[0-9a-f]+)\}|u(?<high>d[89ab][0-9a-f]{2})\\u(?<low>d[c-f][0-9a-f]{2})|u(?<unit>[0-9a-f]{4})|c(?<control>[a-z])|p\{(?:(?:script|sc|general_category|gc)=)?(?<is>\w+)\}|(?<back>k<|[1-9])|(?<letter>[^]))`
/** What is written differently, or may not be: outside of brackets, and within them. */
const OUTSIDE = new RegExp(
  `${ESCAPE}|${String.raw`(?<around>\(\?<?[=!])|(?<group>\(\?<[^>]+>)|(?<nothing>\[\])|(?<any>\[\^\])|(?<open>\[)|(?<dot>\.)|[^]`}`,
  'iuy',
)
const WITHIN = new RegExp(`${ESCAPE}|${String.raw`(?<close>\])|(?<bracket>\[)|[^]`}`, 'iuy')

/** @param pattern one that compiles with the flag `u` */
export function toLinear(pattern: string): Parsed<string> {
  const out: string[] = []
  let within = false
  // Where `.` is to match line breaks too, it stays as it is.
  const dot = /\(\?[im]*s/.test(pattern) ? '.' : DOT
  for (let at = 0; at < pattern.length; ) {
    const tokens = within ? WITHIN : OUTSIDE
    tokens.lastIndex = at
    const [whole, groups] = next(tokens, pattern)
    at += whole.length
    if (groups.around !== undefined) return AROUND
    if (groups.back !== undefined) return BACK
    if (groups.open !== undefined) within = true
    if (groups.close !== undefined) within = false
    out.push(escaped(groups, whole, within) ?? unescaped(groups, whole, dot))
  }
  return { ok: true, value: out.join('') }
}

type Groups = Readonly<Record<string, string | undefined>>

function next(tokens: RegExp, pattern: string): readonly [whole: string, groups: Groups] {
  const match = tokens.exec(pattern)!
  return [match[0], match.groups!]
}

/** Undefined for what is none. */
function escaped({ point, high, low, unit, control, is, letter }: Groups, whole: string, within: boolean) {
  if (point !== undefined) return code(hex(point))
  if (high !== undefined) return code((hex(high) - 0xd800) * 0x400 + hex(low!) - 0xdc00 + 0x10000)
  if (unit !== undefined) return code(hex(unit))
  if (control !== undefined) return code(control.charCodeAt(0) % 32)
  if (is !== undefined) return `\\${whole[1]}{${is}}`
  return letter === undefined ? undefined : letterOf(letter, within)
}

function unescaped({ group, nothing, any, bracket, dot }: Groups, whole: string, asDot: string): string {
  if (group !== undefined) return '('
  if (nothing !== undefined) return NOTHING
  if (any !== undefined) return ANY
  // A bracket within brackets stands for itself.
  if (bracket !== undefined) return '\\['
  return dot === undefined ? whole : asDot
}

const hex = (digits: string): number => Number.parseInt(digits, 16)

function letterOf(letter: string, within: boolean): string {
  switch (letter) {
    case 's':
      return within ? IS_SPACE : `[${IS_SPACE}]`
    case 'S':
      return within ? NO_SPACE : `[^${IS_SPACE}]`
    case 'b':
      return within ? code(8) : '\\b'
    case '0':
      return code(0)
    case '/':
      return '/'
    default:
      return `\\${letter}`
  }
}
