import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { buildServer } from '../../../src/api/server.ts'
import { ERROR_KINDS, type ErrorCode, VajraError } from '../../../src/base/errors.ts'
import { LIMITS } from '../../../src/base/limits.ts'
import { fakeReport } from './fake-documents.ts'
import { FakeNode } from './fake-node.ts'

const RUN = 'r00000000-aaaaaaaaaa'
const UNKNOWN = 'r00000000-zzzzzzzzzz'

describe('API routes', () => {
  let node: FakeNode
  let server: FastifyInstance
  beforeEach(() => {
    node = new FakeNode()
    server = buildServer({ node, host: '127.0.0.1' }).server
  })
  afterEach(() => server.close())

  const get = (url: string) => server.inject({ method: 'GET', url })
  const post = (url: string, payload?: string | Buffer, contentType?: string) =>
    server.inject({
      method: 'POST',
      url,
      ...(payload !== undefined && { payload }),
      headers: contentType === undefined ? {} : { 'content-type': contentType },
    })

  function assertError(answer: { statusCode: number; body: string }, code: ErrorCode): void {
    const body = JSON.parse(answer.body)
    assert.equal(body.code, code, answer.body)
    assert.equal(answer.statusCode, ERROR_KINDS[code].httpStatus)
    assert.equal(typeof body.message, 'string')
    assert.ok(Array.isArray(body.errors) && body.errors.length > 0, 'the list of errors is never empty')
    for (const problem of body.errors) assert.equal(typeof problem.message, 'string')
  }

  for (const type of [
    'application/yaml',
    'text/yaml',
    'application/x-yaml',
    'application/json',
    'Application/YAML; charset=UTF-8',
    'application/json;charset="utf-8"',
  ]) {
    it(`takes a suite as ${type}`, async () => {
      const answer = await post('/v1/runs', 'name: shöp', type)
      assert.equal(answer.statusCode, 202)
      const { runId } = answer.json()
      assert.equal(answer.headers.location, `/v1/runs/${runId}`)
      assert.deepEqual(node.submitted, [
        { text: 'name: shöp', format: type.toLowerCase().includes('json') ? 'json' : 'yaml' },
      ])
      assert.equal((await get(`/v1/runs/${runId}`)).json().runId, runId)
    })
  }

  it('answers 400 with every problem of an invalid suite', async () => {
    const answer = await post('/v1/runs', 'INVALID', 'application/yaml')
    assertError(answer, 'SUITE_INVALID')
    assert.deepEqual(answer.json().errors, [
      { path: 'scenarios[0].load.rate', message: 'INVALID is not a rate', hint: 'write 500/s' },
    ])
  })

  it('refuses every body that is not a suite in a format it knows', async () => {
    for (const url of ['/v1/runs', '/v1/validate']) {
      assertError(await post(url), 'BODY_INVALID')
      assertError(await post(url, '', 'application/yaml'), 'BODY_INVALID')
      assertError(await post(url, Buffer.from([0x6e, 0xff, 0xfe]), 'application/yaml'), 'BODY_INVALID')
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'yaml',
        ';',
        'text/yaml; charset=utf-16',
      ]) {
        assertError(await post(url, 'name: x', type), 'UNSUPPORTED_MEDIA_TYPE')
      }
      assertError(await post(url, 'x'.repeat(LIMITS.httpBodyBytes + 1), 'application/yaml'), 'SUITE_TOO_LARGE')
    }
    assert.equal(node.submitted.length, 0)
  })

  it('answers what the node throws with its code, and a defect without its details', async () => {
    node.submitErrors.push(new VajraError('TOO_MANY_RUNS', 'too many'), new Error('secret detail'))
    const busy = await post('/v1/runs', 'x', 'text/yaml')
    assertError(busy, 'TOO_MANY_RUNS')
    assert.equal(busy.headers['retry-after'], '1')
    const defect = await post('/v1/runs', 'x', 'text/yaml')
    assertError(defect, 'INTERNAL')
    assert.ok(!defect.body.includes('secret detail'))
  })

  it('validates without running, with 200 for both verdicts', async () => {
    const doubtful = await post('/v1/validate?preflight=perhaps', '{}', 'application/json')
    assert.equal(doubtful.json().code, 'OPTION_INVALID')
    for (const [query, asked] of [
      ['', false],
      ['?preflight=false', false],
      ['?preflight=true', true],
    ] as const) {
      const document = (await post(`/v1/validate${query}`, '{}', 'application/json')).json()
      assert.equal(Object.hasOwn(document, 'preflight'), asked, query)
    }
    const invalid = (await post('/v1/validate?preflight=true', 'INVALID', 'application/yaml')).json()
    assert.deepEqual([invalid.valid, invalid.preflight], [false, null])
    const good = await post('/v1/validate', '{}', 'application/json')
    assert.equal(good.statusCode, 200)
    assert.deepEqual([good.json().valid, good.json().summary.name], [true, 'shop'])
    const bad = await post('/v1/validate', 'INVALID', 'application/yaml')
    assert.equal(bad.statusCode, 200)
    assert.deepEqual([bad.json().valid, bad.json().errors.length], [false, 1])
    assert.equal(node.runs().length, 0)
  })

  it('gives runs, one run and its report', async () => {
    node.addRun(RUN)
    assert.deepEqual((await get('/v1/runs')).json(), { runs: JSON.parse(JSON.stringify(node.runs())) })
    assert.equal((await get(`/v1/runs/${RUN}`)).json().status, 'running')
    const report = await get(`/v1/runs/${RUN}/report`)
    assert.deepEqual(report.json(), fakeReport(RUN, { status: 'running' }))
  })

  it('answers 404 for runs it does not know and ids that are none', async () => {
    for (const id of [UNKNOWN, 'nonsense', `${UNKNOWN}x`, '..%2f..%2fetc', 'R00000000-AAAAAAAAAA']) {
      for (const rest of ['', '/report', '/events']) assertError(await get(`/v1/runs/${id}${rest}`), 'RUN_UNKNOWN')
      assertError(await post(`/v1/runs/${id}/stop`), 'RUN_UNKNOWN')
    }
  })

  it('stops a run with 202, and says 200 when it had ended', async () => {
    node.addRun(RUN)
    const first = await post(`/v1/runs/${RUN}/stop`, '', 'application/x-www-form-urlencoded')
    assert.equal(first.statusCode, 202)
    assert.deepEqual(first.json(), { runId: RUN, status: 'stopping' })
    await new Promise((resolve) => setImmediate(resolve))
    const second = await post(`/v1/runs/${RUN}/stop`)
    assert.equal(second.statusCode, 200)
    assert.deepEqual(second.json(), { runId: RUN, status: 'stopped' })
    assert.equal(node.stops.length, 1)
  })

  it('changes the load of a run, and says what is wrong with a change', async () => {
    node.addRun(RUN)
    const scale = (body: string) => post(`/v1/runs/${RUN}/scale`, body, 'application/json')
    const answer = await scale('{"scenario":"browse","rate":"800/s"}')
    assert.equal(answer.statusCode, 202)
    assert.deepEqual(answer.json(), { runId: RUN, scenario: 'browse', rate: 800, at: 1234 })
    assert.deepEqual((await scale('{"users":3}')).json(), { runId: RUN, scenario: 'only', users: 3, at: 1234 })
    for (const body of ['', '[]', 'null', '{', '{"scenario":7}', '{"users":"3"}', '{"speed":1}']) {
      assertError(await scale(body), 'BODY_INVALID')
    }
    assertError(await post(`/v1/runs/${UNKNOWN}/scale`, '{"users":3}', 'application/json'), 'RUN_UNKNOWN')
    assert.equal(node.scales.length, 2)
  })

  it('gives nodes, tasks, metrics and health', async () => {
    assert.equal((await get('/v1/nodes')).json().self, 'alpha')
    assert.equal((await get('/v1/tasks')).json().tasks[0].name, 'http')
    const metrics = await get('/metrics')
    assert.match(String(metrics.headers['content-type']), /^text\/plain; version=0\.0\.4/)
    assert.match(metrics.body, /vajra_runs 0/)
    assert.deepEqual((await get('/healthz')).json(), { status: 'ok' })
  })

  it('says whether it is ready, and why not', async () => {
    assert.equal((await get('/readyz')).statusCode, 200)
    node.ready = { ready: false, reasons: ['no coordinator'] }
    const answer = await get('/readyz')
    assert.equal(answer.statusCode, 503)
    assert.deepEqual(answer.json(), { ready: false, reasons: ['no coordinator'] })
  })

  it('answers 404 with an error body for paths and methods it does not have', async () => {
    assertError(await get('/'), 'NOT_FOUND')
    assertError(await get('/v1/nope'), 'NOT_FOUND')
    assertError(await post('/v1/nodes', 'x', 'application/yaml'), 'NOT_FOUND')
    assertError(await get('/v1/runs/%zz'), 'BODY_INVALID')
  })

  it('answers any bytes under any path with JSON and never fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/v1/runs', '/v1/validate', `/v1/runs/${RUN}/stop`, '/v1/runs/x/report', '/metrics'),
        fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
        fc.constantFrom('application/json', 'application/yaml', 'text/html', ''),
        fc.uint8Array({ maxLength: 40 }),
        async (url, method, contentType, bytes) => {
          const answer = await server.inject({
            method: method as 'GET',
            url,
            payload: Buffer.from(bytes),
            headers: contentType === '' ? {} : { 'content-type': contentType },
          })
          assert.ok(answer.statusCode < 500, `${answer.statusCode} ${answer.body}`)
          if (answer.statusCode >= 400) assertError(answer, answer.json().code)
        },
      ),
      { numRuns: 100 },
    )
  })
})
