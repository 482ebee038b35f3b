/**
 * URLs of a suite: absolute http or https ones, or ones relative to the suite's target.
 */

import { LIMITS } from '../base/limits.ts'
import { hasControlCharacters } from './characters.ts'
import { REFERENCE_HINT } from './references.ts'
import { show } from './show.ts'
import type { Parsed } from './units.ts'

const bad = (message: string, hint: string): Parsed<never> => ({ ok: false, message, hint })

/** Reads an absolute http or https URL without user name and password. The value is the URL in its normal form. */
export function parseAbsoluteUrl(text: string): Parsed<string> {
  const example = 'write it like http://127.0.0.1:8080/products'
  if (text.length > LIMITS.urlLength) return bad(`${show(text)} is longer than ${LIMITS.urlLength} characters`, example)
  if (isUntidy(text)) return bad(`${show(text)} has spaces around it or control characters`, example)
  if (!/^https?:\/\//i.test(text)) {
    const host = /^[\w.-]+:\d+(\/|$)/.test(text)
    if (host) return bad(`${show(text)} has no scheme`, `did you mean http://${text}?`)
    return bad(`${show(text)} is not an http or https URL`, example)
  }
  const url = URL.parse(text)
  if (url === null) return bad(`${show(text)} is not a URL`, example)
  if (url.username !== '' || url.password !== '') {
    return bad(
      `the URL of ${url.host} has a user name or password in it, and a literal credential is not allowed`,
      `take it out and set the header \`authorization\`: ${REFERENCE_HINT}`,
    )
  }
  url.hash = ''
  return { ok: true, value: url.href }
}

/**
 * Reads a URL of a request: absolute, or relative to the target as a browser resolves links (`/products` replaces the
 * target's path).
 *
 * @param target the suite's target, already found good; undefined when there is none
 */
export function resolveUrl(text: string, target: string | undefined): Parsed<string> {
  if (text === '') return bad('the URL is empty', 'write "/" for the target itself')
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return parseAbsoluteUrl(text)
  if (text.length > LIMITS.urlLength || isUntidy(text)) return parseAbsoluteUrl(text)
  if (target === undefined) {
    return bad(`${show(text)} is relative and the suite has no target`, 'set `target`, or write the whole URL')
  }
  const url = URL.parse(text, target)
  if (url === null) return bad(`${show(text)} is not a URL`, 'write a path such as /products, or a whole URL')
  if (url.origin !== new URL(target).origin) {
    return bad(`${show(text)} leads to another host than the target`, 'write the whole URL, with http:// or https://')
  }
  return parseAbsoluteUrl(url.href)
}

function isUntidy(text: string): boolean {
  return hasControlCharacters(text) || text !== text.trim()
}
