/**
 * The `http` task as suites and `vajra tasks` know it: its parameters' schema and the rules the schema cannot say.
 */

import * as z from 'zod'
import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { RESERVED_HEADERS } from '../base/reserved-headers.ts'
import { authProblems } from './auth-rules.ts'
import { authSchema } from './auth-shape.ts'
import type { Auth } from './auth-spec.ts'
import { inputJsonSchema } from './input-schema.ts'
import { jsonTemplate } from './json-template.ts'
import { durationLeaf } from './leaves.ts'
import { isCredentialHeader, looksLikeReference, parseReference, REFERENCE_HINT } from './references.ts'
import { formatPath, oneOf, show, showKey } from './show.ts'
import { HTTP_DRIVERS, type HttpParameters, isIdempotent, type PhaseTimeouts } from './spec.ts'
import { isTemplate } from './template.ts'
import { resolveUrlTemplate } from './url-template.ts'
import { isAnswerCredential } from './value-rules.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

const DEFAULT_TIMEOUT_MS = 30_000

const url = z.string().meta({
  title: 'URL',
  description:
    'Absolute http or https URL, or one relative to `target`, resolved as a browser resolves links. No user name or password. Path and query may have templates, whose values are percent-encoded; `{{raw:name}}` puts one in as it is.',
  examples: ['/products', 'http://127.0.0.1:8080/products'],
})

function timeoutLeaf(title: string, description: string, standard?: string) {
  const range = { least: 1, most: LIMITS.timeoutMs }
  return durationLeaf({ title, description, ...range, ...(standard === undefined ? {} : { default: standard }) })
}

/** Times for the parts of a request. What is not given is bounded by the whole. */
const timeoutMapSchema = z
  .strictObject({
    connect: timeoutLeaf('Connect', 'Time to look up the name and connect.').optional(),
    tls: timeoutLeaf('TLS', 'Time for the TLS handshake.').optional(),
    firstByte: timeoutLeaf('First byte', 'Time from the send to the first byte of the answer.').optional(),
    total: timeoutLeaf('Total', 'Time from the send to the last byte of the answer.', '30s').optional(),
  })
  .meta({ title: 'Timeouts' })

/** The long form of the task's parameters. */
export const httpMapSchema = z
  .strictObject({
    method: z.enum(METHODS).optional().meta({ title: 'Method', description: 'HTTP method.', default: 'GET' }),
    url,
    headers: z
      .record(z.string(), z.string())
      .optional()
      .meta({
        title: 'Headers',
        description:
          'Request headers. Headers that carry credentials (authorization, cookie, x-api-key, …) take a reference only: `env:NAME`, `file:/path`, …, resolved on the node that fires; or a value that an earlier step extracts: `Bearer {{token}}`.',
        examples: [{ accept: 'application/json', authorization: 'env:SHOP_AUTHORIZATION' }],
      }),
    auth: authSchema('this request'),
    json: z
      .unknown()
      .optional()
      .meta({
        title: 'JSON body',
        description:
          'Body, sent as JSON with the content type application/json. Texts may have templates, whose values are escaped; a text that is `{{json:name}}` alone becomes the value itself, a number for one.',
        examples: [{ product: 17, quantity: 1 }],
      }),
    body: z.string().optional().meta({
      title: 'Body',
      description:
        'Body as text. Set its content type in `headers`. Values of templates are put in as they are, or percent-encoded as `{{url:name}}`.',
    }),
    timeout: z
      .union([
        timeoutLeaf('Timeout', 'Time a request may take, from the send to the last byte of the answer.', '30s'),
        timeoutMapSchema,
      ])
      .optional()
      .meta({
        title: 'Timeout',
        description: 'Time for the whole request, or a map with times for its parts.',
        examples: ['5s', { connect: '1s', firstByte: '2s', total: '10s' }],
      }),
    driver: z.enum(HTTP_DRIVERS).optional().meta({
      title: 'Driver',
      description:
        '`wire` costs the generator least and reads answers strictly; `undici` is a general HTTP client. Without it, `wire` wherever it can do what is asked, which is everything a suite can ask for today.',
      default: 'wire',
    }),
    pipelining: z.int().min(1).max(LIMITS.pipelining).optional().meta({
      title: 'Pipelining',
      description:
        'Requests in flight on one connection, which is filled before the next is taken. Driver `wire`, and methods other than POST and PATCH, only. What ends a connection fails all requests on it.',
      default: 1,
    }),
    warmConnections: z
      .int()
      .min(0)
      .max(LIMITS.warmConnections)
      .optional()
      .meta({
        title: 'Warm connections',
        description:
          'Connections that the whole mesh opens before the start, without a request; of scenarios that begin with the run. Without it, one for each user, or enough for the arrivals of 50 ms at the rate at which the load begins; 0 for none. Driver `wire` only.',
        examples: [200],
      }),
  })
  .meta({ title: 'HTTP request' })

