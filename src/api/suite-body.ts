/**
 * Request bodies: a suite as text, its format told by the content type, or a form with the suite and the data files that
 * come with it. What they say is the node's to judge.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { unsupportedMediaType } from './error-body.ts'
import type { SuiteSource } from './node-port.ts'

const FORMATS: Readonly<Record<string, SuiteSource['format']>> = {
  'application/yaml': 'yaml',
  'application/x-yaml': 'yaml',
  'text/yaml': 'yaml',
  'text/x-yaml': 'yaml',
  'application/json': 'json',
}

/** A suite with data files: the part `suite`, and one for each file, called as the suite calls it. */
export const FORM_MEDIA_TYPE = 'multipart/form-data'

/** The content types a suite may come in. */
export const SUITE_MEDIA_TYPES = Object.freeze(Object.keys(FORMATS))

/** Makes the server read bodies as {@link SuiteSource}, or as undefined when there is none. */
export function readSuiteBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    if (body.length === 0) return undefined
    const format = formatOf(request.headers['content-type'])
    return { text: decode(body), format } satisfies SuiteSource
  })
  const bodyLimit = LIMITS.dataBytes + LIMITS.httpBodyBytes
  server.addContentTypeParser(
    FORM_MEDIA_TYPE,
    { parseAs: 'buffer', bodyLimit },
    (request: FastifyRequest, body: Buffer) => readForm(request.headers['content-type'] ?? '', body),
  )
}

async function readForm(contentType: string, body: Buffer): Promise<SuiteSource> {
  const headers = { 'content-type': contentType }
  const form = await new Response(new Uint8Array(body), { headers }).formData().catch((cause: unknown) => {
    throw new VajraError('BODY_INVALID', 'the request body is not a form', {
      hint: 'let the client make it: with curl, -F suite=@suite.yaml -F "users.csv=@users.csv"',
      cause,
    })
  })
  const files = new Map<string, Uint8Array>()
  let suite: SuiteSource | undefined
  for (const [name, part] of form) {
    if (name === 'suite' ? suite !== undefined : files.has(name)) {
      throw new VajraError('BODY_INVALID', `the form has two parts called ${JSON.stringify(name.slice(0, 100))}`, {
        hint: 'send each once',
      })
    }
    const bytes = typeof part === 'string' ? Buffer.from(part) : new Uint8Array(await part.arrayBuffer())
    if (name === 'suite') suite = { text: decode(bytes), format: formatOfPart(part) }
    else files.set(name, bytes)
    if (files.size > LIMITS.dataSources) {
      throw new VajraError('BODY_INVALID', `the form has more than ${LIMITS.dataSources} files`, { hint: 'send fewer' })
    }
  }
  if (suite === undefined) {
    throw new VajraError('BODY_INVALID', 'the form has no part called suite', {
      hint: 'with curl: -F suite=@suite.yaml -F "users.csv=@users.csv"',
    })
  }
  if (Buffer.byteLength(suite.text) > LIMITS.httpBodyBytes) {
    throw new VajraError('SUITE_TOO_LARGE', `the suite has more than ${LIMITS.httpBodyBytes} bytes`)
  }
  return { ...suite, files }
}

/** JSON where the part says so, by its type or its file's name; else YAML, of which JSON is a part. */
function formatOfPart(part: string | { readonly type: string; readonly name: string }): SuiteSource['format'] {
  if (typeof part === 'string') return 'yaml'
  return FORMATS[part.type] === 'json' || part.name.toLowerCase().endsWith('.json') ? 'json' : 'yaml'
}

/** @throws VajraError BODY_INVALID when the request had no body */
export function suiteOf(request: FastifyRequest): SuiteSource {
  const source = request.body as SuiteSource | undefined
  if (source === undefined) {
    throw new VajraError('BODY_INVALID', 'the request has no body; a suite was expected', {
      hint: 'send the suite as the body; with curl: --data-binary @suite.yaml -H "content-type: application/yaml"',
    })
  }
  return source
}

/** A JSON object as the body, whose keys are some of `keys`. @throws VajraError BODY_INVALID */
export function objectOf(request: FastifyRequest, keys: readonly string[]): Readonly<Record<string, unknown>> {
  const hint = `send a JSON object with some of: ${keys.join(', ')}`
  const source = request.body as SuiteSource | undefined
  if (source === undefined) throw new VajraError('BODY_INVALID', 'the request has no body', { hint })
  let body: unknown
  try {
    body = JSON.parse(source.text)
  } catch (cause) {
    throw new VajraError('BODY_INVALID', 'the request body is not JSON', { hint, cause })
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new VajraError('BODY_INVALID', 'the request body is no JSON object', { hint })
  }
  const unknown = Object.keys(body).find((key) => !keys.includes(key))
  if (unknown === undefined) return body as Readonly<Record<string, unknown>>
  throw new VajraError('BODY_INVALID', `the request body has an unknown key ${JSON.stringify(unknown.slice(0, 64))}`, {
    hint,
  })
}

function formatOf(contentType: string | undefined): SuiteSource['format'] {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const format = FORMATS[type.trim()]
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='))
  const isUtf8 = charset === undefined || /^charset="?(utf-8|utf8|us-ascii)"?$/.test(charset)
  if (format === undefined || !isUtf8) throw unsupportedMediaType(contentType)
  return format
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (cause) {
    throw new VajraError('BODY_INVALID', 'the request body is not valid UTF-8', {
      hint: 'save the suite as UTF-8',
      cause,
    })
  }
}
