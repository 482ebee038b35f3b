/** JSONPath (RFC 9535), compiled. Nothing of a path is ever run as code, and searching is bounded in depth. */

import { JSONPathEnvironment, JSONPathError, type JSONPathQuery } from 'json-p3'
import { LIMITS } from '../base/limits.ts'
import type { Parsed } from './units.ts'

/** Finds the first match of a path in a document; undefined when there is none. */
export type FindJson = (document: unknown) => { readonly value: unknown } | undefined

/** Of what is nested more deeply nothing is found; JSON of a body is no deeper than its limit lets it be. */
const MOST_DEPTH = 1000

const environment = new JSONPathEnvironment({ maxRecursionDepth: MOST_DEPTH })

/** Compiles a path. The value never throws. */
export function parseJsonPath(path: string): Parsed<FindJson> {
  const hint = 'write a JSONPath as RFC 9535 has it, for example $.token or $.items[0].id'
  if (path.length > LIMITS.patternLength) {
    return { ok: false, message: `the JSONPath is longer than ${LIMITS.patternLength} characters`, hint }
  }
  try {
    return { ok: true, value: finder(environment.compile(path)) }
  } catch (error) {
    if (!(error instanceof JSONPathError)) return { ok: false, message: `${path} is not a JSONPath`, hint }
    // The library names the place at the end: `…: ('$.a':4)`.
    return { ok: false, message: `${JSON.stringify(path)} is not a JSONPath: ${plain(error.message)}`, hint }
  }
}

function plain(message: string): string {
  return message
    .replaceAll(/\s*\('.*':(\d+)\)$/g, ', at character $1')
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 200)
}

function finder(query: JSONPathQuery): FindJson {
  return (document) => {
    try {
      const node = query.match(document as never)
      return node === undefined ? undefined : { value: node.value }
    } catch {
      // Nested too deeply.
      return undefined
    }
  }
}
