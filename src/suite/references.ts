/**
 * Credentials in a suite: never the values, only references that the firing node resolves. What each kind looks like is
 * here; how it is resolved is in `tasks/credentials`, a file for each.
 */

interface ReferenceGrammar {
  /** What stands after `kind:`. */
  readonly pattern: RegExp
  /** As hints show it. */
  readonly example: string
  /** Whether somebody else is asked for the value, so that it should be asked for once. */
  readonly remote: boolean
}

const grammar = (pattern: RegExp, example: string, remote: boolean): ReferenceGrammar => ({ pattern, example, remote })

/** Every kind of reference. */
export const REFERENCE_KINDS = Object.freeze({
  /** An environment variable of the node. */
  env: grammar(/^[A-Za-z_][A-Za-z0-9_]*$/, 'env:NAME', false),
  /** The contents of a file on the node. */
  file: grammar(/^\/[^\0\r\n]+$/, 'file:/path', false),
  /** A field of a secret in HashiCorp Vault: the path as its API has it, the field, and perhaps a version. */
  vault: grammar(
    /^(?!(?:.*\/)?\.{1,2}[/#])[\w.-]+(?:\/[\w.-]+)*?\/data(?:\/[\w.-]+)+#[^\s#]+(?:#[1-9]\d*)?$/,
    'vault:secret/data/path#field',
    true,
  ),
  /** A secret in AWS Secrets Manager, or a field of one. */
  aws: grammar(/^(?:arn:[\w:/+=.@-]{1,1000}|[\w/+=.@-]{1,512})(?:#[^\s#]+)?$/, 'aws:name#field', true),
})

export type ReferenceKind = keyof typeof REFERENCE_KINDS

/** A reference, taken apart. */
export interface CredentialReference {
  readonly kind: ReferenceKind
  /** What the kind looks for: the name of a variable, the path of a file, … */
  readonly name: string
}

const KINDS = Object.keys(REFERENCE_KINDS).join('|')
const EXAMPLES = Object.values(REFERENCE_KINDS).map(({ example }) => example)

/** What to write where a literal credential was found. */
export const REFERENCE_HINT = `use a reference that the node resolves, as ${EXAMPLES.join(', ')}, or Bearer env:NAME`

/** An authorization scheme may stand before a reference: `Bearer env:TOKEN`. */
const SCHEME = new RegExp(`^([A-Za-z][A-Za-z0-9-]*) (?=(?:${KINDS}):)`)
const KIND = new RegExp(`^(${KINDS}):(.*)$`, 's')

/** Reads a reference; undefined when the text is not one. */
export function parseReference(value: string): CredentialReference | undefined {
  const [, kind, name] = KIND.exec(splitScheme(value).text) ?? []
  if (kind === undefined || name === undefined || !REFERENCE_KINDS[kind as ReferenceKind].pattern.test(name)) return
  return { kind: kind as ReferenceKind, name }
}

/** Takes off the authorization scheme before a reference; empty where there is none. */
export function splitScheme(value: string): { readonly scheme: string; readonly text: string } {
  const [whole = '', scheme = ''] = SCHEME.exec(value) ?? []
  return { scheme, text: value.slice(whole.length) }
}

/** Whether a text was meant as a reference, well-formed or not. */
export function looksLikeReference(text: string): boolean {
  return KIND.test(splitScheme(text).text)
}

/** Whether somebody else than the node is asked for what the text refers to. */
export function isRemoteReference(text: string): boolean {
  const reference = parseReference(text)
  return reference !== undefined && REFERENCE_KINDS[reference.kind].remote
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
