/** A node that is killed under load and started again at once, with its data folder and where it listened before. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { Cluster, type ClusterNode } from '../../examples/support/cluster.ts'
import type { Report } from '../../src/metrics/report-document.ts'
import {
  arrivalsBySecond,
  assertIdentities,
  runTime,
  sameReport,
  started,
  suiteAt,
  type Target,
} from '../integration/cluster/support.ts'

const RATE = 300
const SECONDS = 10
const KILLED = 3200
/** A lost share is fired by others within this time. */
const LONGEST_GAP_MS = 2000
/** From a node's being ready to its share being fired: a connection, a heartbeat, a plan. */
const TOLD_MS = 1000

/** Accepts every connection on a port as soon as it is free, as a new process there does. */
async function occupy(port: number): Promise<Server> {
  for (;;) {
    const server = createServer((socket) => socket.on('error', () => {}).unref())
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
      return server
    } catch {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

function portOf({ listen }: ClusterNode): number {
  return Number(/\/tcp\/(\d+)/.exec(listen[0] ?? '')?.[1])
}

for (const accepting of [false, true]) {
  const title = accepting ? 'whose address never stopped accepting' : 'that listens where it did before'
  describe(`quick restart of a node ${title}`, function () {
    this.timeout(90_000)
    const cluster = new Cluster()
    let occupant: Server | undefined
    let target: Target
    let victim: ClusterNode
    let again: ClusterNode
    let report: Report
    let counts: number[]
    let killedAt: number
    let backAt: number

    before(async () => {
      target = await cluster.startTarget()
      await cluster.startNodes(['a', 'b', 'c'])
      await cluster.formed(3)
      const coordinator = await cluster.coordinator()
      victim = cluster.nodes.find((node) => node !== coordinator)!
      const runId = await cluster.submit(coordinator, suiteAt(target.url, { rate: RATE, seconds: SECONDS }))
      const startedAt = await started(cluster, coordinator, runId)
      await runTime(startedAt, KILLED)
      killedAt = Date.now() - startedAt
      const port = portOf(victim)
      const killing = cluster.kill(victim)
      if (accepting) occupant = await occupy(port)
      await killing
      again = await cluster.startNode(victim.name, ['--listen', `127.0.0.1:${accepting ? 0 : port}`])
      backAt = Date.now() - startedAt
      await cluster.ended(runId, 60_000)
      report = await sameReport(cluster, runId)
      counts = await arrivalsBySecond(target, startedAt, SECONDS)
    })

    after(async () => {
      occupant?.close()
      await cluster.close()
    })

    it('has its share fired by others within two seconds, or as soon as its new life has told of the old one', () => {
      const first = Math.floor(killedAt / 1000)
      const seen = counts.slice(first).reduce((sum, count) => sum + count, 0)
      const gapMs = (((SECONDS - first) * RATE - seen) / (RATE / 3)) * 1000
      const allowed = accepting ? Math.max(LONGEST_GAP_MS, backAt - killedAt + TOLD_MS) : LONGEST_GAP_MS
      const told = report.events.map(({ at, message }) => `${at} ${message}`).join('; ')
      assert.ok(
        gapMs <= allowed,
        `gap after the loss at ${killedAt} ms: ${gapMs.toFixed(0)} ms (${counts}); back at ${backAt} ms; ${told}`,
      )
    })

    it('is known to have died, and takes part anew', () => {
      assertIdentities(report)
      assert.deepEqual([report.status, report.totals.scheduled], ['completed', RATE * SECONDS])
      const loss = report.events.find(({ kind }) => kind === 'node-lost')
      assert.equal(loss?.bootId, victim.bootId)
      assert.match(loss?.message ?? '', /its process is gone/)
      const parts = report.coverage.nodes.filter(({ node }) => node === victim.name)
      assert.deepEqual(
        new Map(parts.map((part) => [part.bootId, part.lost])),
        new Map([
          [victim.bootId, true],
          [again.bootId, false],
        ]),
      )
    })
  })
}
