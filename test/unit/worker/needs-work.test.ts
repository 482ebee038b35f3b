import assert from 'node:assert/strict'
import { parseSuite } from '../../../src/suite/parse.ts'
import { needsWork } from '../../../src/worker/needs-work.ts'

/** What the only scenario of a suite has beside its load, as users write it. */
function needs(scenario: object, more: object = {}): boolean {
  const load = { rate: '10/s', duration: '10s' }
  const text = JSON.stringify({
    name: 'n',
    target: 'http://127.0.0.1:1',
    scenarios: [{ name: 's', load, ...scenario }],
    ...more,
  })
  const parsed = parseSuite({ format: 'json', text })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return needsWork(parsed.suite)
}

const steps = [
  { name: 'a', http: '/a' },
  { name: 'b', http: '/b', think: '1s' },
]
const mix = [
  { weight: 1, http: '/a' },
  { weight: 2, http: '/b' },
]
const users = { users: 3, duration: '10s', thinkTime: '1s' }

describe('what goes along with iterations', () => {
  it('is nothing where each sends the same', () => {
    assert.equal(needs({ http: '/' }), false)
    assert.equal(needs({ http: { method: 'POST', url: '/', json: { a: [1, 'b'] }, headers: { x: 'y' } } }), false)
    assert.equal(needs({ http: '/', load: users }), false)
    assert.equal(needs({ steps, cookies: false }), false)
    assert.equal(needs({ mix, cookies: false }), false)
    assert.equal(needs({ http: '/\\{{a}}' }), false)
  })

  it('is something where they differ, or answers are looked at', () => {
    assert.equal(needs({ steps }), true)
    assert.equal(needs({ http: '/{{iteration}}' }), true)
    assert.equal(needs({ http: { url: '/', headers: { 'x-node': '{{node}}' } } }), true)
    assert.equal(needs({ http: { url: '/', method: 'POST', json: { deep: [{ a: '{{user}}' }] } }, load: users }), true)
    assert.equal(needs({ http: '/', expect: { status: 200 } }), true)
    assert.equal(needs({ steps: [{ ...steps[0], extract: { t: 'json:$.t' } }], cookies: false }), true)
    assert.equal(needs({ steps: [{ ...steps[0], when: '{{iteration}} < 3' }], cookies: false }), true)
    assert.equal(needs({ http: '/' }, { env: ['HOME'] }), true)
  })
})
