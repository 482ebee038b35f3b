/**
 * Reads JSON text as `JSON.parse` does, and says of a text that is not JSON where it goes wrong, without quoting it
 * (it may hold secrets). Keys that occur twice, which `JSON.parse` would silently lose, are errors.
 */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { showKey } from './show.ts'

/** Plain data, or every problem of the text. */
export type ReadText =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Reads one JSON document. */
export function readJson(text: string): ReadText {
  const reader = new JsonReader(text)
  try {
    const value = reader.document()
    return reader.duplicates.length > 0 ? { ok: false, problems: reader.duplicates } : { ok: true, value }
  } catch (thrown) {
    if (!(thrown instanceof JsonError)) throw thrown
    return { ok: false, problems: [...reader.duplicates, { path: '', message: thrown.message, hint: thrown.hint }] }
  }
}

class JsonError extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.hint = hint
  }
}

const LITERALS: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

class JsonReader {
  readonly duplicates: Problem[] = []
  readonly #text: string
  #position = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): unknown {
    const value = this.#value(1)
    if (this.#peek() !== undefined) throw this.#error('expected the end of the document')
    return value
  }

  #value(depth: number): unknown {
    const next = this.#peek()
    if (depth > LIMITS.suiteDepth && (next === '{' || next === '[')) {
      throw this.#error('nested too deeply', `at most ${LIMITS.suiteDepth} lists and maps may be inside each other`)
    }
    if (next === '{') return this.#map(depth)
    if (next === '[') return this.#list(depth)
    if (next === '"') return this.#string()
    for (const [word, value] of LITERALS) {
      if (!this.#text.startsWith(word, this.#position)) continue
      this.#position += word.length
      return value
    }
    const number = this.#match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y)
    if (number === undefined) throw this.#error('expected a value')
    return Number(number)
  }

  #map(depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    this.#position++
    if (this.#take('}')) return map
    do {
      if (this.#peek() !== '"') throw this.#error('expected a key in double quotes')
      const place = this.#place()
      const key = this.#string()
      if (!this.#take(':')) throw this.#error('expected ":" after a key')
      if (Object.hasOwn(map, key)) this.#duplicate(key, place)
      const value = this.#value(depth + 1)
      // Not an assignment: `__proto__` is a key like any other.
      Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
    } while (this.#take(','))
    if (!this.#take('}')) throw this.#error('expected "," or "}"')
    return map
  }

  #list(depth: number): unknown[] {
    const list: unknown[] = []
    this.#position++
    if (this.#take(']')) return list
    do list.push(this.#value(depth + 1))
    while (this.#take(','))
    if (!this.#take(']')) throw this.#error('expected "," or "]"')
    return list
  }

  #string(): string {
    // One step per character: a nested quantifier would take the regular expression engine's stack.
    let end = this.#position + 1
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    try {
      const value: unknown = JSON.parse(this.#text.slice(this.#position, end + 1))
      this.#position = end + 1
      return String(value)
    } catch {
      throw this.#error(
        'a string that does not end, or has a line break or an unknown escape in it',
        'strings end with a double quote on the same line; write \\n, \\" and \\\\ for special characters',
      )
    }
  }

  #duplicate(key: string, place: string): void {
    const message = `${showKey(key)}: given twice in one map, again at ${place}`
    if (this.duplicates.length < LIMITS.problems) this.duplicates.push({ path: '', message, hint: 'remove one' })
  }

  /** The next character that is not white space, without taking it. */
  #peek(): string | undefined {
    this.#match(/[ \t\n\r]*/y)
    return this.#text[this.#position]
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#position++
    return true
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position
    const match = pattern.exec(this.#text)?.[0]
    this.#position += match?.length ?? 0
    return match
  }

  #place(): string {
    const before = this.#text.slice(0, this.#position)
    return `line ${before.split('\n').length}, column ${this.#position - before.lastIndexOf('\n')}`
  }

  #error(message: string, hint = 'JSON has no comments and no comma after the last entry; or write YAML'): JsonError {
    const where = this.#position >= this.#text.length ? `the end (${this.#place()})` : this.#place()
    return new JsonError(`not JSON: ${message}, at ${where}`, hint)
  }
}
