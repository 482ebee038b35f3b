/** What the shape of `auth` cannot say. Takes raw input, and skips what the shape has already refused. */

import type { Problem } from '../base/errors.ts'
import { RESERVED_HEADERS } from '../base/reserved-headers.ts'
import { NO_AUTH } from './auth-shape.ts'
import { looksLikeReference, parseReference, REFERENCE_HINT, splitScheme } from './references.ts'
import { formatPath, oneOf, show, showKey } from './show.ts'
import { parseAbsoluteUrl } from './url.ts'

type RawMap = Readonly<Record<string, unknown>>
type Path = readonly PropertyKey[]
type Finding = Omit<Problem, 'path'>

/** Of these one at a time is sent. */
const SCHEMES = ['basic', 'bearer', 'apiKey', 'oauth2'] as const

function isMap(value: unknown): value is RawMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Problems of an `auth` given raw, by itself. */
export function authProblems(raw: unknown, path: Path): Problem[] {
  if (!isMap(raw)) return []
  const problems: Problem[] = []
  const add = (where: Path, finding: Finding | undefined): void => {
    if (finding !== undefined) problems.push({ path: formatPath([...path, ...where]), ...finding })
  }
  add([], choiceProblem(raw))
  add(['bearer'], credentialProblem(raw.bearer))
  if (isMap(raw.basic)) {
    add(['basic', 'username'], usernameProblem(raw.basic.username))
    add(['basic', 'password'], credentialProblem(raw.basic.password))
  }
  if (isMap(raw.apiKey)) {
    add(['apiKey'], placeProblem(raw.apiKey))
    add(['apiKey', 'header'], headerProblem(raw.apiKey.header))
    add(['apiKey', 'value'], credentialProblem(raw.apiKey.value))
  }
  if (isMap(raw.mtls)) {
    for (const key of ['cert', 'key', 'ca', 'passphrase']) add(['mtls', key], credentialProblem(raw.mtls[key]))
  }
  if (isMap(raw.oauth2)) {
    add(['oauth2', 'tokenUrl'], urlProblem(raw.oauth2.tokenUrl))
    add(
      ['oauth2', 'clientId'],
      typeof raw.oauth2.clientId === 'string' ? identityProblem(raw.oauth2.clientId) : undefined,
    )
    add(['oauth2', 'clientSecret'], credentialProblem(raw.oauth2.clientSecret))
  }
  return problems
}

function urlProblem(value: unknown): Finding | undefined {
  const parsed = typeof value === 'string' ? parseAbsoluteUrl(value) : undefined
  if (parsed === undefined || parsed.ok) return undefined
  return { message: parsed.message, hint: parsed.hint }
}

function choiceProblem(auth: RawMap): Finding | undefined {
  const given = SCHEMES.filter((scheme) => auth[scheme] !== undefined)
  if (given.length > 1) {
    const names = given.map((name) => `\`${name}\``)
    const message = `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are given together`
    return { message, hint: 'keep one of them; give a scenario or request an `auth` of its own for another' }
  }
  if (given.length === 1 || Object.keys(auth).length > 0) return undefined
  const hint = `give one of ${oneOf([...SCHEMES, 'mtls'].map((name) => `\`${name}\``))}, or write \`auth: ${NO_AUTH}\``
  return { message: 'nothing is given', hint }
}

/** A credential is a reference, and nothing else. Never says what was given. */
function credentialProblem(value: unknown): Finding | undefined {
  if (typeof value !== 'string') return undefined
  if (parseReference(value) === undefined) {
    const message = looksLikeReference(value)
      ? 'the reference to a credential is malformed'
      : 'a literal credential is not allowed'
    return { message, hint: REFERENCE_HINT }
  }
  const { scheme } = splitScheme(value)
  if (scheme === '') return undefined
  return { message: `${show(scheme)} before the reference is not needed`, hint: 'write the reference alone' }
}

/** A name is sent as it is, or is a reference. */
function identityProblem(value: string): Finding | undefined {
  if (!looksLikeReference(value)) return undefined
  if (parseReference(value) === undefined) return { message: 'the reference is malformed', hint: REFERENCE_HINT }
  return splitScheme(value).scheme === ''
    ? undefined
    : { message: 'there is a word before the reference', hint: 'write the reference alone' }
}

function usernameProblem(value: unknown): Finding | undefined {
  if (typeof value !== 'string') return undefined
  if (looksLikeReference(value)) return identityProblem(value)
  if (!value.includes(':')) return undefined
  // What stands behind the colon may be the password.
  return { message: 'a user name has no colon', hint: 'give the password as `password`, by reference' }
}

function placeProblem({ header, query }: RawMap): Finding | undefined {
  if (header !== undefined && query !== undefined) {
    return { message: '`header` and `query` are both given', hint: 'keep the one that the target looks at' }
  }
  if (header !== undefined || query !== undefined) return undefined
  return { message: 'neither `header` nor `query` is given', hint: 'say what carries the key, as `header: x-api-key`' }
}

function headerProblem(name: unknown): Finding | undefined {
  if (typeof name !== 'string') return undefined
  if (name === '__proto__' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return { message: `${show(name)} is not a header name`, hint: 'use letters, digits and dashes' }
  }
  const lower = name.toLowerCase()
  if (lower !== 'host' && !RESERVED_HEADERS.includes(lower)) return undefined
  return { message: `${showKey(name)} is a header that the connection sets itself`, hint: 'use another one' }
}

/** What is known of a request when its `auth` is looked at beside it. */
export interface AuthorisedRequest {
  readonly headers: unknown
  /** Absolute; undefined when it has an error of its own. */
  readonly url: string | undefined
  /** Where the request stands. */
  readonly path: Path
}

/** An `auth` and where it stands. */
export interface PlacedAuth {
  readonly raw: unknown
  readonly path: Path
}

/** The nearest that is given. */
export function nearestAuth(...places: readonly PlacedAuth[]): PlacedAuth | undefined {
  return places.find(({ raw }) => raw !== undefined)
}

/** Problems of an `auth` with the request that it is for. */
export function authorisedProblems(auth: PlacedAuth | undefined, request: AuthorisedRequest): Problem[] {
  if (auth === undefined || !isMap(auth.raw)) return []
  const { headers, url, path } = request
  const problems = isMap(headers) ? headerConflicts(auth, auth.raw, headers, path) : []
  if (isMap(auth.raw.mtls) && url?.startsWith('http:')) {
    const message = `${formatPath(auth.path)} gives a certificate, which only https can show`
    const hint = `write the URL with https://, or \`auth: ${NO_AUTH}\` beside it`
    problems.push({ path: formatPath([...path]), message, hint })
  }
  return problems
}

function headerConflicts(auth: PlacedAuth, raw: RawMap, headers: RawMap, path: Path): Problem[] {
  const sent = headerOf(raw)
  const given = Object.keys(headers).find((name) => name.toLowerCase() === sent)
  if (given === undefined) return []
  const message = `${showKey(given)} is given here and by ${formatPath(auth.path)}`
  return [
    {
      path: formatPath([...path, 'headers', given]),
      message,
      hint: `keep one of them: remove the header, or write \`auth: ${NO_AUTH}\` beside it`,
    },
  ]
}

/** The header that an `auth` sets, in lower case; undefined for none. */
function headerOf(auth: RawMap): string | undefined {
  if (isMap(auth.apiKey)) return typeof auth.apiKey.header === 'string' ? auth.apiKey.header.toLowerCase() : undefined
  return SCHEMES.some((scheme) => auth[scheme] !== undefined) ? 'authorization' : undefined
}
