/** Pre-flight on a mesh of three: what it says of dead, slow and healthy targets, of nodes, and what it keeps from starting. */

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Cluster, type ClusterNode } from '../../examples/support/cluster.ts'
import type { ValidationDocument } from '../../src/api/node-port.ts'
import { EXIT } from '../../src/base/errors.ts'
import type { Finding, PreflightDocument } from '../../src/base/finding.ts'
import { assertCode } from '../integration/cluster/support.ts'

const NAMES = ['a', 'b', 'c']
const SECRET = 'pl4nted-0nly-here'
/** All of it, asked over the API. */
const MOST_MS = 5000

describe('pre-flight on a mesh of three', function () {
  this.timeout(60_000)
  const cluster = new Cluster({ VAJRA_NO_PREFLIGHT: '' })
  let nodes: ClusterNode[]
  let server: Server
  let target: string
  const received: string[] = []
  /** Of a node: what `/proc/self/cwd` is to it. */
  const workingFolder = (name: string) => join(cluster.folder, `at-${name}`)

  before(async () => {
    server = createServer((request, response) => {
      received.push(`${request.method} ${request.url}`)
      if (request.url === '/silent') return
      setTimeout(() => response.end('{}'), request.url === '/slow' ? 1200 : 0)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    nodes = await Promise.all(
      NAMES.map((name, i) => {
        mkdirSync(workingFolder(name))
        return cluster.startNode(name, i === 2 ? ['--allow-target', target] : [], [
          'env',
          '--chdir',
          workingFolder(name),
        ])
      }),
    )
    await cluster.formed(3)
  })
  after(async () => {
    await cluster.close()
    server.closeAllConnections()
    server.close()
  })

  const suite = (http: unknown, load: object = { rate: '30/s', duration: '1s' }, more: object = {}) => ({
    name: 'pre-flight',
    target,
    scenarios: [{ name: 'main', load, http }],
    ...more,
  })

  async function ask(document: object): Promise<PreflightDocument> {
    const begin = performance.now()
    const response = await fetch(`${nodes[0]!.http}/v1/validate?preflight=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
    })
    const took = performance.now() - begin
    assert.ok(took < MOST_MS, `${Math.round(took)} ms`)
    const { preflight } = (await response.json()) as ValidationDocument
    assert.ok(preflight)
    assert.deepEqual([...preflight.nodes].sort(), NAMES)
    return preflight
  }

  /** The nodes that found it, when they found the same. */
  const by = (findings: readonly Finding[], check: string, level: string, seen: RegExp) =>
    findings
      .filter((finding) => finding.check === check && finding.level === level && seen.test(finding.seen))
      .map(({ node }) => node)
      .sort()

  it('says on every node what a healthy, a slow and a dead target are', async () => {
    const { level, findings } = await ask(suite('/fast'))
    assert.equal(level, 'PASS', JSON.stringify(findings))
    assert.deepEqual(by(findings, 'answer', 'PASS', /answered 200 in .*median of 3/), NAMES)

    // A third of the rate each: 10/s at 1.2 s an answer are 12 in flight.
    const load = { rate: '30/s', duration: '3s', maxInFlight: 10 }
    const [slow, dead] = await Promise.all([ask(suite('/slow', load)), ask(suite('http://localhost:1/'))])
    assert.equal(slow.level, 'WARN')
    assert.deepEqual(by(slow.findings, 'load', 'WARN', /1[23] in flight.*`maxInFlight` is 10/), NAMES)
    assert.equal(dead.level, 'FAIL')
    assert.deepEqual(by(dead.findings, 'tcp', 'FAIL', /refuses connections/), ['a', 'b'])
    // And who may not fire there does not look either.
    assert.deepEqual(by(dead.findings, 'allow-target', 'FAIL', /may not fire at http:\/\/localhost:1/), ['c'])
    assert.deepEqual(by(dead.findings, 'tcp', 'FAIL', /./).includes('c'), false)
  })

  it('looks for credentials on every node, and shows none', async () => {
    const headers = { authorization: 'Bearer env:NOT_THERE', 'x-api-key': `file:${join(cluster.folder, 'key')}` }
    writeFileSync(join(cluster.folder, 'key'), SECRET)
    const document = await ask(suite({ url: '/fast', headers }))
    assert.deepEqual(by(document.findings, 'credentials', 'FAIL', /env:NOT_THERE .* not set/), NAMES)
    const there = await ask(suite({ url: '/fast', headers: { 'x-api-key': headers['x-api-key'] } }))
    assert.equal(there.level, 'PASS', JSON.stringify(there.findings))
    for (const text of [document, there].map((each) => JSON.stringify(each))) assert.ok(!text.includes(SECRET))
    for (const node of nodes) assert.ok(!(node.stdout() + node.stderr()).includes(SECRET))
  })

  it('finds the nodes that lack a data file, or have another one', async () => {
    const path = '/proc/self/cwd/users.csv'
    const put = (name: string, text: string) => writeFileSync(join(workingFolder(name), 'users.csv'), text)
    const document = suite(
      '/fast?user={{users.email}}',
      { rate: '30/s', duration: '1s' },
      { data: { users: { path } } },
    )
    put('a', 'email\na@x.org\n')
    put('b', 'email\nb@x.org\nc@x.org\n')
    const { level, findings } = await ask(document)
    assert.equal(level, 'FAIL')
    assert.deepEqual(by(findings, 'data', 'PASS', /are the same here/), ['a'])
    assert.deepEqual(by(findings, 'data', 'FAIL', /users\.csv is not the same here .*here 22 bytes.*there 14 bytes/), [
      'b',
    ])
    assert.deepEqual(by(findings, 'data', 'FAIL', /users\.csv cannot be read on this node: ENOENT/), ['c'])
    for (const { hint, path: place } of findings.filter((finding) => finding.level === 'FAIL')) {
      assert.match(hint ?? '', /every node/)
      assert.equal(place, 'data.users')
    }
    const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(document) }
    const refused = await fetch(`${nodes[2]!.http}/v1/runs`, sent)
    assert.equal(refused.status, 400)
    assert.match(await refused.text(), /users\.csv cannot be read on node c: ENOENT/)
    for (const name of NAMES) put(name, 'email\na@x.org\n')
    assert.deepEqual(by((await ask(document)).findings, 'data', 'PASS', /are the same here/), NAMES)
  })

  it('keeps a run from starting, unless it is told to go on', async () => {
    const file = (name: string, document: object): string => {
      const path = join(cluster.folder, name)
      writeFileSync(path, JSON.stringify(document))
      return path
    }
    const submit = (path: string, ...more: string[]) =>
      cluster.command(['submit', path, '--node', nodes[1]!.http, ...more], 20_000)
    const dead = file('dead.json', suite('http://localhost:1/'))
    const doubtful = file('doubtful.json', suite('/fast', { rate: '1/m', duration: '1s' }))
    const good = file('good.json', suite('/fast'))

    const refused = await submit(dead, '--yes')
    assertCode(refused, EXIT.invalidInput, 'submit at a dead target')
    assert.match(refused.stderr, /^pre-flight: 3 checks fail \(on 3 nodes/)
    assert.match(refused.stderr, /FAIL tcp: http:\/\/localhost:1 refuses connections\n +on a, b, scenarios\[0\]\.http/)
    const warned = await submit(doubtful)
    assertCode(warned, EXIT.invalidInput, 'submit with warnings')
    assert.match(warned.stderr, /WARN load: nothing is planned[\s\S]*on all 3 nodes[\s\S]*hint: --yes goes on/)
    assert.equal(warned.stdout, '')
    assertCode(await submit(doubtful, '--yes'), EXIT.ok, 'submit --yes with warnings')
    assertCode(await submit(dead, '--no-preflight'), EXIT.ok, 'submit --no-preflight at a dead target')

    received.length = 0
    const begin = performance.now()
    const well = await submit(good)
    assertCode(well, EXIT.ok, 'submit at a healthy target')
    assert.match(well.stderr, /^pre-flight: \d+ checks pass \(on 3 nodes, [\d.]+m?s\)\n$/)
    assert.ok(performance.now() - begin < MOST_MS)
  })

  it('says of nodes and targets that do not answer that they do not', async () => {
    const silent = nodes[1]!
    silent.process.kill('SIGSTOP')
    try {
      const { level, findings, tookMs } = await ask(suite({ url: '/silent', timeout: '1s' }))
      assert.equal(level, 'FAIL')
      assert.deepEqual(by(findings, 'node', 'WARN', /did not answer within|cannot be reached/), ['b'])
      assert.deepEqual(by(findings, 'answer', 'FAIL', /no answer after/), ['a', 'c'])
      assert.ok(tookMs < MOST_MS)
    } finally {
      silent.process.kill('SIGCONT')
    }
  })
})
