/** Rows of data on a mesh of three, by the target's own log: each once, whoever fires it, whoever is killed. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getJson } from '../../examples/support/asking.ts'
import { Cluster, type ClusterNode } from '../../examples/support/cluster.ts'
import type { ShopLog } from '../../examples/target-shop.ts'
import {
  assertFlawless,
  assertIdentities,
  runTime,
  sameReport,
  started,
  type Target,
} from '../integration/cluster/support.ts'

const rowsOf = (count: number) => Array.from({ length: count }, (_, i) => `user${i}@example.org`)
const csvOf = (rows: readonly string[]) => `email,note\n${rows.map((row) => `${row},"secret, of ${row}"`).join('\n')}\n`

describe('rows of data on a mesh', function () {
  this.timeout(60_000)
  const cluster = new Cluster()
  let target: Target

  before(async () => {
    target = await cluster.startTarget()
    await cluster.startNodes(['a', 'b', 'c'])
    await cluster.formed(3)
  })
  after(() => cluster.close())

  const suiteOf = (load: unknown, data: unknown) => ({
    name: 'rows',
    target: target.url,
    data: { users: data },
    scenarios: [
      {
        name: 'main',
        load,
        http: {
          method: 'POST',
          url: '/login',
          json: { user: '{{users.email}}' },
          headers: { 'x-vajra-node': '{{node}}' },
        },
      },
    ],
  })

  function formOf(suite: unknown, rows: readonly string[]): FormData {
    const form = new FormData()
    form.append('suite', new File([JSON.stringify(suite)], 'suite.json', { type: 'application/json' }))
    form.append('users.csv', new File([csvOf(rows)], 'users.csv'))
    return form
  }

  async function submit(node: ClusterNode, suite: unknown, rows: readonly string[]): Promise<string> {
    await target.reset()
    const response = await fetch(`${node.http}/v1/runs`, { method: 'POST', body: formOf(suite, rows) })
    assert.equal(response.status, 202, await response.clone().text())
    return ((await response.json()) as { runId: string }).runId
  }

  async function used(): Promise<Map<string, number>> {
    return new Map(Object.entries((await getJson<ShopLog>(`${target.url}/__shop`)).users))
  }

  const twice = (counts: ReadonlyMap<string, number>) => [...counts].filter(([, count]) => count > 1)

  it('sent from the command line, are each used once, and the load ends with them', async () => {
    const rows = rowsOf(240)
    const suite = suiteOf({ rate: '240/s', duration: '20s' }, { file: 'users.csv', order: 'shuffled', onEnd: 'stop' })
    writeFileSync(join(cluster.folder, 'suite.json'), JSON.stringify(suite))
    writeFileSync(join(cluster.folder, 'users.csv'), csvOf(rows))
    await target.reset()
    const [a] = cluster.alive() as [ClusterNode]
    const result = await cluster.command(['submit', 'suite.json', '--node', a.http, '-f', '-q', '--json'])
    assert.equal(result.code, 0, result.stderr)
    const { runId, durationMs } = JSON.parse(result.stdout) as { runId: string; durationMs: number }
    const report = await sameReport(cluster, runId)
    assertFlawless(report, 240)
    assert.ok(durationMs < 2000, `ended after ${durationMs} ms`)
    const [ended] = report.events.filter(({ kind }) => kind === 'data-ended')
    assert.equal(ended?.message, 'main has used its 240 rows of users, and ends with them')
    const counts = await used()
    assert.deepEqual([...counts.keys()].sort(), [...rows].sort())
    assert.deepEqual(twice(counts), [])
    assert.equal(Object.keys((await target.log()).byNode).length, 3, 'all three nodes took part')
    for (const node of cluster.alive()) assert.doesNotMatch(node.stderr() + JSON.stringify(report), /secret, of/)
  })

  it('in a form, go on from row to row after the node that took them has been killed', async () => {
    const rows = rowsOf(100)
    const suite = suiteOf({ rate: '200/s', duration: '2s' }, { file: 'users.csv' })
    const victim = cluster.alive().at(-1)!
    const gone = once(victim.process, 'exit')
    const runId = await submit(victim, suite, rows)
    victim.process.kill('SIGKILL')
    await gone
    await cluster.ended(runId, 40_000)
    const report = await sameReport(cluster, runId)
    assertIdentities(report)
    assert.equal(report.totals.scheduled, 400)
    const counts = await used()
    for (const [row, count] of counts) assert.ok(count <= 4, `${row} was used ${count} times in four rounds`)
    assert.ok(counts.size >= 99, `${counts.size} rows were used`)
    await cluster.startNode(victim.name)
    await cluster.formed(3)
  })

  it('are the users’ of one node for good, also when another one is killed, and a new one comes', async () => {
    const rows = rowsOf(3000)
    const suite = suiteOf({ users: 12, duration: '3s', thinkTime: '20ms' }, { file: 'users.csv', onEnd: 'stop' })
    const [first, second] = cluster.alive() as [ClusterNode, ClusterNode]
    const runId = await submit(first, suite, rows)
    const startedAt = await started(cluster, first, runId)
    await runTime(startedAt, 700)
    await cluster.kill(second)
    const again = await cluster.startNode(second.name)
    await cluster.ended(runId, 40_000)
    const report = await sameReport(cluster, runId)
    assertIdentities(report)
    const counts = await used()
    assert.deepEqual(twice(counts), [])
    assert.ok(counts.size > 300, `${counts.size} rows were used`)
    assert.equal(report.coverage.nodes.find(({ bootId }) => bootId === again.bootId)?.requests ?? 0, 0)
  })

  it('are others on each node that needs what an iteration stores, and has had none', async () => {
    const rows = rowsOf(30)
    const first = { method: 'POST', url: '/login', json: { user: '{{users.email}}' } }
    const extract = { token: 'json:$.token' }
    const next = { url: '/cart', headers: { authorization: 'Bearer {{token}}', 'x-vajra-node': '{{node}}' } }
    for (const load of [
      { rate: '5/s', duration: '200ms' },
      { users: 1, duration: '200ms', thinkTime: '1s' },
    ]) {
      const scenarios = [
        { name: 'in', load, http: first, extract, store: ['token'] },
        { name: 'out', load: { rate: '60/s', duration: '500ms' }, http: next, use: ['token'] },
      ]
      const suite = { ...suiteOf(load, { file: 'users.csv' }), mode: 'sequential', scenarios }
      const runId = await submit(cluster.alive()[0]!, suite, rows)
      await cluster.ended(runId, 40_000)
      const report = await sameReport(cluster, runId)
      assert.deepEqual(report.totals.errors, {})
      assert.equal(report.scenarios[1]!.totals.succeeded, 30)
      const counts = await used()
      assert.deepEqual(twice(counts), [])
      assert.equal(counts.size, 3, 'one on each node')
    }
  })

  it('that are missing, or wrong, are told of by any node', async () => {
    const [node] = cluster.alive() as [ClusterNode]
    const suite = suiteOf({ rate: '10/s', duration: '1s' }, { file: 'users.csv' })
    const headers = { 'content-type': 'application/json' }
    const plain = await fetch(`${node.http}/v1/runs`, { method: 'POST', headers, body: JSON.stringify(suite) })
    assert.equal(plain.status, 400)
    assert.match(JSON.stringify(await plain.json()), /users\.csv has not come with the suite.*-F suite=@suite\.yaml/)
    const form = formOf(suite, ['x"y"z'])
    const wrong = await fetch(`${node.http}/v1/validate`, { method: 'POST', body: form })
    const { valid, errors } = (await wrong.json()) as { valid: boolean; errors: { message: string }[] }
    assert.deepEqual(
      [valid, errors[0]?.message],
      [false, 'users.csv, line 2: a quote is within a field that has none around it'],
    )
  })
})
