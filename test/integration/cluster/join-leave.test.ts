/** Nodes come and go by their own will while a run goes on: nothing is lost, nothing is fired twice. */

import assert from 'node:assert/strict'
import { Cluster, type ClusterNode } from '../../../examples/support/cluster.ts'
import { EXIT } from '../../../src/base/errors.ts'
import type { Report } from '../../../src/metrics/report-document.ts'
import {
  assertFlawless,
  assertNodeCounts,
  complaints,
  runTime,
  sameReport,
  started,
  suiteAt,
  type Target,
} from './support.ts'

const RATE = 500
const SECONDS = 13

describe('joining and leaving in the middle of a run', function () {
  this.timeout(120_000)
  const cluster = new Cluster()
  const leavers: ClusterNode[] = []
  const exitCodes: (number | null)[] = []
  let target: Target
  let newcomer: ClusterNode
  let report: Report

  before(async () => {
    target = await cluster.startTarget()
    await cluster.startNodes(['a', 'b', 'c'])
    await cluster.formed(3)
    const coordinator = await cluster.coordinator()
    const follower = cluster.nodes.find((node) => node !== coordinator)!
    leavers.push(follower, coordinator)
    const runId = await cluster.submit(follower, suiteAt(target.url, { rate: RATE, seconds: SECONDS }))
    const startedAt = await started(cluster, follower, runId)
    await runTime(startedAt, 2000)
    newcomer = await cluster.startNode('late')
    // A follower first, then the coordinator itself.
    for (const [i, leaver] of leavers.entries()) {
      await runTime(startedAt, 5500 + i * 3000)
      exitCodes.push(await cluster.kill(leaver, 'SIGTERM'))
    }
    assert.ok(Date.now() < startedAt + SECONDS * 1000, 'both were gone before the run ended')
    await cluster.ended(runId, 60_000)
    report = await sameReport(cluster, runId)
  })

  after(() => cluster.close())

  it('loses no request and fires none twice', async () => {
    assertFlawless(report, RATE * SECONDS)
    assert.equal((await target.log()).total, RATE * SECONDS, 'requests that reached the target')
    assert.deepEqual(
      report.timeline.slice(0, SECONDS).map(({ sent }) => sent),
      new Array(SECONDS).fill(RATE),
      'requests in each second',
    )
    await assertNodeCounts(report, target, ['a', 'b', 'c', 'late'])
  })

  it('gives a node that joins its share', () => {
    const taken = report.coverage.nodes.find(({ node }) => node === newcomer.name)
    assert.ok(taken !== undefined && taken.requests > 0, JSON.stringify(report.coverage.nodes))
    assert.ok((taken.firstAt ?? 0) > 2000, `its first request came at ${taken.firstAt} ms`)
    assert.ok(report.events.some(({ kind, node }) => kind === 'node-joined' && node === newcomer.name))
  })

  it('lets a node go that hands over, with exit code 0 and without an error', () => {
    assert.deepEqual(exitCodes, [EXIT.ok, EXIT.ok])
    const left = report.events.filter(({ kind }) => kind === 'node-left').map(({ node }) => node)
    assert.deepEqual(
      left,
      leavers.map(({ name }) => name),
    )
    assert.ok(report.coverage.nodes.every((node) => !node.lost))
    for (const node of cluster.nodes) assert.deepEqual(complaints(node), [], `log of ${node.name}`)
  })
})
