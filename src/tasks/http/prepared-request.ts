/**
 * An HTTP request as it is sent again and again: everything that does not change is worked out once, before the
 * start. URL, headers and body are templates; where all their values are known then, so is the whole message.
 */

import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { VajraError } from '../../base/errors.ts'
import { RESERVED_HEADERS } from '../../base/reserved-headers.ts'
import { Unfilled, type Values } from '../../journey/text.ts'
import type { Auth } from '../../suite/auth-spec.ts'
import { type BodyFormat, type HttpDriverName, isIdempotent, type PhaseTimeouts } from '../../suite/spec.ts'
import { templateParts } from '../../suite/template.ts'
import { ByteTemplate, type Encoding, HEADER, isHeaderValue, JSON_TEXT, TARGET, TEXT } from './byte-template.ts'
import { type RequestParts, RequestTemplate } from './request-template.ts'

/** Parameters of the task after validation; the shape of `HttpParameters` in `suite/spec.ts`. */
export interface HttpRequestParameters {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly auth?: Auth
  readonly body: string | undefined
  readonly bodyFormat?: BodyFormat
  readonly timeoutMs: number
  /** Bounded by the whole unless given; for the wire driver only. */
  readonly phases?: PhaseTimeouts | undefined
  /** What sends it; `wire` unless given. */
  readonly driver?: HttpDriverName
  /** Requests in flight on a connection; 1 unless given. For the wire driver only, and for idempotent methods. */
  readonly pipelining?: number
  /** Connections of the whole mesh that are opened before the start; as many as the load needs unless given. */
  readonly warmConnections?: number | undefined
}

/** Credentials as they are sent. */
export interface RequestCredentials {
  /** Values of headers that are credentials. */
  readonly headers?: Readonly<Record<string, string>>
  /** Name and value of a query parameter. */
  readonly query?: readonly [name: string, value: string]
  /** What TLS connections are made with, where the client shows a certificate. */
  readonly secureContext?: SecureContext
}

export interface PreparedRequest {
  /** Scheme, host and port. */
  readonly origin: string
  readonly timeoutMs: number
  readonly phases: PhaseTimeouts
  /** Most requests in flight on a connection. */
  readonly pipelining: number
  /** Connections of the whole mesh that are opened before the start; undefined for as many as the load needs. */
  readonly warmConnections: number | undefined
  /** What it is made of. Other parts once a credential was renewed, and with them all that is made of them. */
  parts: RequestParts
  template: RequestTemplate
  /** The request as HTTP/1.1 has it on the wire, where its template is constant. */
  message: Buffer
  /** Name that TLS asks the server to prove; empty where that is the address itself. */
  readonly serverName: string
  /** With a client's certificate; the usual one unless given. */
  readonly secureContext?: SecureContext
  /** What undici takes. */
  options: {
    readonly method: string
    readonly path: string
    /** Names and values in turn. */
    readonly headers: string[]
    readonly body: Buffer | null
    readonly headersTimeout: 0
    readonly bodyTimeout: 0
    /** Keeps the connection also where the client by itself would not: after HEAD, and after GET with a body. */
    readonly reset: false
  }
}

const { version } = createRequire(import.meta.url)('vajra-mesh/package.json') as { version: string }

/** Sent unless the suite sets another. */
export const USER_AGENT = `vajra-mesh/${version}`

/** Values that are not there. */
export const NO_VALUES: Values = { get: () => undefined }

/**
 * Puts the values that never change in the place of their templates, and the credentials where they belong.
 *
 * @param fixed the same in the whole run
 * @throws VajraError `TASK_SETUP_FAILED` when the request cannot be sent
 */
