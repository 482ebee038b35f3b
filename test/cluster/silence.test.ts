/** The coordinator falls silent without dying (SIGSTOP), and speaks again: nobody knows, so nobody may fire twice. */

import assert from 'node:assert/strict'
import { Cluster, type ClusterNode } from '../../examples/support/cluster.ts'
import type { Report } from '../../src/metrics/report-document.ts'
import {
  allowedOff,
  arrivalsBySecond,
  assertIdentities,
  assertNodeCounts,
  runTime,
  sameReport,
  started,
  suiteAt,
  type Target,
} from '../integration/cluster/support.ts'

const RATE = 300
const SECONDS = 14
const SILENT_FROM = 3000
const SILENT_UNTIL = 10_000
/** A silent node's share is fired by others within this time. */
const LONGEST_GAP_MS = 5000

describe('a coordinator that falls silent', function () {
  this.timeout(90_000)
  const cluster = new Cluster()
  let target: Target
  let silent: ClusterNode
  let report: Report
  let counts: number[]

  before(async () => {
    target = await cluster.startTarget()
    await cluster.startNodes(['a', 'b', 'c'])
    await cluster.formed(3)
    silent = await cluster.coordinator()
    const other = cluster.nodes.find((node) => node !== silent)!
    const runId = await cluster.submit(other, suiteAt(target.url, { rate: RATE, seconds: SECONDS }))
    const startedAt = await started(cluster, other, runId)
    await runTime(startedAt, SILENT_FROM)
    silent.process.kill('SIGSTOP')
    await runTime(startedAt, SILENT_UNTIL)
    silent.process.kill('SIGCONT')
    await cluster.ended(runId, 60_000)
    report = await sameReport(cluster, runId)
    counts = await arrivalsBySecond(target, startedAt, SECONDS)
  })

  after(() => cluster.close())

  it('does not keep the others from firing', () => {
    const others = (RATE * 2) / 3
    for (let second = SILENT_FROM / 1000; second < SILENT_UNTIL / 1000; second++) {
      const least = others - allowedOff(report, second, others)
      assert.ok(counts[second]! >= least, `second ${second} of ${counts}: the others have ${others}`)
    }
  })

  it('has its share fired by others within five seconds', () => {
    const from = (SILENT_FROM + LONGEST_GAP_MS) / 1000
    for (let second = from; second < SILENT_UNTIL / 1000; second++) {
      assert.ok(counts[second]! >= RATE - allowedOff(report, second, RATE), `second ${second} of ${counts}`)
    }
  })

  it('fires nothing twice and catches up with nothing when it speaks again', async () => {
    for (const [second, count] of counts.entries()) {
      const most = RATE + allowedOff(report, second, RATE)
      assert.ok(count <= most, `second ${second} of ${counts}: no more than ${most.toFixed(0)} were asked for`)
    }
    const { scheduled, sent, failed, unaccounted } = report.totals
    assertIdentities(report)
    assert.deepEqual({ scheduled, failed, unaccounted }, { scheduled: RATE * SECONDS, failed: 0, unaccounted: 0 })
    assert.equal((await target.log()).total, sent, 'requests at the target')
    await assertNodeCounts(report, target, ['a', 'b', 'c'])
  })

  it('takes part again, and has everybody know all of it', () => {
    assert.deepEqual(
      [report.status, report.complete, report.degraded],
      ['completed', true, true],
      JSON.stringify(report.coverage),
    )
    const kinds = report.events.filter(({ node }) => node === silent.name).map(({ kind }) => kind)
    assert.deepEqual(kinds, ['node-lost', 'node-resumed'])
    const last = report.coverage.nodes.find(({ node }) => node === silent.name)!.lastAt!
    assert.ok(last > SILENT_UNTIL, `its last request was at ${last} ms`)
  })
})
