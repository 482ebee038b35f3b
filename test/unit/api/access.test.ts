import assert from 'node:assert/strict'
import { accessCheck, type Caller, isLoopback } from '../../../src/api/access.ts'
import { buildServer } from '../../../src/api/server.ts'
import { VajraError } from '../../../src/base/errors.ts'
import { FakeNode } from './fake-node.ts'

function caller(over: Partial<Caller> = {}): Caller {
  return { method: 'GET', host: '127.0.0.1:7070', origin: undefined, authorization: undefined, ...over }
}

function refusal(check: (caller: Caller) => void, over: Partial<Caller>): string | undefined {
  try {
    check(caller(over))
    return undefined
  } catch (thrown) {
    assert.ok(thrown instanceof VajraError)
    return thrown.code
  }
}

describe('access to the API', () => {
  it('knows which hosts are this machine', () => {
    for (const host of ['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1']) {
      assert.equal(isLoopback(host), true, host)
    }
    for (const host of ['', '0.0.0.0', '::', '10.0.0.1', '127.0.0.1.evil.test', 'localhost.evil.test', '128.0.0.1']) {
      assert.equal(isLoopback(host), false, host)
    }
  })

  it('answers on loopback only for names of this machine', () => {
    const check = accessCheck({ host: '127.0.0.1', token: undefined })
    for (const host of ['127.0.0.1:7070', 'localhost:7070', '[::1]:7070', 'localhost', '[::1]']) {
      assert.equal(refusal(check, { host }), undefined, host)
    }
    for (const host of ['evil.test', 'evil.test:7070', '127.0.0.1.evil.test', '', undefined, '10.1.1.1:7070']) {
      assert.equal(refusal(check, { host }), 'FORBIDDEN', String(host))
    }
  })

  it('does not look at the host where a token is needed, or where it listens for others', () => {
    assert.equal(
      refusal(accessCheck({ host: '127.0.0.1', token: 't' }), { host: 'x', authorization: 'Bearer t' }),
      undefined,
    )
    assert.equal(refusal(accessCheck({ host: '0.0.0.0', token: undefined }), { host: 'node-1:7070' }), undefined)
  })

  it('refuses posts of web pages of other sites', () => {
    const check = accessCheck({ host: '127.0.0.1', token: undefined })
    const from = (origin: string | undefined, method = 'POST') => refusal(check, { origin, method })
    assert.equal(from(undefined), undefined)
    assert.equal(from('http://127.0.0.1:7070'), undefined)
    for (const origin of ['http://evil.test', 'http://127.0.0.1:8080', 'http://localhost:7070', 'null', '']) {
      assert.equal(from(origin), 'FORBIDDEN', origin)
    }
    assert.equal(from('http://evil.test', 'GET'), undefined)
    assert.equal(from('http://evil.test', 'DELETE'), 'FORBIDDEN')
  })

  it('takes the token, the whole token and nothing but the token', () => {
    const check = accessCheck({ host: '0.0.0.0', token: 'sesame' })
    for (const authorization of ['Bearer sesame', 'bearer sesame', 'BEARER  sesame']) {
      assert.equal(refusal(check, { authorization }), undefined, authorization)
    }
    for (const authorization of [undefined, '', 'sesame', 'Bearer', 'Bearer sesam', 'Bearer sesame2', 'Basic sesame']) {
      assert.equal(refusal(check, { authorization }), 'UNAUTHORIZED', String(authorization))
    }
  })

  it('leaves /healthz open and everything else closed', async () => {
    const { server } = buildServer({ node: new FakeNode(), host: '0.0.0.0', token: 'sesame' })
    assert.equal((await server.inject('/healthz')).statusCode, 200)
    for (const url of ['/readyz', '/metrics', '/v1/nodes', '/v1/openapi.json', '/nope']) {
      const refused = await server.inject(url)
      assert.equal(refused.statusCode, 401, url)
      assert.equal(refused.headers['www-authenticate'], 'Bearer')
      assert.equal(refused.json().code, 'UNAUTHORIZED')
    }
    const allowed = await server.inject({ url: '/v1/nodes', headers: { authorization: 'Bearer sesame' } })
    assert.equal(allowed.statusCode, 200)
    await server.close()
  })
})
