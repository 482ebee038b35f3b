/** An answer as extractions and expectations look at it: decoded and parsed when first asked, and once. */

import { LIMITS } from '../base/limits.ts'
import type { AnswerPart } from '../suite/journey-spec.ts'
import { type FindJson, parseJsonPath } from '../suite/json-path.ts'
import { parsePattern } from '../suite/pattern.ts'

/** What came, as far as it was asked for. */
export interface RawAnswer {
  readonly status: number
  /** Names (as sent) and values in turns. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

const UTF8 = new TextDecoder()

const NOT_JSON = Symbol('not JSON')

export class Answer {
  readonly #raw: RawAnswer
  readonly durationMs: number
  #text: string | undefined
  #json: unknown

  /** @param durationMs service time */
  constructor(raw: RawAnswer, durationMs: number) {
    this.#raw = raw
    this.durationMs = durationMs
  }

  get status(): number {
    return this.#raw.status
  }

  /** Fields of a name (in lower case) as one text; undefined for none (RFC 9110, section 5.3). */
  header(name: string): string | undefined {
    const values = this.#fields(name)
    return values.length === 0 ? undefined : values.join(', ')
  }

  #fields(name: string): string[] {
    const { headers } = this.#raw
    const values: string[] = []
    for (let at = 0; at + 1 < headers.length; at += 2) {
      const given = headers[at]!
      if (given.length === name.length && given.toLowerCase() === name) values.push(headers[at + 1]!)
    }
    return values
  }

  /** A cookie that the answer sets, of several of the name the last (RFC 6265, section 5.2). */
  cookie(name: string): string | undefined {
    for (const field of this.#fields('set-cookie').reverse()) {
      const [pair = ''] = field.split(';', 1)
      const equals = pair.indexOf('=')
      if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
    }
    return undefined
  }

  /** The body in the character set that its type names, UTF-8 otherwise. */
  get text(): string {
    const text = this.#text ?? this.#decoder().decode(this.#raw.body)
    this.#text = text
    return text
  }

  #decoder(): Pick<typeof UTF8, 'decode'> {
    const [, charset] = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(this.header('content-type') ?? '') ?? []
    if (charset === undefined || /^utf-?8$/i.test(charset)) return UTF8
    try {
      return new TextDecoder(charset)
    } catch {
      return UTF8
    }
  }

  /** The first match of a path; undefined for none, and in a body that is no JSON. */
  find(path: FindJson): { readonly value: unknown } | undefined {
    if (this.#json === undefined) {
      try {
        this.#json = JSON.parse(this.text) as unknown
      } catch {
        this.#json = NOT_JSON
      }
    }
    return this.#json === NOT_JSON ? undefined : path(this.#json)
  }
}

/**
 * Reads a part of an answer as text; undefined where it is not there, or longer than values may be.
 *
 * @throws PatternCost
 */
export type ReadPart = (answer: Answer) => string | undefined

/** Compiles a part that has been found good. */
export function partReader(part: AnswerPart): ReadPart {
  const read = reader(part)
  if (part.kind === 'body') return read
  return (answer) => {
    const text = read(answer)
    return text !== undefined && text.length > LIMITS.extractedLength ? undefined : text
  }
}

function reader(part: AnswerPart): ReadPart {
  switch (part.kind) {
    case 'json':
      return jsonReader(part.path)
    case 'header':
      return (answer) => answer.header(part.name)
    case 'cookie':
      return (answer) => answer.cookie(part.name)
    case 'regex':
      return regexReader(part.pattern)
    case 'body':
      return (answer) => answer.text
    case 'status':
      return ({ status }) => String(status)
    case 'duration':
      return ({ durationMs }) => String(Math.round(durationMs * 1000) / 1000)
  }
}

function jsonReader(path: string): ReadPart {
  const parsed = parseJsonPath(path)
  if (!parsed.ok) throw new Error(parsed.message)
  return (answer) => {
    const found = answer.find(parsed.value)
    if (found === undefined) return undefined
    return typeof found.value === 'string' ? found.value : JSON.stringify(found.value)
  }
}

function regexReader(pattern: string): ReadPart {
  const parsed = parsePattern(pattern)
  if (!parsed.ok) throw new Error(parsed.message)
  return (answer) => parsed.value.find(answer.text)
}

/** Whether a part is in the header of an answer. */
export function isInHeader({ kind }: AnswerPart): boolean {
  return kind === 'header' || kind === 'cookie'
}

/** Whether a part is in the body of an answer. */
export function isInBody({ kind }: AnswerPart): boolean {
  return kind === 'json' || kind === 'regex' || kind === 'body'
}
