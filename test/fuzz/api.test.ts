/**
 * The API against requests of every wrong shape: bad input is answered with a status of 4xx and the documented body, and
 * the next caller is served as ever.
 */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { buildServer, type RunningApi, startApi } from '../../src/api/server.ts'
import { ERROR_KINDS, type ErrorCode } from '../../src/base/errors.ts'
import { LIMITS } from '../../src/base/limits.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import { suiteDocuments } from '../property/suite-arbitrary.ts'
import { FakeNode } from '../unit/api/fake-node.ts'
import { damaged, patience, snippets, tries } from './runs.ts'

const RUN = 'r00000000-aaaaaaaaaa'

/** A node whose suites are read by the real parser. */
class ReadingNode extends FakeNode {
  override validate(source: Parameters<FakeNode['validate']>[0]): ReturnType<FakeNode['validate']> {
    const parsed = parseSuite(source)
    return parsed.ok
      ? super.validate({ ...source, text: '' })
      : { valid: false, errors: parsed.problems, summary: null }
  }
}

interface Answer {
  readonly statusCode: number
  readonly body: string
}

/** Bad input is the caller's mistake, and is answered in the one documented shape. */
function assertAnswer({ statusCode, body }: Answer): void {
  assert.ok(statusCode < 500, `${statusCode} for bad input: ${body.slice(0, 300)}`)
  if (statusCode < 400) return
  const error = JSON.parse(body) as { code: ErrorCode; message: string; errors: { path: string; message: string }[] }
  assert.equal(ERROR_KINDS[error.code]?.httpStatus, statusCode, body)
  assert.ok(error.message !== '' && error.message.length < 2000, `a message of ${error.message.length} characters`)
  assert.ok(error.errors.length > 0 && error.errors.length <= LIMITS.problems + 1)
  for (const problem of error.errors) assert.equal(typeof problem.path + typeof problem.message, 'stringstring')
}

const mediaType = fc.oneof(
  fc.constantFrom(
    ...[
      'application/yaml',
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
    ],
    ...[
      'application/yaml;;;',
      ';',
      '',
      'application/json, application/json',
      '*/*',
      'application/x-www-form-urlencoded',
    ],
  ),
  fc.string({ maxLength: 40, unit: 'grapheme-ascii' }),
)

const body = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
  damaged(suiteDocuments.map((document) => new TextEncoder().encode(JSON.stringify(document)))).map((bytes) =>
    Buffer.from(bytes),
  ),
  fc.json().map((text) => Buffer.from(text)),
  fc.json().map((text) => Buffer.from(text, 'utf16le')),
  fc.array(snippets, { maxLength: 20 }).map((parts) => Buffer.from(parts.join(''))),
  fc
    .constantFrom(LIMITS.suiteBytes, LIMITS.suiteBytes + 1, LIMITS.httpBodyBytes, LIMITS.httpBodyBytes + 1)
    .map((size) => Buffer.alloc(size, 'a')),
)

const segment = fc.oneof(
  fc.constantFrom('v1', 'runs', 'nodes', 'validate', RUN, 'report', 'events', 'stop', 'scale', 'healthz', 'metrics'),
  fc.constantFrom(
    '..',
    '%2e%2e',
    '%00',
    '%',
    '%zz',
    '%c0%af',
    '',
    '__proto__',
    'constructor',
    '*',
    ':runId',
    '?',
    '#',
    ';',
    "r00000000-aaaaaaaaa'",
  ),
  fc
    .string({ maxLength: 20 })
    .map(encodeURIComponent.bind(null))
    .filter((text) => text !== ''),
  fc.integer({ min: 100, max: 9000 }).map((length) => 'x'.repeat(length)),
)

