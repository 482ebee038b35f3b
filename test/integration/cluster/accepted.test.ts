/**
 * What was accepted is never lost: the node that took a run dies in the moment it has said so, again and again, comes
 * back with its data folder, or with a torn one, and knows what was and what is.
 */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { until } from '../../../examples/support/asking.ts'
import { Cluster, type ClusterNode } from '../../../examples/support/cluster.ts'
import { assertIdentities, sameReport, suiteAt, type Target } from './support.ts'

const ROUNDS = 4

describe('an accepted run', function () {
  this.timeout(150_000)
  const cluster = new Cluster()
  const digests = new Map<string, string>()
  let target: Target

  before(async () => {
    target = await cluster.startTarget()
    await cluster.startNodes(['a', 'b', 'c'])
    await cluster.formed(3)
  })
  after(() => cluster.close())

  /** Submits a suite and kills the node in the very turn in which its answer arrives, before the body is read. */
  async function submitAndKill(node: ClusterNode, suite: unknown): Promise<string> {
    const call = request(`${node.http}/v1/runs`, { method: 'POST', headers: { 'content-type': 'application/json' } })
    call.end(JSON.stringify(suite))
    const location = await new Promise<string>((resolve, reject) => {
      call.on('error', reject)
      call.on('response', (response) => {
        node.process.kill('SIGKILL')
        response.on('error', () => {}).resume()
        if (response.statusCode === 202) resolve(response.headers.location ?? '')
        else reject(new Error(`answered ${response.statusCode}`))
      })
    })
    if (node.process.signalCode === null) await once(node.process, 'exit')
    return location.split('/').at(-1)!
  }

  async function servesAll(node: ClusterNode): Promise<void> {
    for (const [runId, digest] of digests) {
      await until(`run ${runId} on ${node.name}`, 20_000, async () => {
        return (await cluster.report(node, runId)).digest === digest
      })
    }
  }

  for (let round = 0; round < ROUNDS; round++) {
    const role = round % 2 === 0 ? 'a follower' : 'the coordinator'
    it(`outlives ${role} that took it, which comes back and knows it (${round + 1} of ${ROUNDS})`, async () => {
      const coordinator = await cluster.coordinator()
      const victim =
        role === 'the coordinator' ? coordinator : cluster.alive().find((node) => node.name !== coordinator.name)!
      const before = (await target.log()).total
      const runId = await submitAndKill(victim, suiteAt(target.url, { rate: 200, seconds: 2 }))
      const again = await cluster.startNode(victim.name)
      assert.notEqual(again.bootId, victim.bootId)
      await until('the run on the node that came back', 10_000, async () => {
        return (await cluster.run(again, runId)).runId === runId
      })
      await cluster.ended(runId, 40_000)
      const report = await sameReport(cluster, runId)
      assertIdentities(report)
      assert.deepEqual([report.status, report.complete, report.totals.scheduled], ['completed', true, 400])
      assert.equal((await target.log()).total - before, report.totals.sent)
      const lost = report.coverage.nodes.filter((part) => part.lost)
      assert.ok(
        lost.every((part) => part.bootId === victim.bootId && part.requests === 0),
        JSON.stringify(lost),
      )
      digests.set(runId, report.digest)
      await servesAll(again)
      await cluster.formed(3)
    })
  }

  it('is on a node again whose database and its log were torn when it was killed', async () => {
    const [victim] = cluster.alive() as [ClusterNode]
    await cluster.kill(victim)
    const path = join(cluster.folder, 'data', victim.name, 'vajra.db')
    // As after a power failure on a disk that lied: the last pages of both are not there.
    for (const file of [path, `${path}-wal`]) if (existsSync(file)) truncateSync(file, cut(statSync(file).size))
    await comesBack(victim)
  })

  it('is on a node again that found its database damaged, set it aside and said so', async () => {
    const [victim] = cluster.alive() as [ClusterNode]
    await cluster.leave(victim)
    const folder = join(cluster.folder, 'data', victim.name)
    const path = join(folder, 'vajra.db')
    truncateSync(path, cut(statSync(path).size))
    const again = await comesBack(victim)
    assert.match(again.stderr(), /vajra\.db is damaged; it was moved to /)
    assert.ok(readdirSync(folder).some((name) => name.startsWith('vajra.db.corrupt-')))
  })

  /** Half of a file, in the middle of a page. */
  function cut(size: number): number {
    return Math.max(0, Math.floor(size / 8192) * 4096 - 1000)
  }

  async function comesBack(victim: ClusterNode): Promise<ClusterNode> {
    const again = await cluster.startNode(victim.name)
    await cluster.formed(3)
    await servesAll(again)
    for (const node of cluster.alive()) assert.doesNotMatch(node.stderr(), /a defect|internal error/, node.name)
    return again
  }
})
