/** What users, targets, disks and strangers do wrong: told clearly, counted, and no reason for a node to stop. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { getJson, until } from '../../../examples/support/asking.ts'
import { Cluster, type ClusterNode } from '../../../examples/support/cluster.ts'
import type { NodesDocument } from '../../../src/api/node-port.ts'
import { EXIT } from '../../../src/base/errors.ts'
import { LIMITS } from '../../../src/base/limits.ts'
import type { Report } from '../../../src/metrics/report-document.ts'
import {
  assertCode,
  assertFlawless,
  assertIdentities,
  complaints,
  sameReport,
  suiteAt,
  type Target,
} from './support.ts'

describe('what goes wrong outside', function () {
  this.timeout(60_000)
  const cluster = new Cluster()
  let target: Target
  let a: ClusterNode
  let b: ClusterNode

  before(async () => {
    target = await cluster.startTarget()
    ;[a, b] = (await cluster.startNodes(['a', 'b'])) as [ClusterNode, ClusterNode]
    await cluster.formed(2)
  })

  after(() => cluster.close())

  async function namesSeenBy(node: ClusterNode): Promise<string[]> {
    return (await getJson<NodesDocument>(`${node.http}/v1/nodes`)).nodes.map(({ name }) => name)
  }

  describe('in the bodies of API requests', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const unknownKeys = JSON.stringify(Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i])))
    const aliases = `a0: &a0 [x, x]\n${Array.from({ length: 40 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`).join('\n')}\n`
    const bodies: readonly [
      what: string,
      body: string | Uint8Array<ArrayBuffer>,
      format: 'json' | 'yaml',
      status: number,
    ][] = [
      ['nothing', '', 'json', 400],
      ['more than the API reads', 'x'.repeat(LIMITS.httpBodyBytes + 1), 'yaml', 413],
      ['more than a suite may have', `name: ${'x'.repeat(LIMITS.suiteBytes)}`, 'yaml', 400],
      ['a list for a suite', '[1, 2, 3]', 'json', 400],
      ['null', 'null', 'json', 400],
      ['wrong types everywhere', '{"name":{},"target":[],"scenarios":"x","thresholds":7,"mode":null}', 'json', 400],
      [
        'numbers beyond all bounds',
        JSON.stringify(suiteAt('http://127.0.0.1:1', { rate: 1e300, seconds: 1e9 })),
        'json',
        400,
      ],
      ['a prototype in its keys', '{"__proto__":{"a":1},"constructor":1,"name":"x","scenarios":[]}', 'json', 400],
      ['deep JSON', nested(50_000), 'json', 400],
      ['deep YAML', nested(50_000), 'yaml', 400],
      ['half a document', '{"name": "x", "scenarios": [', 'json', 400],
      ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0xff, 0xfe, 0x00, 0x7d), 'json', 400],
      ['ten thousand unknown keys', unknownKeys, 'json', 400],
      ['aliases that multiply', aliases, 'yaml', 400],
    ]

    for (const [what, body, format, status] of bodies) {
      it(`refuses ${what}`, async () => {
        for (const path of ['/v1/runs', '/v1/validate']) {
          const response = await fetch(`${a.http}${path}`, {
            method: 'POST',
            headers: { 'content-type': `application/${format}` },
            body: new Blob([body]),
            signal: AbortSignal.timeout(10_000),
          })
          const answer = (await response.json()) as { errors: unknown[]; valid?: boolean }
          if (path === '/v1/validate' && response.status === 200) assert.equal(answer.valid, false)
          else assert.equal(response.status, status, `${path}: ${JSON.stringify(answer).slice(0, 500)}`)
          assert.ok(
            answer.errors.length > 0 && answer.errors.length <= LIMITS.problems + 1,
            `${answer.errors.length} errors`,
          )
        }
      })
    }

    it('goes on after all of that, and after bytes that are not HTTP', async () => {
      const socket = connect(Number(new URL(a.http).port), '127.0.0.1')
      socket.on('error', () => {})
      socket.end(randomBytes(4096))
      const runId = await cluster.submit(a, suiteAt(target.url, { rate: 50, seconds: 1 }))
      await cluster.ended(runId, 20_000)
      assertFlawless(await sameReport(cluster, runId), 50)
      for (const node of [a, b]) assert.deepEqual(complaints(node), [], `log of ${node.name}`)
    })
  })

  describe('at the target', () => {
    it('counts failures by their kind, and ends in order', async () => {
      const closed = createServer()
      await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
      const down = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
      await new Promise((resolve) => closed.close(resolve))
      const urls = {
        connect_refused: down,
        connection_reset: `${target.url}/reset`,
        protocol: `${target.url}/garbage`,
        timeout: `${target.url}/hang`,
        closed: `${target.url}/partial`,
        http_5xx: `${target.url}/status/503`,
      }
      const load = { rate: '40/s', duration: '2s' }
      const scenarios = Object.entries(urls).map(([name, url]) => ({ name, load, http: { url, timeout: '300ms' } }))
      const file = join(cluster.folder, 'failing.json')
      writeFileSync(file, JSON.stringify({ name: 'failing', scenarios }))
      const result = await cluster.command(['submit', file, '--follow', '--json', '--node', b.http])
      assertCode(result, EXIT.ok, 'submit --follow without thresholds')
      const report = JSON.parse(result.stdout) as Report
      assertIdentities(report)
      assert.deepEqual([report.status, report.complete, report.degraded], ['completed', true, false])
      for (const { name, totals } of report.scenarios) {
        const { scheduled, failed, errors } = totals
        assert.deepEqual(
          { scheduled, failed, errors },
          { scheduled: 80, failed: 80, errors: { [name]: 80 } },
          `${name}: ${JSON.stringify(totals)}`,
        )
      }
      const waited = report.scenarios.find(({ name }) => name === 'timeout')!.totals.serviceTime
      assert.ok(waited.min >= 299 && waited.p50 < 600, `time-outs of 300 ms took ${JSON.stringify(waited)}`)
    })

    it('is refused where the node may not fire', async () => {
      const careful = await cluster.startNode('careful', ['--allow-target', 'shop.example,127.0.0.1:1'])
      await cluster.formed(3)
      const file = join(cluster.folder, 'forbidden.json')
      writeFileSync(file, JSON.stringify(suiteAt(target.url, { rate: 10, seconds: 1 })))
      const there = await cluster.command(['submit', file, '--node', careful.http])
      assertCode(there, EXIT.invalidInput, 'submit to the careful node')
      assert.match(there.stderr, /this node may not fire at http:\/\/127\.0\.0\.1:\d+\n.*--allow-target/)
      const before = (await target.log()).total
      const elsewhere = await cluster.command(['submit', file, '--follow', '--json', '--node', a.http])
      assertCode(elsewhere, EXIT.taskSetupFailed, 'submit to a node that may')
      assert.match(elsewhere.stderr, /careful.*may not fire at http:\/\/127\.0\.0\.1:\d+/)
      assert.equal((JSON.parse(elsewhere.stdout) as Report).totals.sent, 0)
      assert.equal((await target.log()).total, before, 'requests at the target')
      await cluster.leave(careful)
      await cluster.formed(2)
    })
  })

  describe('on the machine', () => {
    async function refused(flags: readonly string[], message: RegExp): Promise<void> {
      const result = await cluster.command(['node', '--no-mdns', '--listen', '127.0.0.1:0', ...flags], 20_000)
      assertCode(result, EXIT.invalidInput, `vajra node ${flags.join(' ')}`)
      assert.match(result.stderr, message)
      assert.match(result.stderr, /hint: /)
    }

    it('says which port is in use', async () => {
      const address = new URL(a.http).host
      await refused(
        ['--http', address, '--data-dir', join(cluster.folder, 'other')],
        new RegExp(`listens on ${address}`),
      )
    })

    it('says which data folder cannot be used', async () => {
      const file = join(cluster.folder, 'a-file')
      writeFileSync(file, '')
      await refused(['--data-dir', join(file, 'data')], /cannot use the data folder .*a-file/)
      const held = join(cluster.folder, 'data', 'a')
      await refused(['--data-dir', held], new RegExp(`${held} is in use by another node \\(pid ${a.process.pid}\\)`))
    })

    it('sets a damaged database aside, and gets the runs from the others', async () => {
      const runId = await cluster.submit(a, suiteAt(target.url, { rate: 50, seconds: 1 }))
      await cluster.ended(runId, 20_000)
      const report = await sameReport(cluster, runId)
      await cluster.leave(b)
      const folder = join(cluster.folder, 'data', 'b')
      for (const suffix of ['-wal', '-shm']) rmSync(join(folder, `vajra.db${suffix}`), { force: true })
      writeFileSync(join(folder, 'vajra.db'), randomBytes(64 * 1024))
      b = await cluster.startNode('b')
      await cluster.formed(2)
      assert.match(b.stderr(), /vajra\.db is damaged; it was moved to /)
      assert.ok(readdirSync(folder).some((name) => name.startsWith('vajra.db.corrupt-')))
      await until('the report on the node that lost its own', 20_000, async () => {
        return (await cluster.report(b, runId)).digest === report.digest
      })
    })
  })

  describe('in who finds whom', () => {
    it('keeps a node with another key out', async () => {
      const address = a.listen[0]!
      const flags = ['--json', '--no-mdns', '--listen', '127.0.0.1:0', '--http', '127.0.0.1:0', '--workers', '1']
      const stranger = cluster.begin(
        ['node', '--name', 'stranger', '--join', address, '--data-dir', join(cluster.folder, 'stranger'), ...flags],
        { VAJRA_CLUSTER_KEY: randomBytes(32).toString('hex') },
      )
      const other = await cluster.ready(stranger)
      // That it does not happen takes time to see: several attempts to connect.
      const deadline = performance.now() + 3000
      await until('three seconds to pass', 10_000, async () => {
        assert.deepEqual(await namesSeenBy(other), ['stranger'])
        assert.deepEqual(await namesSeenBy(a), ['a', 'b'])
        return performance.now() > deadline
      })
      const runId = await cluster.submit(other, suiteAt(target.url, { rate: 20, seconds: 1 }))
      const unknown = await fetch(`${a.http}/v1/runs/${runId}`)
      assert.equal(unknown.status, 404)
      await cluster.leave(other)
    })
  })
})

describe('two nodes without a flag', function () {
  this.timeout(60_000)
  // The environment only keeps them in the folder and on loopback.
  const cluster = new Cluster({ VAJRA_NO_MDNS: 'true', VAJRA_LISTEN: '127.0.0.1:0', VAJRA_JSON: 'true' })
  after(() => cluster.close())

  it('form a mesh, with names, ports and folders of their own', async () => {
    mkdirSync(join(cluster.folder, 'config'), { recursive: true })
    const first = await cluster.ready(cluster.begin(['node']))
    const second = await cluster.ready(cluster.begin(['node']))
    await cluster.formed(2)
    assert.notEqual(first.name, second.name)
    assert.equal(second.name, `${first.name}-2`)
    assert.notEqual(first.http, second.http)
    for (const { http } of [first, second]) assert.match(http, /^http:\/\/127\.0\.0\.1:7\d\d\d$/)
    assert.deepEqual(readdirSync(join(cluster.folder, 'config', 'vajra')).includes('cluster.key'), true)
    for (const node of [first, second]) assert.deepEqual(complaints(node), [])
    for (const node of [first, second]) await cluster.leave(node)
  })
})