export function prepareRequest(
  parameters: HttpRequestParameters,
  fixed: Values = NO_VALUES,
  credentials: RequestCredentials = {},
): PreparedRequest {
  const { method, timeoutMs, bodyFormat } = parameters
  const [, origin = '', target = ''] = /^(https?:\/\/[^/?#]+)([^#]*)/i.exec(parameters.url) ?? []
  const url = new URL(origin)
  const fromRoot = target.startsWith('/') ? target : `/${target}`
  const path = withQuery(compile('url', fromRoot, TARGET, fixed), target, credentials.query)
  const headers = prepareHeaders(parameters.headers, fixed, credentials.headers)
  const body = compileBody(parameters.body, bodyFormat === 'json' ? JSON_TEXT : TEXT, fixed)
  const host = hostOf(headers) ?? url.host
  return finish({
    origin: url.origin,
    timeoutMs,
    phases: parameters.phases ?? { connectMs: timeoutMs, tlsMs: timeoutMs, firstByteMs: timeoutMs },
    pipelining: isIdempotent(method) ? (parameters.pipelining ?? 1) : 1,
    warmConnections: parameters.warmConnections,
    serverName: serverNameOf(host),
    ...(credentials.secureContext === undefined ? {} : { secureContext: credentials.secureContext }),
    parts: { method, origin: url.origin, host, path, headers, body },
  })
}

function finish(request: Omit<PreparedRequest, 'template' | 'message' | 'options'>): PreparedRequest {
  return { ...request, ...messageOf(request.parts) }
}

/** What both drivers send, where it is always the same; what a client can look at before the start, where it is not. */
function messageOf(parts: RequestParts): Pick<PreparedRequest, 'template' | 'message' | 'options'> {
  const template = new RequestTemplate(withoutHost(parts))
  const values = template.isConstant ? NO_VALUES : STAND_INS
  const filled = template.fillMessage(values, null)
  const sent = template.fillParts(values, null)
  if (filled instanceof Unfilled || sent instanceof Unfilled) throw new Error('a stand-in cannot stand in a request')
  const { path, headers, body } = sent
  return {
    template,
    message: Buffer.from(filled.message, 'latin1'),
    options: optionsOf(parts, path, headers, body),
  }
}

/** Zeros can stand everywhere, as numbers of JSON too. */
const STAND_INS: Values = { get: () => '0' }

function withoutHost(parts: RequestParts): RequestParts {
  return { ...parts, headers: parts.headers.filter(([name]) => !isHost(name)) }
}

/** What undici takes. */
export function optionsOf(
  { method, host, origin }: RequestParts,
  path: string,
  headers: readonly string[],
  body: Buffer | null,
): PreparedRequest['options'] {
  // The client makes one of the origin itself.
  const given = host === new URL(origin).host ? [] : ['host', host]
  return { method, path, headers: [...headers, ...given], body, headersTimeout: 0, bodyTimeout: 0, reset: false }
}

/**
 * Changes a header of a request that goes on being sent: the message is written anew, once, and requests in flight stay
 * as they are.
 *
 * @throws VajraError `TASK_SETUP_FAILED` when headers cannot carry the value; the request is unchanged then
 */
export function replaceHeader(request: PreparedRequest, name: string, value: string): void {
  checkValue(name, value)
  const { parts } = request
  const field = [name, ByteTemplate.of(value)] as const
  const at = parts.headers.findIndex(([given]) => given === name)
  const headers = at < 0 ? [...parts.headers, field] : parts.headers.with(at, field)
  request.parts = { ...parts, headers }
  Object.assign(request, messageOf(request.parts))
}

/** Leaves nothing of a request that is not sent any more: it may hold credentials. */
export function forget(request: PreparedRequest): void {
  request.message.fill(0)
  request.parts = { ...request.parts, path: ByteTemplate.of('/'), headers: [], body: null }
  request.template = new RequestTemplate(request.parts)
  request.options = optionsOf(request.parts, '/', [], null)
}

function compile(what: string, text: string, encoding: Encoding, fixed: Values): ByteTemplate {
  const template = ByteTemplate.compile(templateParts(text), encoding, fixed)
  if (template instanceof ByteTemplate) return template
  throw new VajraError('TASK_SETUP_FAILED', `${what}: ${template.kind}: the value cannot stand here`, {
    hint: 'look for line breaks and characters beyond Latin-1 in the variable, or in what the environment of the node has',
  })
}

function compileBody(body: string | undefined, encoding: Encoding, fixed: Values): ByteTemplate | null {
  return body === undefined ? null : compile('body', body, encoding, fixed)
}

/** Behind what the URL has: its own parameters stay as they are written. */
function withQuery(path: ByteTemplate, written: string, parameter: RequestCredentials['query']): ByteTemplate {
  if (parameter === undefined) return path
  const [name, value] = parameter.map((text) => encodeURIComponent(text.toWellFormed()))
  const between = written.endsWith('?') ? '' : written.includes('?') ? '&' : '?'
  return ByteTemplate.concat([path, ByteTemplate.of(`${between}${name}=${value}`)])
}

/** @param secret headers whose values are credentials, in place of those given under the same name */
function prepareHeaders(
  given: Readonly<Record<string, string>>,
  fixed: Values,
  secret: Readonly<Record<string, string>> = {},
): (readonly [string, ByteTemplate])[] {
  const headers: (readonly [string, ByteTemplate])[] = []
  let hasUserAgent = false
  for (const [name, value] of Object.entries({ ...given, ...secret })) {
    checkName(name)
    if (name.toLowerCase() === 'user-agent') hasUserAgent = true
    checkValue(name, value)
    const isLiteral = Object.hasOwn(secret, name)
    headers.push([name, isLiteral ? ByteTemplate.of(value) : compile(`header ${name}`, value, HEADER, fixed)])
  }
  if (!hasUserAgent) headers.push(['user-agent', ByteTemplate.of(USER_AGENT)])
  return headers
}

function checkName(name: string): void {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && !RESERVED_HEADERS.includes(name.toLowerCase())) return
  throw new VajraError('TASK_SETUP_FAILED', `header ${JSON.stringify(name)} cannot be sent`, {
    hint: 'a name is made of letters, digits and dashes, and must not be one that the connection sets itself',
  })
}

function checkValue(name: string, value: string): void {
  if (isHeaderValue(value)) return
  throw new VajraError('TASK_SETUP_FAILED', `header ${name}: its value has characters that headers cannot carry`, {
    hint: 'header values are printable text on one line; check the value or what its reference resolves to',
  })
}

function hostOf(headers: RequestParts['headers']): string | undefined {
  return headers.find(([name]) => isHost(name))?.[1].constant ?? undefined
}

function isHost(name: string): boolean {
  return name.toLowerCase() === 'host'
}

/** Servers prove names; an address in its place is not sent to them. */
function serverNameOf(host: string): string {
  const name = URL.parse(`https://${host}`)?.hostname ?? ''
  return isIP(name.replace(/^\[|\]$/g, '')) === 0 ? name : ''
}
