/** What a setup's answers gave, from the thread that got it to the threads that fire with it. */

import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LIMITS } from '../../src/base/limits.ts'
import { OnceRunner } from '../../src/node/once-runner.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import type { Suite } from '../../src/suite/spec.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { allSlots, newRunId, WorkerNode } from './worker-node.ts'

/** As answers give them; found nowhere but in the requests that come after. */
const TOKEN = 'pl4nted-t0ken'
const SESSION = 'pl4nted-sess10n'

interface Seen {
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

describe('the values of a setup on load threads', () => {
  let server: Server
  let target: string
  let seen: Seen[] = []
  const nodes: WorkerNode[] = []

  before(async () => {
    server = createServer((request, response) => {
      const { url = '', headers } = request
      seen.push({ url, headers })
      response.setHeader('set-cookie', `session=${SESSION}`)
      response.statusCode = url === '/broken' ? 500 : 200
      response.end(JSON.stringify({ token: url === '/long' ? TOKEN.repeat(LIMITS.setupValueLength) : TOKEN }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  beforeEach(() => {
    seen = []
  })

  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(({ pool }) => pool.close()))
  })

  after(() => {
    server.closeAllConnections()
    server.close()
  })

  const login = (url = '/login') => ({
    name: 'login',
    http: url,
    extract: { token: 'json:$.token', session: { from: 'cookie:session', secret: true } },
  })
  const bearer = { authorization: 'Bearer {{setup.token}}' }
  const logout = { name: 'logout', http: { url: '/logout', headers: { ...bearer, cookie: 's={{setup.session}}' } } }

  function suiteOf(more: object, load: object = { rate: '100/s', duration: '1s' }): Suite {
    const scenarios = [{ name: 'a', load, http: { url: '/cart', headers: bearer } }]
    const document = { name: 's', target, setup: [login()], teardown: [logout], scenarios, ...more }
    const parsed = parseSuite({ text: JSON.stringify(document), format: 'json' })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    return parsed.suite
  }

  /** A node whose pool tells its setups and teardowns what concerns them. */
  function createNode(name: string): { node: WorkerNode; once: OnceRunner } {
    const node = new WorkerNode(name, 2)
    nodes.push(node)
    const { pool } = node
    const clock = { monotonic: monotonicNow }
    const once = new OnceRunner({ pool, clock, node: name, bootId: `boot-${name}`, seedOf: () => 1 })
    node.once = once
    return { node, once }
  }

  it('go to everybody who is told, but for secrets, which the teardown on the same node has', async () => {
    const { node, once } = createNode('n1')
    const other = createNode('n2')
    const suite = suiteOf({})
    const runId = newRunId()
    const { error, values } = await once.run(runId, 'setup', suite, {})
    assert.deepEqual([error, values], [null, { token: TOKEN }])

    await other.node.runAlone(suite, 1e6, values)
    const carts = seen.filter(({ url }) => url === '/cart')
    assert.equal(carts.length, 100)
    assert.deepEqual(new Set(carts.map(({ headers }) => headers.authorization)), new Set([`Bearer ${TOKEN}`]))

    assert.equal((await once.run(runId, 'teardown', suite, values)).error, null)
    const { headers } = seen.at(-1)!
    assert.deepEqual([headers.authorization, headers.cookie], [`Bearer ${TOKEN}`, `s=${SESSION}`])
    const elsewhere = await other.once.run(runId, 'teardown', suite, values)
    assert.match(elsewhere.error ?? '', /step logout: missing:setup\.session/)
    const again = await once.run(runId, 'teardown', suite, values)
    assert.match(again.error ?? '', /missing:setup\.session/, 'secrets are not kept any longer than they are needed')
    assert.deepEqual(
      [...node.logs, ...other.node.logs].filter((line) => line.includes('pl4nted')),
      [],
    )
  })

  it('are there for the teardown of a setup that failed half way', async () => {
    const { once } = createNode('n1')
    const suite = suiteOf({ setup: [login(), { name: 'make', http: '/broken' }] })
    const runId = newRunId()
    const { error, values } = await once.run(runId, 'setup', suite, {})
    assert.deepEqual([error, values], ['step make: http_5xx', { token: TOKEN }])
    assert.equal((await once.run(runId, 'teardown', suite, values)).error, null)
  })

  it('fail the setup where one is too long to be handed on', async () => {
    const { once } = createNode('n1')
    const { error, values } = await once.run(newRunId(), 'setup', suiteOf({ setup: [login('/long')] }), {})
    assert.match(error ?? '', /^value_too_long: token has \d+ characters, and at most 4096 go to the other nodes$/)
    assert.deepEqual(values, {})
  })

  it('are had by a thread that takes the place of one that died', async () => {
    const { node } = createNode('n1')
    const suite = suiteOf({}, { rate: '200/s', duration: '3s' })
    const dying = { ...suite.scenarios[0]!, name: 'dying' }
    const task = { type: 'tells-until-it-dies', parameters: { dies: 51 } }
    const scenarios = [suite.scenarios[0]!, { ...dying, steps: [{ ...dying.steps[0]!, task }] }]
    const runId = newRunId()
    await node.prepare(runId, { ...suite, scenarios })
    await node.pool.assign(runId, { sequence: 1, slots: allSlots(), releaseAt: 0, revisions: [] })
    const startAt = monotonicNow() + 50
    node.pool.lease(runId, startAt + 1e6)
    node.pool.start(runId, startAt, { token: TOKEN })
    await node.drained(runId)
    assert.equal(node.faults.length, 1)
    const { sent, dropped } = node.totals(runId, 0)
    // More than what the thread that lived had of it.
    assert.ok(sent > 350 && dropped > 0, `${sent} sent, ${dropped} dropped`)
    assert.equal(node.errors(runId, 0)['missing:setup.token'], undefined)
    assert.deepEqual(new Set(seen.map(({ headers }) => headers.authorization)), new Set([`Bearer ${TOKEN}`]))
  })
})
