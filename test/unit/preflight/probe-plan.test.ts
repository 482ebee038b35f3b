import assert from 'node:assert/strict'
import fc from 'fast-check'
import { MOST_TARGETS, planProbes } from '../../../src/preflight/probe-plan.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { Suite } from '../../../src/suite/spec.ts'
import { suiteDocuments } from '../../property/suite-arbitrary.ts'

function suiteOf(https: readonly unknown[], more: object = {}): Suite {
  const scenarios = https.map((http, i) => ({ name: `s${i}`, load: { rate: '1/s', duration: '1s' }, http }))
  const document = { name: 's', target: 'http://shop.test:8080', scenarios, ...more }
  const parsed = parseSuite({ text: JSON.stringify(document), format: 'json' })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.suite
}

const all = () => true

describe('what is sent before a run', () => {
  it('is what the suite asks for itself, once each, by origin', () => {
    const suite = suiteOf(['/a', '/a', '/b', 'https://api.test/c', { method: 'POST', url: '/buy', body: 'x' }])
    const { targets } = planProbes(suite, all)
    const seen = targets.map(({ origin, requests }) => [origin, ...requests.map(({ parameters }) => parameters.url)])
    assert.deepEqual(seen, [
      ['http://shop.test:8080', 'http://shop.test:8080/a', 'http://shop.test:8080/b'],
      ['https://api.test', 'https://api.test/c'],
    ])
  })

  it('is a HEAD of / without credentials where the suite only changes things there', () => {
    const auth = { bearer: 'env:TOKEN', mtls: { cert: 'file:/c', key: 'file:/k' } }
    const suite = suiteOf([{ method: 'DELETE', url: 'https://shop.test/all', headers: { 'x-api-key': 'env:KEY' } }], {
      auth,
    })
    const [target] = planProbes(suite, all).targets
    const [request, ...more] = target!.requests
    assert.deepEqual(more, [])
    const { method, url, headers, body, auth: sent } = request!.parameters
    assert.deepEqual(
      { method, url, headers, body },
      { method: 'HEAD', url: 'https://shop.test/', headers: {}, body: undefined },
    )
    assert.equal(request!.own, false)
    assert.equal(sent?.sent, null)
    assert.deepEqual(sent?.mtls, { cert: 'file:/c', key: 'file:/k' })
  })

  it('is of a journey only what begins it', () => {
    const steps = [
      { name: 'home', http: '/' },
      { name: 'cart', http: '/cart' },
      { name: 'pay', http: 'https://pay.test/now' },
    ]
    const scenarios = [{ name: 'j', load: { rate: '1/s', duration: '1s' }, steps }]
    const text = JSON.stringify({ name: 's', target: 'http://shop.test', scenarios })
    const parsed = parseSuite({ text, format: 'json' })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const sent = planProbes(parsed.suite, all).targets.flatMap(({ requests }) =>
      requests.map(({ path, own, parameters }) => [path, own, parameters.method, parameters.url]),
    )
    assert.deepEqual(sent, [
      ['scenarios[0], step home', true, 'GET', 'http://shop.test/'],
      ['scenarios[0], step pay', false, 'HEAD', 'https://pay.test/'],
    ])
  })

  it('has nothing for origins that are not allowed, and a bound', () => {
    const many = Array.from({ length: 70 }, (_, i) => `http://h${i}.test/`)
    const plan = planProbes(suiteOf(many), all)
    assert.equal(plan.targets.length, MOST_TARGETS)
    assert.equal(plan.leftOut, 70 - MOST_TARGETS)
    assert.deepEqual(planProbes(suiteOf(many), (origin) => origin === 'http://h3.test').targets.length, 1)
  })

  it('never changes anything there, and is never more than a few, whatever the suite', () => {
    fc.assert(
      fc.property(suiteDocuments, (document) => {
        const parsed = parseSuite({ text: JSON.stringify(document), format: 'json' })
        if (!parsed.ok) return
        for (const { requests } of planProbes(parsed.suite, all).targets) {
          assert.ok(requests.length >= 1 && requests.length <= 4)
          for (const { parameters } of requests) {
            assert.ok(['GET', 'HEAD', 'OPTIONS'].includes(parameters.method))
            assert.doesNotMatch(parameters.url.replaceAll('{{node}}', ''), /\{\{/)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
