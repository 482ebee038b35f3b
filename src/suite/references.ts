/**
 * Credentials in a suite: never the values, only references that the firing node resolves: `env:NAME` (an environment
 * variable of the node) or `file:/path` (the contents of a file on the node).
 */

/** A reference, taken apart. */
export interface CredentialReference {
  readonly kind: 'env' | 'file'
  /** Name of the variable, or absolute path of the file. */
  readonly name: string
}

/** What to write where a literal credential was found. */
export const REFERENCE_HINT = 'use a reference that the node resolves, as env:NAME, file:/path, or Bearer env:NAME'

/** An authorization scheme may stand before a reference: `Bearer env:TOKEN`. */
const SCHEME = /^[A-Za-z][A-Za-z0-9-]* (?=(?:env|file):)/

/** Reads a reference; undefined when the text is not one. */
export function parseReference(value: string): CredentialReference | undefined {
  const text = value.replace(SCHEME, '')
  const variable = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(text)
  if (variable !== null) return { kind: 'env', name: variable[1]! }
  const file = /^file:(\/[^\0\r\n]+)$/.exec(text)
  return file === null ? undefined : { kind: 'file', name: file[1]! }
}

/** Whether a text was meant as a reference, well-formed or not. */
export function looksLikeReference(text: string): boolean {
  return /^(env|file):/.test(text.replace(SCHEME, ''))
}

/** Whether a header carries a credential, judging by its name. */
export function isCredentialHeader(name: string): boolean {
  const lower = name.toLowerCase()
  return (
    /^(authorization|proxy-authorization|cookie|x-auth|authentication)$/.test(lower) ||
    /(^|[-_])(api-?key|apikey|(auth|access|session|id|refresh|bearer|private|security|vault)-?token|token|secret|password|passwd|credentials?|signature)$/.test(
      lower,
    )
  )
}
