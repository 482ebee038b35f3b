/** OAuth 2.0 client credentials against a real authorization server in a process of its own. */

import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { eventually, WorkerNode } from '../worker-node.ts'
import { RecordingTarget, refusal, ServerProcess, suiteWith } from './support.ts'

const SECRET = 's3cr3t-of-the-client'
const LIFETIME_S = 1

interface Asked {
  readonly path: string
  readonly status: number
  readonly scope: string
  readonly token: string
}

describe('oauth2 client credentials', function () {
  this.timeout(30_000)
  const target = new RecordingTarget()
  let url: string
  let server: ServerProcess<{ tokenUrl: string }, Asked>
  let tokenUrl: string
  let node: WorkerNode
  /** Asks a server that never answers, while the other tests run. */
  let unanswered: Promise<string>
  const silent = createServer(() => {})

  before(async () => {
    process.env.VAJRA_TEST_CLIENT_SECRET = SECRET
    process.env.VAJRA_TEST_WRONG_SECRET = 'wr0ng-secret'
    server = new ServerProcess('oauth2-server.ts', [String(LIFETIME_S), SECRET])
    url = await target.start()
    tokenUrl = (await server.where).tokenUrl
    node = new WorkerNode('n1', 2)
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const nobody = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    unanswered = refusal(node.prepare('r00000000-0000009000', suiteWith(url, auth({ tokenUrl: nobody })))).then(
      ({ message }) => message,
    )
  })

  after(async () => {
    delete process.env.VAJRA_TEST_CLIENT_SECRET
    delete process.env.VAJRA_TEST_WRONG_SECRET
    await node.pool.close()
    await server.stop()
    silent.close()
    target.stop()
  })

  beforeEach(() => {
    target.received.length = 0
    server.lines.length = 0
  })

  const auth = (more: object = {}) => ({
    auth: { oauth2: { tokenUrl, clientId: 'load-test', clientSecret: 'env:VAJRA_TEST_CLIENT_SECRET', ...more } },
  })

  it('gets one token for all threads of a node, and another before it expires', async () => {
    const { runId } = await node.runAlone(suiteWith(url, auth({ scope: ['orders:read', 'orders:write'] }), 2))
    assert.deepEqual(node.errors(runId), {})
    const asked = await server.asked()
    const tokens = asked.map(({ token }) => token)
    // Renewed after three quarters of a second: at 0.75, 1.5, and maybe once more while the run ends; not by each thread.
    assert.ok(tokens.length >= 2 && tokens.length <= 4, `${tokens.length} tokens`)
    assert.ok(asked.every(({ status, scope }) => status === 200 && scope === 'orders:read orders:write'))
    const sent = target.received.map(({ headers }) => headers.authorization!.replace('Bearer ', ''))
    assert.equal(sent.length, 80)
    const used = [...new Set(sent)]
    assert.ok(used.length >= 2 && used.every((token) => tokens.includes(token)), `${used.length} tokens in use`)
    assert.ok(tokens.every((token) => token.length > 20))
  })

  it('goes on with the token it has while there is no other, says so, and recovers', async () => {
    const runId = 'r00000000-0000009999'
    await node.begin(runId, suiteWith(url, auth(), 2))
    await server.become('down')
    await eventually(() => server.lines.some(({ status }) => status === 503), 'a renewal that fails')
    await server.become('active')
    await node.drained(runId)
    assert.deepEqual(node.errors(runId), {})
    assert.ok(
      new Set(target.received.map(({ headers }) => headers.authorization)).size >= 2,
      'it was renewed in the end',
    )
    const warned = node.logs.filter((line) => line.includes('could not be renewed'))
    assert.ok(warned.length >= 1)
    assert.match(warned[0]!, /auth\.oauth2: .*expires in \d s; next try in .*status 503/)
    assert.ok(!node.logs.some((line) => line.includes(SECRET)))
  })

  it('proves the client in the body where the server wants it', async () => {
    const clientId = 'load-test-body'
    await node.prepare('r00000000-0000009998', suiteWith(url, auth({ clientId, clientAuth: 'body' })))
    assert.deepEqual(
      (await server.asked()).map(({ status }) => status),
      [200],
    )
    node.pool.discard('r00000000-0000009998')
  })

  it('says at set-up what the server refuses', async () => {
    const wrong = auth({ clientSecret: 'env:VAJRA_TEST_WRONG_SECRET' })
    const { message } = await refusal(node.runAlone(suiteWith(url, wrong)))
    assert.match(
      message,
      /^scenario a, task http: auth\.oauth2: the token endpoint http:.*\/token refused client load-test/,
    )
    assert.match(message, /with secret env:VAJRA_TEST_WRONG_SECRET: 401 invalid_client/)
    assert.ok(!message.includes('wr0ng'))
    const { message: scope } = await refusal(node.runAlone(suiteWith(url, auth({ scope: 'orders:delete' }))))
    assert.match(scope, /refused client load-test .*400 invalid_scope/)
    const missing = auth({ clientSecret: 'env:VAJRA_TEST_NOT_SET' })
    const { message: unset } = await refusal(node.runAlone(suiteWith(url, missing)))
    assert.match(unset, /auth\.oauth2\.clientSecret: credential reference env:VAJRA_TEST_NOT_SET cannot be resolved/)
    assert.equal(target.received.length, 0)
  })

  it('says at set-up that no server answers, or none that gives tokens', async () => {
    const closed = createServer()
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    for (const [at, expected] of [
      [`http://127.0.0.1:${port}/token`, /auth\.oauth2: the token endpoint http:\S+ cannot be reached: ECONNREFUSED/],
      [`${url}/`, /auth\.oauth2: the token endpoint http:\S+ did not answer as it should: .*access_token/],
    ] as const) {
      const run = node.prepare('r00000000-0000009001', suiteWith(url, auth({ tokenUrl: at })))
      assert.match((await refusal(run)).message, expected)
    }
    assert.ok((await server.asked()).length === 0, 'nothing is renewed after a run')
    assert.match(await unanswered, /auth\.oauth2: the token endpoint http:\S+ did not answer within 4 s/)
  })
})
