/**
 * Secrets planted in variables, files and options of real nodes; runs that use them, and runs that fail over them; then
 * everything that leaves a node, or stays on its disk, is searched for them.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { until } from '../../../examples/support/asking.ts'
import { Cluster, type ClusterNode, type Launched } from '../../../examples/support/cluster.ts'
import { ServerProcess } from '../credentials/support.ts'
import { type Recorded, startMesh, stopAll } from '../mesh-harness.ts'
import { formsOf, Search } from './search.ts'

const secret = () => `s3cr3t${randomBytes(12).toString('hex')}`
const MARK = `mark${randomBytes(6).toString('hex')}`

const SECRETS = {
  variable: secret(),
  file: secret(),
  brokenFile: secret(),
  literal: secret(),
  password: secret(),
  queryKey: secret(),
  clientSecret: secret(),
  wrongClientSecret: secret(),
  httpToken: secret(),
  wrongToken: secret(),
  setupSession: secret(),
  clusterKey: randomBytes(32).toString('hex'),
}

/** What a setup gives to all nodes: it is in what they say to each other and in their files, and nowhere else. */
const SHARED = secret()

const posted = (document: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(document),
})

describe('secrets', function () {
  this.timeout(120_000)
  const cluster = new Cluster({ VAJRA_CLUSTER_KEY: SECRETS.clusterKey })
  const search = new Search()
  const received: string[] = []
  let server: Server
  let target: string
  let nodes: ClusterNode[]
  let provider: ServerProcess<{ tokenUrl: string }, { readonly token: string }>
  let careful: Launched & { http: string }
  let spy: Recorded

  before(async () => {
    server = createServer((request, response) => {
      const isCheck = request.headers['user-agent']?.endsWith('(pre-flight)') === true
      if (!isCheck) received.push(JSON.stringify([request.url, request.headers]))
      if (request.url === '/login') response.setHeader('set-cookie', [`s=${SECRETS.setupSession}`, `t=${SHARED}`])
      response.writeHead(request.url === '/denied' ? 401 : 200).end(`{"echo":"${request.headers.authorization}"}`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    provider = new ServerProcess('oauth2-server.ts', ['2', SECRETS.clientSecret])
    writeFileSync(join(cluster.folder, 'secret'), `${SECRETS.file}\n`)
    writeFileSync(join(cluster.folder, 'broken'), `${SECRETS.brokenFile}\u0000\n${SECRETS.brokenFile}\n`)
    const environment = {
      SHOP_TOKEN: SECRETS.variable,
      SHOP_PASSWORD: SECRETS.password,
      SHOP_KEY: SECRETS.queryKey,
      SHOP_CLIENT_SECRET: SECRETS.clientSecret,
      SHOP_WRONG_SECRET: SECRETS.wrongClientSecret,
    }
    nodes = await Promise.all(['a', 'b'].map((name) => cluster.ready(begin(name, environment))))
    await cluster.formed(2)
    spy = await startMesh({ clusterKey: SECRETS.clusterKey, join: [nodes[0]!.listen[0]!] })
    await until('the spy to be connected', 10_000, () => spy.mesh.peers().length === 2)
  })
  after(async () => {
    await stopAll()
    await cluster.close()
    await provider.stop()
    server.closeAllConnections()
    server.close()
  })

  function begin(name: string, env: NodeJS.ProcessEnv, more: readonly string[] = []): Launched {
    const folder = join(cluster.folder, 'data', name)
    const flags = ['--json', '--no-mdns', '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0', '--workers', '1']
    const own = ['--name', name, '--data-dir', folder, '--log-level', 'debug', ...more]
    return cluster.begin(['node', ...flags, ...own], env)
  }

  const suite = (path: string, headers: Readonly<Record<string, string>>) => ({
    name: MARK,
    target,
    scenarios: [{ name: 'main', load: { rate: '40/s', duration: '1s' }, http: { url: path, headers } }],
  })

  async function runs(headers: Readonly<Record<string, string>>, path = '/'): Promise<string> {
    return (await ended(suite(path, headers))).status
  }

  /** What all nodes find of a suite before a run. */
  async function looked(document: object): Promise<void> {
    const response = await fetch(`${nodes[0]!.http}/v1/validate?preflight=true`, posted(document))
    search.see('pre-flight', await response.text())
  }

  async function ended(document: object) {
    await looked(document)
    const runId = await cluster.submit(nodes[0]!, document)
    await cluster.ended(runId, 40_000)
    return cluster.run(nodes[1]!, runId)
  }

  const authorised = (auths: readonly object[]) => ({
    name: MARK,
    target,
    scenarios: auths.map((auth, index) => ({
      name: `part ${index}`,
      load: { rate: '20/s', duration: '2s' },
      auth,
      http: `/part${index}`,
    })),
  })

  async function ask(node: { readonly http: string }, path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${node.http}${path}`, { ...init, signal: AbortSignal.timeout(10_000) })
    search.see(`answer to ${init.method ?? 'GET'} ${path}`, await response.clone().text())
    search.see(`headers of ${path}`, JSON.stringify([...response.headers]))
    return response
  }

  it('reach the target, from variables and files of the nodes that fire', async () => {
    const headers = { authorization: 'Bearer env:SHOP_TOKEN', 'x-api-key': `file:${cluster.folder}/secret` }
    assert.equal(await runs(headers), 'completed')
    assert.equal(received.length, 40)
    for (const one of received) assert.ok(one.includes(`Bearer ${SECRETS.variable}`) && one.includes(SECRETS.file), one)
    assert.equal(await runs(headers, '/denied'), 'completed')
  })

  it('reach the target as `auth` has them sent, also renewed', async () => {
    received.length = 0
    const { tokenUrl } = await provider.where
    const clientId = 'load-test'
    const { status } = await ended(
      authorised([
        { basic: { username: 'shop', password: 'env:SHOP_PASSWORD' } },
        { apiKey: { query: 'key', value: 'env:SHOP_KEY' } },
        { oauth2: { tokenUrl, clientId, clientSecret: 'env:SHOP_CLIENT_SECRET' } },
      ]),
    )
    assert.equal(status, 'completed')
    assert.equal(received.length, 120)
    const tokens = (await provider.asked()).map(({ token }) => token)
    // One of each of the two nodes before the run; then at least one, each renewed once or twice in two seconds.
    assert.ok(tokens.length >= 4 && tokens.length <= 8, `${tokens.length} tokens`)
    const basic = Buffer.from(`shop:${SECRETS.password}`).toString('base64')
    for (const one of received) {
      const [url] = JSON.parse(one) as [string]
      const expected = url.startsWith('/part0') ? [basic] : url.startsWith('/part1') ? [SECRETS.queryKey] : tokens
      assert.ok(
        expected.some((text) => one.includes(text)),
        one,
      )
    }
    Object.assign(SECRETS, { basic }, Object.fromEntries(tokens.map((token, index) => [`token ${index}`, token])))
  })

  it('stay where a setup has found them, for its teardown; other values go to all nodes', async () => {
    received.length = 0
    const extract = { session: { from: 'cookie:s', secret: true }, token: 'cookie:t' }
    const fire = suite('/fire', { authorization: 'Bearer {{setup.token}}' })
    const { status, runId } = await ended({
      ...fire,
      setup: [{ http: '/login', extract }],
      teardown: [{ http: { url: '/logout', headers: { cookie: 's={{setup.session}}' } } }],
    })
    assert.equal(status, 'completed')
    const fired = received.filter((one) => one.includes('/fire'))
    assert.ok(fired.length === 40 && fired.every((one) => one.includes(`Bearer ${SHARED}`)))
    assert.ok(received.at(-1)!.includes('/logout') && received.at(-1)!.includes(SECRETS.setupSession))
    const report = await cluster.report(nodes[1]!, runId)
    assert.deepEqual([report.setup?.ok, report.teardown?.ok], [true, true])
  })

  it('make runs fail whose credentials are refused: every node says why, and where', async () => {
    const { tokenUrl } = await provider.where
    const oauth2 = { tokenUrl, clientId: 'load-test', clientSecret: 'env:SHOP_WRONG_SECRET' }
    const { runId } = await ended(authorised([{ oauth2 }]))
    const expected =
      /^TASK_SETUP_FAILED: node (a|b): scenario part 0, task http: scenarios\[0\]\.auth\.oauth2: the token endpoint \S+ refused client load-test with secret env:SHOP_WRONG_SECRET: 401 invalid_client/
    for (const node of nodes) {
      const { status, reason } = (await cluster.run(node, runId)) as { status: string; reason: string }
      assert.equal(status, 'failed')
      assert.match(reason, expected)
    }
  })

  it('make runs fail that need one which is not there or cannot be sent, without being told', async () => {
    const file = `file:${cluster.folder}/`
    for (const authorization of [`${file}broken`, `${file}missing`, 'env:NOT_SET']) {
      assert.equal(await runs({ authorization, 'x-api-key': 'env:SHOP_TOKEN' }), 'failed', authorization)
    }
  })

  it('are refused as literals, and not repeated', async () => {
    for (const header of ['authorization', 'Proxy-Authorization', 'cookie', 'x-api-key']) {
      for (const path of ['/v1/runs', '/v1/validate']) {
        const response = await ask(nodes[0]!, path, posted(suite('/', { [header]: SECRETS.literal })))
        assert.match(await response.text(), /a literal credential is not allowed/)
      }
    }
    const headers = ['--header', `authorization: ${SECRETS.literal}`]
    const { stdout, stderr, code } = await cluster.command(['quick', target, '--duration', '1s', ...headers])
    search.see('vajra quick with a literal', stdout + stderr)
    assert.equal(code, 104, stderr)
  })

  it('are not looked for on a node that may not fire', async () => {
    // Without SHOP_TOKEN: if it were looked for, the run would fail for want of it.
    const launched = begin('careful', { VAJRA_HTTP_TOKEN: SECRETS.httpToken }, ['--allow-target', 'shop.example'])
    await until('the careful node to be ready', 30_000, () => launched.stdout().includes('\n'))
    careful = { ...launched, http: (JSON.parse(launched.stdout().split('\n')[0]!) as { http: string }).http }
    await cluster.formed(3)
    assert.equal(await runs({ authorization: 'env:SHOP_TOKEN' }), 'failed')
    const { runs: known } = (await (await ask(nodes[0]!, '/v1/runs')).json()) as { runs: { reason: string }[] }
    assert.match(known[0]!.reason, /careful.*may not fire at/)
    assert.doesNotMatch(known[0]!.reason + careful.stderr(), /SHOP_TOKEN cannot be resolved/)
  })

  it('open the API, and are compared and forgotten', async () => {
    for (const authorization of ['', `Bearer ${SECRETS.wrongToken}`, `Basic ${SECRETS.httpToken}`]) {
      assert.equal((await ask(careful, '/v1/runs', { headers: { authorization } })).status, 401)
    }
    const { stderr, stdout } = await cluster.command(['runs', '--node', careful.http, '--token', SECRETS.wrongToken])
    search.see('vajra runs with a wrong token', stdout + stderr)
    const authorization = `Bearer ${SECRETS.httpToken}`
    assert.equal((await ask(careful, '/v1/runs', { headers: { authorization } })).status, 200)
  })

  it('are nowhere else: no log, answer, report, event, metric, message or file has them', async () => {
    const { runs: known } = (await (await ask(nodes[0]!, '/v1/runs')).json()) as { runs: { runId: string }[] }
    assert.ok(known.length >= 7)
    const headers = { authorization: `Bearer ${SECRETS.httpToken}` }
    for (const node of [...nodes, careful]) {
      for (const path of ['/v1/nodes', '/v1/tasks', '/v1/openapi.json', '/metrics', '/healthz', '/readyz']) {
        await ask(node, path, { headers })
      }
      for (const { runId } of known) {
        for (const path of ['', '/report', '/events']) await ask(node, `/v1/runs/${runId}${path}`, { headers })
      }
    }
    for (const format of ['text', 'json', 'csv', 'junit']) {
      const at = ['--node', nodes[1]!.http]
      const { stdout } = await cluster.command(['report', known[0]!.runId, '--format', format, ...at])
      search.see(`report as ${format}`, stdout)
    }
    for (const { bytes } of [...spy.messages, ...spy.gossip]) search.see('message', bytes)
    // As they lie there while the nodes run, with what is not written back yet, and after they have ended.
    seeFiles('file of a running node')
    await cluster.kill(careful, 'SIGTERM')
    for (const node of nodes) await cluster.leave(node)
    seeFiles('file')
    for (const node of [...nodes, careful]) {
      search.see(`stdout of ${node.name}`, node.stdout())
      search.see(`log of ${node.name}`, node.stderr())
      assert.doesNotMatch(node.stderr(), /a defect/)
    }
    for (const where of ['answer', 'report', 'message', 'file of a running node', 'file', 'log']) {
      const found = search.placesOf(where === 'log' ? '"level":20' : MARK)
      assert.ok(
        found.some((place) => place.startsWith(where)),
        `the search sees ${where}`,
      )
    }
    const places = new Set(formsOf(SHARED).flatMap((form) => search.placesOf(form).map((place) => place.split(' ')[0])))
    assert.ok(places.has('file'), 'the search sees what a setup gave to all nodes')
    assert.deepEqual(
      [...places].filter((place) => !['file', 'message'].includes(place!)),
      [],
    )
    for (const [what, text] of Object.entries(SECRETS)) {
      for (const form of formsOf(text)) {
        const how = form === text ? 'it is' : 'another form of it'
        assert.deepEqual(search.placesOf(form), [], `${what} was found, as ${how}`)
      }
    }
  })

  function seeFiles(what: string): void {
    search.seeFiles(what, cluster.folder, ['secret', 'broken'])
  }
})
