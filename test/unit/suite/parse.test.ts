import assert from 'node:assert/strict'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { OpenLoad, Suite } from '../../../src/suite/spec.ts'
import { oneStep } from '../one-step.ts'
import { parsed } from './parsing.ts'

function scenario(load: string, rest = 'http: http://127.0.0.1/'): Suite['scenarios'][number] {
  return parsed(`name: s\nscenarios:\n  - name: a\n    load: ${load}\n    ${rest}`).scenarios[0]!
}

describe('parseSuite', () => {
  it('fills in the defaults', () => {
    const suite = parsed('name: s\nscenarios: [{ name: a, load: { rate: 5/s, duration: 2s }, http: "http://h/x" }]')
    assert.deepEqual(suite, {
      name: 's',
      mode: 'parallel',
      onNodeLoss: 'redistribute',
      shares: 'equal',
      gracefulStopMs: 30_000,
      scenarios: [
        {
          name: 'a',
          startMs: 0,
          durationMs: 2000,
          load: {
            model: 'open',
            warmupMs: 0,
            segments: [{ durationMs: 2000, fromRate: 5, toRate: 5 }],
            repeat: 1,
            arrivals: 'even',
            maxInFlight: 10_000,
          },
          ...oneStep({
            type: 'http',
            parameters: {
              method: 'GET',
              url: 'http://h/x',
              headers: {},
              body: undefined,
              timeoutMs: 30_000,
              phases: undefined,
              driver: 'wire',
              pipelining: 1,
              warmConnections: undefined,
            },
          }),
        },
      ],
      thresholds: [],
      durationMs: 2000,
    })
  })

  it('takes times for the parts of a request; what is not given is bounded by the whole', () => {
    const timesOf = (timeout: string) => {
      const http = `{ url: "http://h/", timeout: ${timeout} }`
      const { task } = parsed(`name: s\nscenarios: [{ name: a, load: { rate: 1/s, duration: 1s }, http: ${http} }]`)
        .scenarios[0]!.steps[0]!
      return [task.parameters.timeoutMs, task.parameters.phases]
    }
    const all = '{ connect: 1s, tls: 500ms, firstByte: 2s, total: 5s }'
    assert.deepEqual(timesOf(all), [5000, { connectMs: 1000, tlsMs: 500, firstByteMs: 2000 }])
    assert.deepEqual(timesOf('{ firstByte: 2s }'), [30_000, { connectMs: 30_000, tlsMs: 30_000, firstByteMs: 2000 }])
    assert.deepEqual(timesOf('5s'), [5000, undefined])
  })

  it('takes everything that can be set', () => {
    const suite = parsed(`
$schema: ../schema/suite.schema.json
name: shop
mode: parallel
target: http://127.0.0.1:8080
onNodeLoss: abort
shares: weighted
gracefulStop: 0
scenarios:
  - name: checkout
    load: { users: 50, duration: 30s, thinkTime: 1s, warmup: 5s }
    http: { method: POST, url: /checkout, headers: { Authorization: "env:TOKEN" }, json: { a: [1] }, timeout: 2s, driver: undici }
thresholds:
  http_req_duration: ["p(95)<200ms", { threshold: "p(99)<500ms" }]
  "failed{scenario:checkout}": [{ threshold: "rate<1%", abortOnFail: true, delayAbortEval: 10s }]
`)
    const { load, steps, durationMs } = suite.scenarios[0]!
    const { task } = steps[0]!
    assert.deepEqual(load, {
      model: 'closed',
      warmupMs: 5000,
      users: 50,
      segments: [{ durationMs: 30_000, fromUsers: 50, toUsers: 50 }],
      repeat: 1,
      durationMs: 30_000,
      thinkTimeMs: 1000,
    })
    assert.equal(durationMs, 35_000)
    assert.deepEqual(task.parameters, {
      method: 'POST',
      url: 'http://127.0.0.1:8080/checkout',
      headers: { 'content-type': 'application/json', authorization: 'env:TOKEN' },
      body: '{"a":[1]}',
      timeoutMs: 2000,
      phases: undefined,
      driver: 'undici',
      pipelining: 1,
      warmConnections: undefined,
    })
    assert.deepEqual(
      [suite.onNodeLoss, suite.shares, suite.gracefulStopMs, suite.durationMs],
      ['abort', 'weighted', 0, 35_000],
    )
    assert.deepEqual(suite.thresholds, [
      { metric: 'http_req_duration', expression: 'p(95)<200ms', abortOnFail: false, delayAbortEvalMs: 0 },
      { metric: 'http_req_duration', expression: 'p(99)<500ms', abortOnFail: false, delayAbortEvalMs: 0 },
      { metric: 'failed{scenario:checkout}', expression: 'rate<1%', abortOnFail: true, delayAbortEvalMs: 10_000 },
    ])
  })

  it('ramps from the previous rate to the stage rate, from 0 at first', () => {
    const { load, durationMs } = scenario('{ stages: [{ duration: 1s, rate: 10/s }, { duration: 2s, rate: 4/s }] }')
    assert.deepEqual((load as OpenLoad).segments, [
      { durationMs: 1000, fromRate: 0, toRate: 10 },
      { durationMs: 2000, fromRate: 10, toRate: 4 },
    ])
    assert.equal(durationMs, 3000)
  })

  it('starts from startRate, and jumps at stages without duration', () => {
    const load = scenario(
      '{ startRate: 3/s, stages: [{ duration: 1s, rate: 5/s }, { duration: 0, rate: 9/s }, { duration: 1s, rate: 9/s }] }',
    ).load as OpenLoad
    assert.deepEqual(load.segments, [
      { durationMs: 1000, fromRate: 3, toRate: 5 },
      { durationMs: 1000, fromRate: 9, toRate: 9 },
    ])
    const jumped = scenario('{ stages: [{ duration: 0s, rate: 7/s }, { duration: 1s, rate: 7/s }] }').load as OpenLoad
    assert.deepEqual(jumped.segments, [{ durationMs: 1000, fromRate: 7, toRate: 7 }])
  })

  it('takes maxInFlight in the load or beside it', () => {
    assert.equal((scenario('{ rate: 1/s, duration: 1s, maxInFlight: 7 }').load as OpenLoad).maxInFlight, 7)
    const beside = scenario('{ rate: 1/s, duration: 1s }', 'maxInFlight: 8\n    http: http://h/')
    assert.equal((beside.load as OpenLoad).maxInFlight, 8)
  })

  it('pauses after sequential scenarios, but not after the last', () => {
    const suite = parsed(`
name: s
mode: sequential
scenarios:
  - { name: a, load: { rate: 1/s, duration: 2s }, delayAfter: 10s, http: "http://h/" }
  - { name: b, load: { rate: 1/s, duration: 3s }, http: "http://h/" }
  - { name: c, load: { rate: 1/s, duration: 4s }, delayAfter: 1h, http: "http://h/" }
`)
    assert.deepEqual(
      suite.scenarios.map(({ startMs, durationMs }) => [startMs, durationMs]),
      [
        [0, 2000],
        [12_000, 3000],
        [15_000, 4000],
      ],
    )
    assert.equal(suite.durationMs, 19_000)
  })

  it('lays sequential scenarios end to end, warm-ups included', () => {
    const suite = parsed(`
name: s
mode: sequential
scenarios:
  - { name: a, load: { rate: 1/s, duration: 10s, warmup: 2s }, http: "http://h/" }
  - { name: b, load: { users: 1, duration: 5s }, http: "http://h/" }
  - { name: c, load: { stages: [{ duration: 1s, rate: 1/s }, { duration: 2s, rate: 0/s }] }, http: "http://h/" }
`)
    assert.deepEqual(
      suite.scenarios.map(({ startMs, durationMs }) => [startMs, durationMs]),
      [
        [0, 12_000],
        [12_000, 5000],
        [17_000, 3000],
      ],
    )
    assert.equal(suite.durationMs, 20_000)
  })

  it('lasts as long as the longest scenario when they are parallel', () => {
    const suite = parsed(`
name: s
scenarios:
  - { name: a, load: { rate: 1/s, duration: 10s, warmup: 2s }, http: "http://h/" }
  - { name: b, load: { users: 1, duration: 5s }, http: "http://h/" }
`)
    assert.deepEqual([suite.scenarios.map(({ startMs }) => startMs), suite.durationMs], [[0, 0], 12_000])
  })

  it('freezes suite and document throughout', () => {
    const result = parseSuite({
      text: '{"name":"s","scenarios":[{"name":"a","load":{"rate":"1/s","duration":"1s"},"http":{"url":"http://h/","headers":{"a":"b"}}}]}',
      format: 'json',
    })
    assert.ok(result.ok)
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      assert.ok(Object.isFrozen(value))
      for (const inner of Object.values(value)) walk(inner)
    }
    walk(result.suite)
    walk(result.document)
    assert.equal((result.document as { name: string }).name, 's')
  })
})
