import assert from 'node:assert/strict'
import { refusedTargets, targetsOf } from '../../../src/node/allow-target.ts'
import { parseSuite } from '../../../src/suite/parse.ts'

function suiteAt(...urls: string[]) {
  const scenarios = urls.map((url, i) => ({ name: `s${i}`, load: { rate: '1/s', duration: '1s' }, http: url }))
  const parsed = parseSuite({ format: 'json', text: JSON.stringify({ name: 's', scenarios }) })
  assert.ok(parsed.ok)
  return parsed.suite
}

describe('--allow-target', () => {
  const suite = suiteAt('http://shop.test:8080/a', 'https://api.test/b', 'http://shop.test:8080/c')

  it('names every origin once', () => {
    assert.deepEqual(targetsOf(suite), ['http://shop.test:8080', 'https://api.test'])
  })

  it('allows everything when nothing is said', () => {
    assert.deepEqual(refusedTargets(suite, []), [])
  })

  it('takes hosts, hosts with ports, and origins', () => {
    assert.deepEqual(refusedTargets(suite, ['shop.test', 'api.test']), [])
    assert.deepEqual(refusedTargets(suite, ['shop.test:8080', 'api.test:443']), [])
    assert.deepEqual(refusedTargets(suite, ['http://shop.test:8080', 'https://api.test']), [])
  })

  it('takes the endpoint for a target that a client secret is sent to', () => {
    const oauth2 = { tokenUrl: 'https://login.test/token', clientId: 'c', clientSecret: 'env:S' }
    const scenario = { name: 'a', load: { rate: '1/s', duration: '1s' }, http: 'http://shop.test' }
    const text = JSON.stringify({ name: 's', auth: { oauth2 }, scenarios: [scenario] })
    const parsed = parseSuite({ format: 'json', text })
    assert.ok(parsed.ok)
    assert.deepEqual(refusedTargets(parsed.suite, ['shop.test']), ['https://login.test'])
  })

  it('refuses another port, another scheme, another host', () => {
    assert.deepEqual(refusedTargets(suite, ['shop.test:80', 'api.test']), ['http://shop.test:8080'])
    assert.deepEqual(refusedTargets(suite, ['shop.test', 'http://api.test']), ['https://api.test'])
    assert.deepEqual(refusedTargets(suite, ['evil-shop.test', 'test']), ['http://shop.test:8080', 'https://api.test'])
  })
})