/** Parameters as a suite gives them: a URL, or a map. */
export const httpSchema = z.union([url, httpMapSchema]).meta({
  title: 'HTTP request',
  description: 'Sends one HTTP request per arrival. A URL alone is short for a GET of it.',
})

let parameters: Readonly<Record<string, unknown>> | undefined

/** The `http` task for `vajra tasks` and `GET /v1/tasks`. */
export const httpTaskDescriptor = Object.freeze({
  name: 'http',
  title: 'HTTP request',
  description: 'Sends one HTTP request per iteration and reads the whole answer.',
  category: 'network',
  /** Made when somebody asks: it would take some milliseconds of every node's start. */
  get parameters(): Readonly<Record<string, unknown>> {
    parameters ??= Object.freeze(inputJsonSchema(httpMapSchema))
    return parameters
  },
})

/**
 * What the schema cannot say: URLs against the target, credentials, methods and bodies. Takes raw input and skips
 * what the schema has already refused.
 *
 * @param target the suite's target; undefined when there is none; null when there is one with an error of its own
 */
export function httpProblems(raw: unknown, target: string | undefined | null, path: readonly PropertyKey[]): Problem[] {
  if (typeof raw === 'string') return urlProblems(raw, target, path)
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return []
  const { method = 'GET', url, headers, auth, json, body } = raw as Record<string, unknown>
  const problems = typeof url === 'string' ? urlProblems(url, target, [...path, 'url']) : []
  if (typeof headers === 'object' && headers !== null && !Array.isArray(headers)) {
    problems.push(...headerProblems(headers as Record<string, unknown>, [...path, 'headers']))
  }
  problems.push(...authProblems(auth, [...path, 'auth']))
  if (json !== undefined && body !== undefined) {
    const hint = 'keep `json` for a JSON body, or `body` for text'
    problems.push({ path: formatPath(path), message: '`json` and `body` are both given', hint })
  }
  const bodyKey = json !== undefined ? 'json' : body !== undefined ? 'body' : undefined
  if (bodyKey !== undefined && (method === 'GET' || method === 'HEAD')) {
    const message = `a ${method} request has no body, but \`${bodyKey}\` is given`
    problems.push({ path: formatPath([...path, bodyKey]), message, hint: 'set `method: POST`, or remove the body' })
  }
  problems.push(...driverProblems(raw as Record<string, unknown>, path))
  return problems
}

/** What a driver cannot do, or not with every request. */
function driverProblems(raw: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]): Problem[] {
  const { method = 'GET', timeout, driver, pipelining = 1, warmConnections } = raw
  const problems: Problem[] = []
  const add = (key: string, message: string, hint: string) =>
    problems.push({ path: formatPath([...path, key]), message, hint })
  if (driver === 'undici') {
    if (typeof timeout === 'object') {
      const hint = 'remove `driver: undici`, or give one time for the whole, for example `timeout: 5s`'
      add('timeout', 'the driver undici has no times for the parts of a request', hint)
    }
    const hint = 'remove it, or `driver: undici`'
    if (pipelining !== 1) add('pipelining', 'the driver undici sends one request at a time on a connection', hint)
    if (warmConnections !== undefined) add('warmConnections', 'the driver undici opens no connections ahead', hint)
  } else if (pipelining !== 1 && !isIdempotent(String(method))) {
    const message = `${method} requests may not be pipelined`
    add(
      'pipelining',
      message,
      'remove it: only requests that do no harm when sent twice may follow each other unanswered',
    )
  }
  return problems
}

function urlProblems(text: string, target: string | undefined | null, path: readonly PropertyKey[]): Problem[] {
  // With a broken target, a relative URL is checked against a stand-in, so that only its own errors are told.
  const resolved = resolveUrlTemplate(text, target === null ? 'http://target.invalid' : target)
  return resolved.ok ? [] : [{ path: formatPath(path), message: resolved.message, hint: resolved.hint }]
}

