/**
 * Templates of octets: what does not change is made once, what does is put between. Octets are kept in texts, a character
 * for each (Latin-1), which sockets take as they are.
 */

import { invalid, missing, type Unfilled, type Values } from '../../journey/text.ts'
import type { Form, Slot, TemplateParts } from '../../suite/template.ts'

/** A value as octets; null where it cannot stand in this place. */
export type Encode = (value: string) => string | null

/** How a part of a request takes what is put into it. */
export interface Encoding {
  readonly literal: (text: string) => string
  readonly value: (form: Form | null) => Encode
}

interface Place {
  readonly name: string
  readonly encode: Encode
  readonly missing: Unfilled
  readonly invalid: Unfilled
}

export class ByteTemplate {
  readonly #parts: readonly (string | Place)[]
  /** What it always is; null where that depends on values. */
  readonly constant: string | null

  /** @param parts already encoded */
  private constructor(parts: readonly (string | Place)[]) {
    const joined: (string | Place)[] = []
    for (const part of parts) {
      const last = joined.length - 1
      if (typeof part === 'string' && typeof joined[last] === 'string') joined[last] += part
      else joined.push(part)
    }
    this.#parts = joined
    const [only = ''] = joined
    this.constant = joined.length < 2 && typeof only === 'string' ? only : null
  }

  /** Octets as they are. */
  static of(text: string): ByteTemplate {
    return new ByteTemplate([text])
  }

  /**
   * @param fixed values that never change: they are put in once and for all
   * @returns why not, where one of them cannot stand here
   */
  static compile(parts: TemplateParts, { literal, value }: Encoding, fixed: Values): ByteTemplate | Unfilled {
    const compiled: (string | Place)[] = []
    for (const part of parts) {
      if (typeof part === 'string') {
        compiled.push(literal(part))
        continue
      }
      const place = placeOf(part, value(part.form))
      const known = fixed.get(part.name)
      const encoded = known === undefined ? place : place.encode(known)
      if (encoded === null) return place.invalid
      compiled.push(encoded)
    }
    return new ByteTemplate(compiled)
  }

  static concat(templates: readonly ByteTemplate[]): ByteTemplate {
    return new ByteTemplate(templates.flatMap((template) => template.#parts))
  }

  /** The octets with these values in them, or why not. */
  fill(values: Values): string | Unfilled {
    if (this.constant !== null) return this.constant
    const parts = this.#parts
    let text = ''
    for (let at = 0; at < parts.length; at++) {
      const part = parts[at]!
      if (typeof part === 'string') {
        text += part
        continue
      }
      const value = values.get(part.name)
      if (value === undefined) return part.missing
      const encoded = part.encode(value)
      if (encoded === null) return part.invalid
      text += encoded
    }
    return text
  }
}

function placeOf(slot: Slot, encode: Encode): Place {
  return { name: slot.name, encode, missing: missing(slot), invalid: invalid(slot) }
}

const ASCII = /^[\0-\x7f]*$/

/** UTF-8, an octet a character. */
export function utf8(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text).toString('latin1')
}

const percent: Encode = (value) => encodeURIComponent(value.toWellFormed())
/** What a request target may consist of: nothing that would end it, or begin what comes after it. */
const inTarget: Encode = (value) => (/^[\x21\x22\x24-\x7e]*$/.test(value) ? value : null)

/** Path and query: percent-encoded, or as they are. */
export const TARGET: Encoding = {
  literal: (text) => text,
  value: (form) => (form === 'raw' ? inTarget : percent),
}

/** RFC 9110, section 5.5: tab, printable ASCII, and the upper half of Latin-1. */
export function isHeaderValue(value: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)
}

const inHeader: Encode = (value) => (isHeaderValue(value) ? value : null)

/** Values of headers: as they are, never more than one line. */
export const HEADER: Encoding = {
  literal: (text) => text,
  value: (form) => (form === 'url' ? percent : inHeader),
}

/** Bodies that are texts. */
export const TEXT: Encoding = {
  literal: utf8,
  value: (form) => (form === 'url' ? percent : utf8),
}

/** Characters of JSON strings that stand for themselves, among those of ASCII. */
const PLAIN_JSON = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

const inJsonString: Encode = (value) => (PLAIN_JSON.test(value) ? value : utf8(JSON.stringify(value).slice(1, -1)))

const asJson: Encode = (value) => {
  try {
    JSON.parse(value)
    return utf8(value)
  } catch {
    return null
  }
}

/** Bodies that are JSON: values are parts of strings, or JSON themselves. */
export const JSON_TEXT: Encoding = {
  literal: utf8,
  value: (form) => (form === 'json' ? asJson : inJsonString),
}
