/** Templates filled in as plain texts. */

import type { Slot, TemplateParts } from '../suite/template.ts'

/** What templates are filled in with. */
export interface Values {
  /** The text of a value; undefined for one that there is not, or not yet. */
  get(name: string): string | undefined
}

/** Why a template was not filled in: the kind of the failure. Never has a value in it. */
export class Unfilled {
  readonly kind: string

  constructor(kind: string) {
    this.kind = kind
  }
}

/** A value that is not there: the step that extracts it was left out, or has failed. */
export function missing({ name }: Slot): Unfilled {
  return new Unfilled(`missing:${name}`)
}

/** A value that cannot stand where it is wanted. */
export function invalid({ name }: Slot): Unfilled {
  return new Unfilled(`invalid:${name}`)
}

/** The text, with values as they are. */
export function fillText(parts: TemplateParts, values: Values): string | Unfilled {
  let text = ''
  for (const part of parts) {
    if (typeof part === 'string') text += part
    else {
      const value = values.get(part.name)
      if (value === undefined) return missing(part)
      text += value
    }
  }
  return text
}

/** The text, with nothing in the place of values that are not there. */
export function fillAnyway(parts: TemplateParts, values: Values): string {
  let text = ''
  for (const part of parts) text += typeof part === 'string' ? part : (values.get(part.name) ?? '')
  return text
}