function headerProblems(headers: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]): Problem[] {
  const names = Object.keys(headers)
  const problems: Problem[] = []
  if (names.length > LIMITS.headers) {
    const message = `${names.length} headers; at most ${LIMITS.headers} are allowed`
    problems.push({ path: formatPath(path), message, hint: 'remove some' })
  }
  const seen = new Set<string>()
  for (const name of names.slice(0, LIMITS.headers)) {
    const problem = nameProblem(name, seen) ?? valueProblem(name, headers[name])
    seen.add(name.toLowerCase())
    if (problem !== undefined) problems.push({ path: formatPath([...path, name]), ...problem })
  }
  return problems
}

function nameProblem(name: string, seen: ReadonlySet<string>): Omit<Problem, 'path'> | undefined {
  // `__proto__` is made of the right characters, but is lost wherever maps are copied.
  if (name === '__proto__' || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return { message: `${show(name)} is not a header name`, hint: 'use letters, digits and dashes' }
  }
  if (RESERVED_HEADERS.includes(name.toLowerCase())) {
    const hint = `remove it: ${oneOf(RESERVED_HEADERS)} cannot be set`
    return { message: 'the connection sets this header itself', hint }
  }
  if (!seen.has(name.toLowerCase())) return undefined
  return { message: `${showKey(name)} is given twice, in different letter case`, hint: 'remove one' }
}

const ANSWER_HINT =
  'a credential is a reference (`Bearer env:NAME`), or a value that an earlier step extracts (`Bearer {{token}}`), and nothing else'

function valueProblem(name: string, value: unknown): Omit<Problem, 'path'> | undefined {
  if (typeof value !== 'string') return undefined
  if (isCredentialHeader(name)) {
    if (parseReference(value) !== undefined || isAnswerCredential(name, value)) return undefined
    const what = looksLikeReference(value)
      ? 'the reference to a credential is malformed'
      : 'a literal credential is not allowed'
    return { message: what, hint: isTemplate(value) ? ANSWER_HINT : REFERENCE_HINT }
  }
  if (parseReference(value) !== undefined) {
    const hint = 'only headers that carry credentials, such as authorization, cookie or x-api-key, take references'
    return { message: `${show(value)} would be sent as it stands, not resolved`, hint }
  }
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return undefined
  return { message: `${show(value)} has characters that a header cannot carry`, hint: 'use Latin-1 characters' }
}

/**
 * Parameters ready to fire. Only for input that the schema and {@link httpProblems} have passed.
 *
 * @param auth what holds for the request
 */
export function buildHttpParameters(
  input: z.output<typeof httpSchema>,
  target: string | undefined,
  auth: Auth | undefined,
): HttpParameters {
  const {
    method = 'GET',
    url,
    headers = {},
    json,
    body,
    timeout = DEFAULT_TIMEOUT_MS,
    driver = 'wire',
    pipelining = 1,
    warmConnections,
  } = typeof input === 'string' ? { url: input } : input
  const total = typeof timeout === 'number' ? timeout : (timeout.total ?? DEFAULT_TIMEOUT_MS)
  const resolved = resolveUrlTemplate(url, target)
  if (!resolved.ok) throw new Error(resolved.message)
  const sent: Record<string, string> = {}
  if (json !== undefined) sent['content-type'] = 'application/json'
  for (const [name, value] of Object.entries(headers)) sent[name.toLowerCase()] = value
  return {
    method,
    url: resolved.value,
    headers: sent,
    ...(auth === undefined ? {} : { auth }),
    ...buildBody(json, body),
    timeoutMs: total,
    phases: typeof timeout === 'number' ? undefined : buildPhases(timeout, total),
    driver,
    pipelining,
    warmConnections,
  }
}

function buildBody(json: unknown, body: string | undefined): Pick<HttpParameters, 'body' | 'bodyFormat'> {
  if (json === undefined) return { body }
  const template = jsonTemplate(json)
  return isTemplate(template) ? { body: template, bodyFormat: 'json' } : { body: template }
}

function buildPhases({ connect, tls, firstByte }: z.output<typeof timeoutMapSchema>, total: number): PhaseTimeouts {
  return { connectMs: connect ?? total, tlsMs: tls ?? total, firstByteMs: firstByte ?? total }
}
