/** What a setup's answers gave, from the thread that got it to the threads that fire with it. */

import assert from 'node:assert/strict'
import { LIMITS } from '../../src/base/limits.ts'
import { OnceRunner } from '../../src/node/once-runner.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import type { Suite } from '../../src/suite/spec.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { SeeingServer, workerNodes } from './worker-bench.ts'
import { newRunId, type WorkerNode } from './worker-node.ts'

/** As answers give them; found nowhere but in the requests that come after. */
const TOKEN = 'pl4nted-t0ken'
const SESSION = 'pl4nted-sess10n'

describe('the values of a setup on load threads', () => {
  const workerNode = workerNodes()
  const server = new SeeingServer(({ url }, response) => {
    response.setHeader('set-cookie', `session=${SESSION}`)
    response.statusCode = url === '/broken' ? 500 : 200
    response.end(JSON.stringify({ token: url === '/long' ? TOKEN.repeat(LIMITS.setupValueLength) : TOKEN }))
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
    const document = { name: 's', target: server.url, setup: [login()], teardown: [logout], scenarios, ...more }
    const parsed = parseSuite({ text: JSON.stringify(document), format: 'json' })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    return parsed.suite
  }

  /** A node whose pool tells its setups and teardowns what concerns them. */
  function createNode(name: string): { node: WorkerNode; once: OnceRunner } {
    const node = workerNode(2, name)
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
    const carts = server.seen.filter(({ url }) => url === '/cart')
    assert.equal(carts.length, 100)
    assert.deepEqual(new Set(carts.map(({ headers }) => headers.authorization)), new Set([`Bearer ${TOKEN}`]))

    assert.equal((await once.run(runId, 'teardown', suite, values)).error, null)
    const { headers } = server.seen.at(-1)!
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

  it('fail the setup where scenarios name one whose step was left out, unless it has a default', async () => {
    const { once } = createNode('n1')
    const setup = (cart: unknown) => [login(), { name: 'make', http: '/make', when: '', extract: { cart } }]
    const scenarios = [{ name: 'a', load: { rate: '1/s', duration: '1s' }, http: '/cart?{{setup.cart}}' }]
    const lacking = await once.run(newRunId(), 'setup', suiteOf({ setup: setup('body'), scenarios }), {})
    assert.match(lacking.error ?? '', /^no_value: scenarios name \{\{setup\.cart\}\}, and step make/)
    const optional = suiteOf({ setup: setup({ from: 'body', default: 'none' }), scenarios })
    const { error, values } = await once.run(newRunId(), 'setup', optional, {})
    assert.deepEqual([error, values], [null, { token: TOKEN, cart: 'none' }])
  })

  it('are had by a thread that takes the place of one that died', async () => {
    const { node } = createNode('n1')
    const suite = suiteOf({}, { rate: '200/s', duration: '3s' })
    const dying = { ...suite.scenarios[0]!, name: 'dying' }
    const task = { type: 'tells-until-it-dies', parameters: { dies: 51 } }
    const scenarios = [suite.scenarios[0]!, { ...dying, steps: [{ ...dying.steps[0]!, task }] }]
    const { runId } = await node.runAlone({ ...suite, scenarios }, 1e6, { token: TOKEN })
    assert.equal(node.faults.length, 1)
    const { sent, dropped } = node.totals(runId, 0)
    // More than what the thread that lived had of it.
    assert.ok(sent > 350 && dropped > 0, `${sent} sent, ${dropped} dropped`)
    assert.equal(node.errors(runId, 0)['missing:setup.token'], undefined)
    assert.deepEqual(new Set(server.seen.map(({ headers }) => headers.authorization)), new Set([`Bearer ${TOKEN}`]))
  })
})
