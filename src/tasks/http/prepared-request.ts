/**
 * An HTTP request as it is sent again and again: everything that does not change is worked out once, before the
 * start.
 */

import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import type { SecureContext } from 'node:tls'
import { VajraError } from '../../base/errors.ts'
import { RESERVED_HEADERS } from '../../base/reserved-headers.ts'
import type { Auth } from '../../suite/auth-spec.ts'
import { type HttpDriverName, isIdempotent, type PhaseTimeouts } from '../../suite/spec.ts'

/** Parameters of the task after validation; the shape of `HttpParameters` in `suite/spec.ts`. */
export interface HttpRequestParameters {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly auth?: Auth
  readonly body: string | undefined
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
  /** The request as HTTP/1.1 has it on the wire. Another one once a credential was renewed. */
  message: Buffer
  /** Name that TLS asks the server to prove; empty where that is the address itself. */
  readonly serverName: string
  /** With a client's certificate; the usual one unless given. */
  readonly secureContext?: SecureContext
  /** What undici takes. */
  readonly options: {
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

/**
 * Puts the node's name for `{{node}}` in the URL and in header values, and the credentials where they belong.
 *
 * @throws VajraError `TASK_SETUP_FAILED` when the request cannot be sent
 */
export function prepareRequest(
  parameters: HttpRequestParameters,
  node: string,
  credentials: RequestCredentials = {},
): PreparedRequest {
  const url = new URL(parameters.url.replaceAll(/\{\{node\}\}|%7B%7Bnode%7D%7D/gi, encodeURIComponent(node)))
  const headers = prepareHeaders(parameters.headers, node, credentials.headers)
  const body = parameters.body === undefined ? null : Buffer.from(parameters.body)
  const path = url.pathname + withQuery(url.search, credentials.query)
  const { method, timeoutMs } = parameters
  return {
    origin: url.origin,
    timeoutMs,
    phases: parameters.phases ?? { connectMs: timeoutMs, tlsMs: timeoutMs, firstByteMs: timeoutMs },
    pipelining: isIdempotent(method) ? (parameters.pipelining ?? 1) : 1,
    warmConnections: parameters.warmConnections,
    message: serialise(method, path, hostOf(headers) ?? url.host, headers, body),
    serverName: serverNameOf(hostOf(headers) ?? url.host),
    ...(credentials.secureContext === undefined ? {} : { secureContext: credentials.secureContext }),
    options: { method, path, headers, body, headersTimeout: 0, bodyTimeout: 0, reset: false },
  }
}

/**
 * Changes a header of a request that goes on being sent: the message is written anew, once, and requests in flight stay
 * as they are.
 *
 * @throws VajraError `TASK_SETUP_FAILED` when headers cannot carry the value; the request is unchanged then
 */
export function replaceHeader(request: PreparedRequest, name: string, value: string): void {
  checkValue(name, value)
  const { method, path, headers, body } = request.options
  const at = headers.findIndex((text, index) => index % 2 === 0 && text === name)
  if (at < 0) headers.push(name, value)
  else headers[at + 1] = value
  request.message = serialise(method, path, hostOf(headers) ?? new URL(request.origin).host, headers, body)
}

/** Behind what the URL has: its own parameters stay as they are written. */
function withQuery(search: string, parameter: RequestCredentials['query']): string {
  if (parameter === undefined) return search
  const [name, value] = parameter.map((text) => encodeURIComponent(text.toWellFormed()))
  return `${search.length > 1 ? `${search}&` : '?'}${name}=${value}`
}

/** @param secret headers whose values are credentials, in place of those given under the same name */
function prepareHeaders(
  given: Readonly<Record<string, string>>,
  node: string,
  secret: Readonly<Record<string, string>> = {},
): string[] {
  const headers: string[] = []
  let hasUserAgent = false
  for (const [name, value] of Object.entries({ ...given, ...secret })) {
    checkName(name)
    if (name.toLowerCase() === 'user-agent') hasUserAgent = true
    const sent = Object.hasOwn(secret, name) ? value : value.replaceAll('{{node}}', node)
    checkValue(name, sent)
    headers.push(name, sent)
  }
  if (!hasUserAgent) headers.push('user-agent', USER_AGENT)
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

/** RFC 9110, section 5.5: tab, printable ASCII, and the upper half of Latin-1. */
function isHeaderValue(value: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)
}

const METHODS_WITH_BODY = new Set(['PUT', 'POST', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH'])

/** The HTTP/1.1 message. Both drivers send the same. */
function serialise(
  method: string,
  path: string,
  host: string,
  headers: readonly string[],
  body: Buffer | null,
): Buffer {
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: keep-alive\r\n`
  for (let i = 0; i < headers.length; i += 2) {
    if (!isHost(headers[i]!)) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  }
  if (body !== null && body.length > 0) head += `content-length: ${body.length}\r\n`
  else if (METHODS_WITH_BODY.has(method)) head += 'content-length: 0\r\n'
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body ?? Buffer.alloc(0)])
}

function hostOf(headers: readonly string[]): string | undefined {
  const at = headers.findIndex((text, index) => index % 2 === 0 && isHost(text))
  return at < 0 ? undefined : headers[at + 1]
}

function isHost(name: string): boolean {
  return name.toLowerCase() === 'host'
}

/** Servers prove names; an address in its place is not sent to them. */
function serverNameOf(host: string): string {
  const name = URL.parse(`https://${host}`)?.hostname ?? ''
  return isIP(name.replace(/^\[|\]$/g, '')) === 0 ? name : ''
}