describe('fuzz: the API', function () {
  this.timeout(patience(30))
  let node: ReadingNode
  let server: FastifyInstance
  let api: RunningApi

  before(async () => {
    node = new ReadingNode()
    node.addRun(RUN)
    server = buildServer({ node, host: '127.0.0.1' }).server
    api = await startApi({ node, host: '127.0.0.1', port: 0, portIsDefault: false })
  })
  after(async () => {
    await server.close()
    await api.close()
  })

  async function goesOn(): Promise<void> {
    const response = await fetch(`${api.url}/v1/runs/${RUN}`, { signal: AbortSignal.timeout(5000) })
    assert.equal(((await response.json()) as { runId: string }).runId, RUN)
  }

  it('bodies and content types of every kind', async () => {
    const url = fc.constantFrom('/v1/runs', '/v1/validate')
    await fc.assert(
      fc.asyncProperty(url, mediaType, body, async (path, type, payload) => {
        const before = node.submitted.length
        const answer = await server.inject({ method: 'POST', url: path, headers: { 'content-type': type }, payload })
        assertAnswer(answer)
        const accepted = node.submitted.length - before
        assert.equal(accepted, answer.statusCode === 202 ? 1 : 0, 'what is refused is not started')
      }),
      tries(400),
    )
    await goesOn()
  })

  it('paths, ids and methods of every kind', async () => {
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD')
    await fc.assert(
      fc.asyncProperty(method, fc.array(segment, { maxLength: 5 }), async (verb, segments) => {
        const url = `/${segments.join('/')}`
        // An event stream does not end by itself.
        fc.pre(!/events$/.test(url.split(/[?#]/)[0] ?? ''))
        const answer = await server.inject({ method: verb, url } as never)
        if (verb !== 'HEAD') assertAnswer(answer)
        else assert.ok(answer.statusCode < 500)
      }),
      tries(600),
    )
    await goesOn()
  })

  it('headers and tokens of every kind', async () => {
    const guarded = buildServer({ node, host: '0.0.0.0', token: 'sesame' }).server
    const value = fc.oneof(
      fc.constantFrom('Bearer sesame ', 'Bearer', 'Basic c2VzYW1l', 'Bearer sesam', 'bearer  sesame', 'null'),
      fc.string({ maxLength: 50 }),
    )
    const name = fc.constantFrom(
      'authorization',
      'origin',
      'host',
      'accept',
      'expect',
      'x-forwarded-for',
      'accept-encoding',
    )
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 4 }), async (headers) => {
        const answer = await guarded.inject({ method: 'GET', url: '/v1/nodes', headers })
        assertAnswer(answer)
        const isBearer = /^bearer +sesame$/i.test(headers.authorization ?? '')
        assert.equal(answer.statusCode, isBearer ? 200 : 401, JSON.stringify(headers))
      }),
      tries(300),
    )
    await guarded.close()
  })

  it('bytes that are nearly HTTP, or stop in the middle', async () => {
    const line = fc.constantFrom(
      ...[
        'GET / HTTP/1.1\r\n',
        'POST /v1/runs HTTP/1.1\r\n',
        'GET /v1/nodes HTTP/9.9\r\n',
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      ],
      ...['host: 127.0.0.1\r\n', 'content-length: 10\r\n', 'content-length: -1\r\n', 'content-length: 99999999999\r\n'],
      ...[
        'transfer-encoding: chunked\r\n',
        'fffffffff\r\n',
        '5\r\nabc',
        'content-type: application/json\r\n',
        'expect: 100-continue\r\n',
      ],
      ...[
        '\r\n',
        '\n',
        '\u0000',
        `x: ${'y'.repeat(20_000)}\r\n`,
        '{"name":',
        'upgrade: websocket\r\nconnection: upgrade\r\n',
      ],
    )
    const { port } = new URL(api.url)
    const talk = (text: string): Promise<string> =>
      new Promise((resolve) => {
        let heard = ''
        const socket = connect(Number(port), '127.0.0.1', () => socket.end(text))
        const over = () => {
          socket.destroy()
          resolve(heard)
        }
        socket.on('data', (chunk) => {
          heard += chunk.toString('latin1')
        })
        socket.on('error', over).on('close', over).setTimeout(2000, over)
      })
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 8 }), async (lines) => {
        const heard = await talk(lines.join(''))
        const status = /^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1]
        assert.ok(status === undefined || Number(status) < 500, heard.slice(0, 200))
      }),
      tries(100),
    )
    await goesOn()
  })

  it('many requests that never end: others are served meanwhile', async () => {
    const { port } = new URL(api.url)
    const slow = Array.from({ length: 200 }, () => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      socket.write(
        'POST /v1/runs HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
      )
      return socket
    })
    for (let i = 0; i < 5; i++) await goesOn()
    for (const socket of slow) socket.destroy()
    await goesOn()
  })
})
