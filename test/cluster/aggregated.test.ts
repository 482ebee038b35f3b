/**
 * A run whose nodes do not all get all windows: they go to keepers and the coordinator, any node tells live totals when
 * it is asked, and all make the same report of it, whoever of those that kept it is killed.
 */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { getJson, until } from '../../examples/support/asking.ts'
import { Cluster, type ClusterNode } from '../../examples/support/cluster.ts'
import type { RunDocument } from '../../src/api/node-port.ts'
import type { Report } from '../../src/metrics/report-document.ts'
import { aggregatorCount, aggregatorsOf, keepersAmong } from '../../src/run/keepers.ts'
import {
  assertFlawless,
  assertIdentities,
  assertNodeCounts,
  runTime,
  sameReport,
  suiteAt,
  type Target,
} from '../integration/cluster/support.ts'

const NAMES = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7']
const RATE = 140

/** What a live total may lag behind, in milliseconds. */
const MOST_AGE_MS = 1500
/** Requests that are sent this much too late show that the machine is starved, in milliseconds. */
const STARVED_MS = 50
/** A node that has to gather the windows first answers within this, in milliseconds. */
const MOST_WAIT_MS = 1000

describe('a run that is aggregated', function () {
  this.timeout(120_000)
  const cluster = new Cluster({}, join(import.meta.dirname, 'aggregating-vajra.ts'))
  let target: Target

  before(async () => {
    target = await cluster.startTarget()
    await cluster.startNodes(NAMES)
    await cluster.formed(NAMES.length, 60_000)
  })

  beforeEach(() => target.reset())

  after(() => cluster.close())

  it('sends windows to keepers and the coordinator only, and any node tells live totals when it is asked', async () => {
    const { runId, startedAt } = await begin(10)
    await runTime(startedAt, 3500)
    const coordinator = await cluster.coordinator()
    const keepersOf = keepers(runId)
    for (const node of cluster.nodes) {
      const owners = [...heldBy(node, runId).keys()].sort()
      const kept = cluster.nodes.filter(
        ({ bootId }) => bootId === node.bootId || keepersOf(bootId).includes(node.bootId),
      )
      const expected = (node === coordinator ? cluster.nodes : kept).map(({ bootId }) => bootId).sort()
      assert.deepEqual(owners, expected, `nodes of which ${node.name} has windows`)
    }
    const plain = cluster.nodes.find((node) => node !== coordinator && heldBy(node, runId).size < NAMES.length)!
    const askedAt = performance.now()
    await assertLive(plain, runId, startedAt)
    assert.ok(performance.now() - askedAt < MOST_WAIT_MS, `${performance.now() - askedAt} ms until the first answer`)
    for (const at of [5000, 5900, 7100, 8050]) {
      await runTime(startedAt, at)
      await assertLive(plain, runId, startedAt)
    }
    await ended(runId)
    const report = await sameReport(cluster, runId)
    assertWhole(report, 10 * RATE)
    assert.equal((await target.log()).total, report.totals.sent, 'requests that reached the target')
    await assertNodeCounts(report, target, NAMES)
  })

  it('has one report on every node, though a keeper is killed during the run and another right after it', async () => {
    const { runId, startedAt } = await begin(10)
    await runTime(startedAt, 4300)
    const coordinator = await cluster.coordinator()
    const keepersOf = keepers(runId)
    const isKeeper = (node: ClusterNode) =>
      node !== coordinator && cluster.alive().some(({ bootId }) => keepersOf(bootId).includes(node.bootId))
    const [first, second] = cluster.alive().filter(isKeeper)
    await cluster.kill(first!)
    await ended(runId)
    await cluster.kill(second ?? coordinator)
    const report = await sameReport(cluster, runId)
    assertIdentities(report)
    assert.equal(report.degraded, true)
    const { coverage, complete } = report
    // Nobody can know the last second of the one that died while it fired.
    const lost = coverage.windowsExpected - coverage.windowsReceived
    assert.ok(!complete && lost >= 1 && lost <= 2, `${lost} windows are lost`)
    await assertNodeCounts(
      report,
      target,
      NAMES.filter((name) => name !== first!.name),
    )
  })

  it('has the same report after every node was killed and started again', async () => {
    const alive = cluster.alive().map(({ name }) => name)
    const { runId } = await begin(4)
    await ended(runId)
    for (const node of cluster.alive()) await cluster.kill(node)
    await cluster.startNodes(alive)
    await cluster.formed(alive.length, 60_000)
    assertWhole(await sameReport(cluster, runId), 4 * RATE)
  })

  /** Nothing is lost. Seven nodes may be more than the machine has processors for: then some is dropped, and counted. */
  function assertWhole(report: Report, planned: number): void {
    assertIdentities(report)
    const { totals, coverage, complete } = report
    const { scheduled, failed, unaccounted } = totals
    assert.deepEqual(
      { scheduled, failed, unaccounted, complete },
      { scheduled: planned, failed: 0, unaccounted: 0, complete: true },
      JSON.stringify(totals),
    )
    assert.equal(coverage.windowsReceived, coverage.windowsExpected)
    if (totals.lateness.p99 < STARVED_MS) assertFlawless(report, planned)
  }

  async function begin(seconds: number): Promise<{ readonly runId: string; readonly startedAt: number }> {
    const [node] = cluster.alive()
    const runId = await cluster.submit(node!, suiteAt(target.url, { rate: RATE, seconds }))
    await until(`the start of run ${runId}`, 30_000, async () => (await listed(node!, runId))?.startedAt != null)
    return { runId, startedAt: Date.parse((await listed(node!, runId))!.startedAt!) }
  }

  /** A run as the list has it, which asks for no windows. */
  async function listed(node: ClusterNode, runId: string): Promise<RunDocument | undefined> {
    const { runs } = await getJson<{ runs: RunDocument[] }>(`${node.http}/v1/runs`)
    return runs.find((run) => run.runId === runId)
  }

  async function ended(runId: string): Promise<void> {
    await until(`the end of run ${runId}`, 60_000, async () => {
      const documents = await Promise.all(cluster.alive().map((node) => listed(node, runId)))
      return documents.every((run) => run?.status === 'completed')
    })
  }

  function keepers(runId: string): (owner: string) => readonly string[] {
    const nodes = cluster.alive().map(({ bootId }) => bootId)
    return keepersAmong(aggregatorsOf(runId, nodes, aggregatorCount(nodes.length)))
  }

  /** How many windows a node has of each node, as its database tells. */
  function heldBy(node: ClusterNode, runId: string): Map<string, number> {
    const database = new DatabaseSync(join(cluster.folder, 'data', node.name, 'vajra.db'), { readOnly: true })
    const rows = database.prepare('SELECT boot_id, COUNT(*) AS count FROM batches WHERE run_id = ? GROUP BY boot_id')
    const held = rows.all(runId).map(({ boot_id, count }) => [String(boot_id), Number(count)] as const)
    database.close()
    return new Map(held)
  }

  async function assertLive(node: ClusterNode, runId: string, startedAt: number): Promise<void> {
    const { live } = await cluster.run(node, runId)
    assert.ok(live !== undefined, `${node.name} tells live totals`)
    const age = Date.now() - startedAt - live.at
    assert.ok(age <= MOST_AGE_MS, `they are ${age} ms old`)
    // All windows up to then, or but for some that are on their way.
    const planned = (RATE * live.at) / 1000
    const { scheduled } = live.totals
    assert.ok(scheduled <= planned && scheduled >= planned - RATE, `${scheduled} of ${planned} are counted`)
  }
})
