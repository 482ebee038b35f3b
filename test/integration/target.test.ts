import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startTarget, type Target } from '../../examples/target.ts'
import { CLIENT_SECRET } from '../../examples/target-tokens.ts'

describe('the example target', () => {
  let target: Target

  before(async () => {
    target = await startTarget({ port: 0 })
  })

  beforeEach(() => target.reset())

  after(() => target.close())

  const timed = async (path: string, init: RequestInit = {}): Promise<{ status: number; ms: number }> => {
    const begun = performance.now()
    const response = await fetch(target.url + path, init)
    await response.text()
    return { status: response.status, ms: performance.now() - begun }
  }

  it('answers after the delays it promises', async () => {
    await timed('/fast')
    for (const [path, delay, init] of [
      ['/products', 5, {}],
      ['/slow', 100, {}],
      ['/delay/30', 30, {}],
      ['/checkout', 20, { method: 'POST', body: 'x' }],
    ] as const) {
      const { status, ms } = await timed(path, init)
      assert.equal(status, 200, path)
      assert.ok(ms >= delay - 1, `${path} took ${ms} ms`)
    }
  })

  it('gives tokens to those who know the secret, and orders to those who have a token', async () => {
    const ask = (secret: string) => {
      const authorization = `Basic ${Buffer.from(`client:${secret}`).toString('base64')}`
      return fetch(`${target.url}/oauth2/token`, { method: 'POST', headers: { authorization } })
    }
    assert.equal((await ask('guessed')).status, 401)
    const { access_token: token } = (await (await ask(CLIENT_SECRET)).json()) as { access_token: string }
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await timed('/orders', { headers })).status, 200)
    assert.equal((await timed('/orders', { headers: { authorization: 'Bearer other' } })).status, 401)
    assert.equal((await timed('/orders')).status, 401)
    assert.equal(target.counts().total, 3, 'those for tokens are not counted')
  })

  it('answers with the status asked for', async () => {
    for (const status of [200, 204, 302, 404, 503]) {
      assert.equal((await fetch(`${target.url}/status/${status}`, { redirect: 'manual' })).status, status)
    }
    assert.equal((await timed('/nothing-here')).status, 404)
    assert.equal((await timed('/checkout')).status, 405)
  })

  it('misbehaves where it should', async () => {
    for (const path of ['/reset', '/garbage', '/partial']) await assert.rejects(() => timed(path), path)
    await assert.rejects(() => timed('/hang', { signal: AbortSignal.timeout(100) }), /timeout/)
  })

  it('logs what arrives, by second and by node, and forgets it when asked', async () => {
    const before = Date.now()
    for (let i = 0; i < 3; i++) await timed('/fast', { headers: { 'x-vajra-node': 'a' } })
    await timed('/fast', { headers: { 'x-vajra-node': 'b' } })
    await timed('/status/500')
    const log = (await (await fetch(`${target.url}/__log`)).json()) as ReturnType<Target['counts']>
    assert.deepEqual(log, target.counts())
    assert.equal(log.total, 5)
    assert.equal(log.byNode.a?.total, 3)
    assert.equal(log.byNode.b?.total, 1)
    const perSecond = Object.values(log.perSecond).reduce((sum, count) => sum + count, 0)
    assert.equal(perSecond, 5)
    const arrivals = (await (await fetch(`${target.url}/__arrivals?from=${before - 1}`)).json()) as number[]
    assert.equal(arrivals.length, 5)
    assert.ok(arrivals.every((at, i) => i === 0 || at >= arrivals[i - 1]!))
    assert.deepEqual(await (await fetch(`${target.url}/__arrivals?to=${before - 1000}`)).json(), [])
    await fetch(`${target.url}/__reset`, { method: 'POST' })
    assert.deepEqual(target.counts(), { total: 0, perSecond: {}, byNode: {}, byPath: {} })
  })

  it('runs as a program that says where it listens', async () => {
    const file = fileURLToPath(new URL('../../examples/target.ts', import.meta.url))
    const child = spawn(process.execPath, [file, '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [line] = (await once(child.stdout, 'data')) as [Buffer]
      const { url } = JSON.parse(String(line)) as { url: string }
      assert.equal((await fetch(`${url}/fast`)).status, 200)
    } finally {
      child.kill()
      const [code] = (await once(child, 'exit')) as [number | null]
      assert.equal(code, 0)
    }
  })

  it('knows who logged in, and whether tokens come from the node they were given to', async () => {
    await target.reset()
    const from = (node: string) => ({ 'x-vajra-node': node })
    const logIn = await fetch(`${target.url}/login`, { method: 'POST', headers: from('a'), body: '{"user":"ann"}' })
    const { token } = (await logIn.json()) as { readonly token: string }
    const [cookie = ''] = logIn.headers.getSetCookie()[0]?.split(';') ?? []
    const statuses = await Promise.all(
      [
        { ...from('a'), authorization: `Bearer ${token}` },
        { ...from('a'), cookie },
        { ...from('b'), authorization: `Bearer ${token}` },
        { ...from('a'), authorization: 'Bearer t0' },
      ].map(async (headers) => (await fetch(`${target.url}/cart`, { headers })).status),
    )
    assert.deepEqual(statuses, [200, 200, 200, 401])
    const seen = await (await fetch(`${target.url}/__shop`)).json()
    assert.deepEqual(seen, { users: { ann: 1 }, ownTokens: 2, foreignTokens: 1, refused: 1 })
    assert.deepEqual(target.counts().byPath, { '/login': { a: 1 }, '/cart': { a: 3, b: 1 } })
  })
})
