/**
 * An HTTP request as it is sent again and again: everything that does not change is worked out once, before the
 * start.
 */

import { createRequire } from 'node:module'
import { VajraError } from '../../base/errors.ts'
import { type Environment, resolveReference } from '../credentials.ts'

/** Parameters of the task after validation; the shape of `HttpParameters` in `suite/spec.ts`. */
export interface HttpRequestParameters {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly timeoutMs: number
}

export interface PreparedRequest {
  /** Scheme, host and port. */
  readonly origin: string
  readonly timeoutMs: number
  /** Size of the request on the wire, in bytes. */
  readonly bytes: number
  /** What the HTTP client takes. */
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
 * Puts the node's name for `{{node}}` in the URL and in header values, and secrets for credential references in
 * header values.
 *
 * @throws VajraError `TASK_SETUP_FAILED` when a reference cannot be resolved or the request cannot be sent
 */
export function prepareRequest(
  parameters: HttpRequestParameters,
  node: string,
  environment: Environment,
): PreparedRequest {
  const url = new URL(parameters.url.replaceAll(/\{\{node\}\}|%7B%7Bnode%7D%7D/gi, encodeURIComponent(node)))
  const headers = prepareHeaders(parameters.headers, node, environment)
  const body = parameters.body === undefined ? null : Buffer.from(parameters.body)
  const path = url.pathname + url.search
  const { method, timeoutMs } = parameters
  const bytes = wireBytes(method, path, url.host, headers, body)
  return {
    origin: url.origin,
    timeoutMs,
    bytes,
    options: { method, path, headers, body, headersTimeout: 0, bodyTimeout: 0, reset: false },
  }
}

function prepareHeaders(given: Readonly<Record<string, string>>, node: string, environment: Environment): string[] {
  const headers: string[] = []
  let hasUserAgent = false
  for (const [name, value] of Object.entries(given)) {
    if (name.toLowerCase() === 'user-agent') hasUserAgent = true
    const resolved = resolveReference(value.replaceAll('{{node}}', node), environment)
    if (!isHeaderValue(resolved)) {
      throw new VajraError('TASK_SETUP_FAILED', `header ${name}: its value has characters that headers cannot carry`, {
        hint: 'header values are printable text on one line; check the value or what its reference resolves to',
      })
    }
    headers.push(name, resolved)
  }
  if (!hasUserAgent) headers.push('user-agent', USER_AGENT)
  return headers
}

/** RFC 9110, section 5.5: tab, printable ASCII, and the upper half of Latin-1. */
function isHeaderValue(value: string): boolean {
  return /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)
}

const METHODS_WITH_BODY = new Set(['PUT', 'POST', 'PATCH', 'QUERY', 'PROPFIND', 'PROPPATCH'])

/** Size of the HTTP/1.1 message as the client writes it. */
function wireBytes(
  method: string,
  path: string,
  host: string,
  headers: readonly string[],
  body: Buffer | null,
): number {
  let head = `${method} ${path} HTTP/1.1\r\n`
  if (!headers.some((text, index) => index % 2 === 0 && text.toLowerCase() === 'host')) head += `host: ${host}\r\n`
  head += 'connection: keep-alive\r\n'
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  if (body !== null && body.length > 0) head += `content-length: ${body.length}\r\n`
  else if (METHODS_WITH_BODY.has(method)) head += 'content-length: 0\r\n'
  return head.length + 2 + (body?.length ?? 0)
}
