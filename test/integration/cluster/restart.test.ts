/** Nodes that end, in order or not, and are started again with the same data folder. */

import assert from 'node:assert/strict'
import { until } from '../../../examples/support/asking.ts'
import { Cluster, type ClusterNode } from '../../../examples/support/cluster.ts'
import { EXIT } from '../../../src/base/errors.ts'
import type { Report } from '../../../src/metrics/report-document.ts'
import {
  assertCode,
  assertFlawless,
  assertIdentities,
  complaints,
  runTime,
  sameReport,
  started,
  suiteAt,
  type Target,
} from './support.ts'

describe('restart', function () {
  this.timeout(120_000)
  const cluster = new Cluster()
  let target: Target
  let node: ClusterNode
  let oldRun: string
  let arrivedBefore: number

  before(async () => {
    target = await cluster.startTarget()
    const first = await cluster.startNode('only')
    oldRun = await cluster.submit(first, suiteAt(target.url, { rate: 100, seconds: 60 }))
    await runTime(await started(cluster, first, oldRun), 3200)
    await cluster.kill(first)
    arrivedBefore = (await target.log()).total
    node = await cluster.startNode('only')
  })

  after(() => cluster.close())

  describe('of the only node in the middle of a run', () => {
    it('shows the old run and what is known of it', async () => {
      const { status, complete } = await cluster.run(node, oldRun)
      assert.deepEqual({ status, complete }, { status: 'running', complete: null })
      const { totals } = await cluster.report(node, oldRun)
      assert.ok(totals.sent >= 200 && totals.sent <= arrivedBefore, `known of the old run: ${totals.sent}`)
    })

    it('takes new runs, and does not go on with the old one', async () => {
      const runId = await cluster.submit(node, suiteAt(target.url, { rate: 100, seconds: 3 }))
      await until('the end of the new run', 30_000, async () => (await cluster.run(node, runId)).complete !== null)
      assertFlawless(await cluster.report(node, runId), 300)
      assert.equal((await target.log()).total, arrivedBefore + 300, 'requests at the target: only the new run fires')
    })
  })

  describe('of a node after a run', function () {
    this.timeout(60_000)
    const cluster = new Cluster()
    let target: Target
    let runId: string
    let report: Report

    before(async () => {
      target = await cluster.startTarget()
      const [a] = await cluster.startNodes(['a', 'b'])
      await cluster.formed(2)
      runId = await cluster.submit(a!, suiteAt(target.url, { rate: 200, seconds: 2 }))
      await cluster.ended(runId, 30_000)
      report = await sameReport(cluster, runId)
      assertFlawless(report, 400)
    })

    after(() => cluster.close())

    async function answersAgain(name: string): Promise<void> {
      const node = await cluster.startNode(name)
      assert.deepEqual(await cluster.report(node, runId), report, `the report of ${name} after its restart`)
      assert.deepEqual(complaints(node), [])
    }

    it('answers with the same report after SIGTERM, also when it is alone', async () => {
      await cluster.leave(cluster.node('b'))
      await cluster.leave(cluster.node('a'))
      await answersAgain('a')
    })

    it('answers with the same report after SIGKILL, also when it is alone', async () => {
      await cluster.kill(cluster.node('a'))
      await answersAgain('b')
      await answersAgain('a')
      await cluster.formed(2)
    })

    it('takes part again in a run that it died in', async () => {
      await target.reset()
      const [a, b] = [cluster.node('a'), cluster.node('b')]
      const next = await cluster.submit(a, suiteAt(target.url, { rate: 200, seconds: 8 }))
      await runTime(await started(cluster, a, next), 2500)
      await cluster.kill(b)
      const again = await cluster.startNode('b')
      await cluster.ended(next, 30_000)
      const { status, totals, coverage, ...rest } = await sameReport(cluster, next)
      assertIdentities({ status, totals, coverage, ...rest })
      assert.deepEqual([status, totals.scheduled], ['completed', 1600])
      const parts = coverage.nodes.filter((taken) => taken.node === 'b')
      assert.deepEqual(
        new Map(parts.map((part) => [part.bootId, part.lost])),
        new Map([
          [b.bootId, true],
          [again.bootId, false],
        ]),
      )
      assert.ok(
        parts.every(({ requests }) => requests > 0),
        JSON.stringify(parts),
      )
    })
  })

  describe('missing, of the node that took a run and died right after it said so', function () {
    this.timeout(90_000)

    for (const role of ['coordinator', 'follower'] as const) {
      it(`the others run it when that was ${role === 'coordinator' ? 'the coordinator' : 'a follower'}`, async () => {
        const cluster = new Cluster()
        try {
          const target = await cluster.startTarget()
          await cluster.startNodes(['a', 'b', 'c'])
          await cluster.formed(3)
          const coordinator = await cluster.coordinator()
          const victim = role === 'coordinator' ? coordinator : cluster.nodes.find((node) => node !== coordinator)!
          const runId = await cluster.submit(victim, suiteAt(target.url, { rate: 200, seconds: 2 }))
          await cluster.kill(victim)
          await cluster.ended(runId, 40_000)
          const report = await sameReport(cluster, runId)
          assertFlawless(report, 400)
          assert.equal((await target.log()).total, 400)
          const fired = report.coverage.nodes.map((taken) => taken.node)
          assert.ok(!fired.includes(victim.name), `${victim.name} is dead, but fired: ${fired}`)
        } finally {
          await cluster.close()
        }
      })
    }
  })

  // Last, because it takes half a minute until the node gives up hope.
  describe('of the only node, later on', () => {
    it('calls the old run failed once it is clear that nobody knows more', async () => {
      const watching = cluster.begin(['watch', oldRun, '--json', '--node', node.http])
      await until('the old run to be over', 45_000, async () => (await cluster.run(node, oldRun)).complete !== null)
      const { status, complete, reason } = await cluster.run(node, oldRun)
      assert.deepEqual({ status, complete }, { status: 'failed', complete: false })
      assert.match(reason ?? '', /^INTERRUPTED/)
      const report = await cluster.report(node, oldRun)
      assertIdentities(report)
      const { totals, coverage } = report
      assert.deepEqual([report.status, report.complete, report.degraded], ['failed', false, true])
      assert.ok(
        totals.scheduled >= arrivedBefore,
        `planned until its end: ${totals.scheduled} of ${arrivedBefore} seen`,
      )
      assert.ok(totals.unaccounted > 0 && totals.unaccounted <= 200, `unaccounted: ${totals.unaccounted}`)
      assert.ok(coverage.nodes.every(({ lost }) => lost) && coverage.windowsReceived < coverage.windowsExpected)
      const watched = await cluster.outcome(watching, 15_000)
      assertCode(watched, EXIT.failure, 'vajra watch')
      assert.deepEqual(JSON.parse(watched.stdout), report)
    })
  })
})
