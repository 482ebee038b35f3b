/** What steps are called that have no name of their own. */

import { LIMITS } from '../base/limits.ts'
import { NOT_IN_NAMES } from './name-leaf.ts'

/** What a request is called: its method and the path of its URL as written, without a query. */
export function requestName(method: string, url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '')
  return `${method} ${path.startsWith('/') ? path : `/${path}`}`
}

/** Gives out names that are unique: those asked for, as they are, and others made of what they are for. */
export class StepNames {
  readonly #taken: Set<string>

  /** @param given names that authors gave */
  constructor(given: Iterable<string>) {
    this.#taken = new Set(given)
  }

  /** A name made of a text; with a number when it is taken already. */
  derive(text: string): string {
    const words = text
      .replace(/\{\{\s*(.*?)\s*\}\}/g, ':$1')
      .split(' ')
      .map((word) => word.replace(NOT_IN_NAMES, '-'))
    const base = words
      .join(' ')
      .slice(0, LIMITS.nameLength - 6)
      .trim()
    for (let number = 1; ; number++) {
      const name = number === 1 ? base : `${base} (${number})`
      if (this.#taken.has(name)) continue
      this.#taken.add(name)
      return name
    }
  }
}
