/** Twelve nodes on one machine: they find each other without being told, and count exactly. */

import assert from 'node:assert/strict'
import { Cluster } from '../../examples/support/cluster.ts'
import { assertFlawless, assertIdentities, assertNodeCounts, suiteAt } from '../integration/cluster/support.ts'

const NODES = 12
const RATE = 600
const SECONDS = 5
/** Requests that are sent this much too late show that the machine is starved, in milliseconds. */
const STARVED_MS = 50

describe('twelve nodes on one machine', function () {
  this.timeout(120_000)
  const cluster = new Cluster()

  after(() => cluster.close())

  it('form one mesh and fire one suite with exact totals', async () => {
    const target = await cluster.startTarget()
    const names = Array.from({ length: NODES }, (_, i) => `n${String(i + 1).padStart(2, '0')}`)
    await cluster.startNodes(names, ['--workers', '1'])
    const mesh = await cluster.formed(NODES, 60_000)
    assert.deepEqual(
      mesh.nodes.map(({ name }) => name),
      names,
    )
    const sampled = [cluster.nodes[0]!, cluster.nodes[5]!, cluster.nodes[11]!]
    const runId = await cluster.submit(sampled[1]!, suiteAt(target.url, { rate: RATE, seconds: SECONDS }))
    await cluster.ended(runId, 60_000)
    const reports = await Promise.all(sampled.map((node) => cluster.report(node, runId)))
    const [report] = reports
    for (const [i, other] of reports.entries())
      assert.equal(other.digest, report!.digest, `digest of ${sampled[i]!.name}`)
    assertIdentities(report!)
    const { totals, coverage, complete } = report!
    const { scheduled, sent, failed, unaccounted } = totals
    assert.deepEqual(
      { scheduled, failed, unaccounted, complete },
      { scheduled: RATE * SECONDS, failed: 0, unaccounted: 0, complete: true },
      JSON.stringify(totals),
    )
    assert.equal(coverage.nodes.length, NODES)
    assert.equal(coverage.windowsReceived, coverage.windowsExpected)
    // Twelve nodes may be more than the machine has processors for. Then some of it is dropped, and counted.
    if (totals.lateness.p99 < STARVED_MS) assertFlawless(report!, RATE * SECONDS)
    assert.equal((await target.log()).total, sent, 'requests that reached the target')
    await assertNodeCounts(report!, target, names)
  })
})
