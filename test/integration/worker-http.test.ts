import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startTarget, type Target } from '../../examples/target.ts'
import type { TaskSpec } from '../../src/suite/spec.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { closedLoad, openLoad, scenarioOf, suiteOf } from '../unit/worker/suites.ts'
import { workerNodes } from './worker-bench.ts'
import { allSlots, eventually, newRunId, SLOTS, untilRun } from './worker-node.ts'

describe('load threads against a real target', () => {
  let target: Target
  const createNode = workerNodes()
  const http = (path: string, more: Record<string, unknown> = {}): TaskSpec => ({
    type: 'http',
    parameters: {
      method: 'GET',
      url: target.url + path,
      headers: { 'x-vajra-node': '{{node}}' },
      body: undefined,
      timeoutMs: 2000,
      ...more,
    },
  })

  before(async () => {
    target = await startTarget({ port: 0 })
  })

  beforeEach(() => target.reset())

  after(() => target.close())

  for (const threads of [1, 2]) {
    it(`fires exactly the plan, and counts what the target counts, on ${threads} threads`, async () => {
      const node = createNode(threads)
      assert.deepEqual(node.status, { threads: 0, inFlight: 0 })
      const { runId, drained } = await node.runAlone(suiteOf([scenarioOf(openLoad(200, 2000), http('/fast'))]))
      assert.equal(drained.firstSequence, 0)
      assert.deepEqual(
        node
          .windows(runId)
          .map(({ counts }) => counts.scheduled)
          .slice(0, 2),
        [200, 200],
      )
      assert.deepEqual(node.totals(runId), { scheduled: 400, sent: 400, dropped: 0, succeeded: 400, failed: 0 })
      assert.equal(target.counts().total, 400)
      assert.equal(target.counts().byNode.a?.total, 400)
      assert.deepEqual(
        node.batches.map(({ sequence }) => sequence),
        Array.from({ length: drained.lastSequence + 1 }, (_, i) => i),
      )
      const { latency, serviceTime, bytesSent, bytesReceived, firstAt, lastAt } = node.windows(runId)[0]!
      assert.ok(latency.count === serviceTime.count && latency.max >= serviceTime.min)
      assert.ok(bytesSent > 200 * 50 && bytesReceived > 200 * 50)
      assert.ok(firstAt >= 2.5 && lastAt >= firstAt)
      assert.deepEqual(node.status, { threads, inFlight: 0 })
    })
  }

  it('drops what falls into a lapse of the lease, and does not catch up', async () => {
    const node = createNode(2)
    const runId = newRunId()
    const startAt = await node.begin(runId, suiteOf([scenarioOf(openLoad(100, 2000), http('/fast'))]), 600)
    await untilRun(startAt, 1400)
    const atLapse = target.counts().total
    assert.ok(atLapse >= 30 && atLapse <= 61, `${atLapse}`)
    const renewed = Date.now()
    node.pool.lease(runId, startAt + 1e6)
    await node.drained(runId)
    const { scheduled, sent, dropped } = node.totals(runId)
    assert.equal(scheduled, 200)
    assert.equal(sent, target.counts().total)
    assert.ok(dropped >= 78 && dropped <= 120, `${dropped}`)
    const burst = target.arrivals(renewed, renewed + 100).length
    assert.ok(burst <= 20, `${burst} requests within 100 ms`)
  })

  it('hands slots from node to node without loss or doubling', async () => {
    const [a, b] = [createNode(2, 'a'), createNode(1, 'b')]
    const runId = newRunId()
    const suite = suiteOf([scenarioOf(openLoad(300, 2000), http('/fast'))])
    await b.prepare(runId, suite)
    const startAt = await a.begin(runId, suite)
    b.pool.start(runId, startAt)
    b.pool.lease(runId, startAt + 1e6)
    await untilRun(startAt, 700)
    const kept = Array.from({ length: SLOTS / 2 }, (_, slot) => ({ slot, from: 0 }))
    const applied = await a.pool.assign(runId, { sequence: 2, slots: kept, releaseAt: 650, revisions: [] })
    assert.ok(applied >= 650 && applied < 1500, `${applied}`)
    const given = Array.from({ length: SLOTS / 2 }, (_, i) => ({ slot: SLOTS / 2 + i, from: applied }))
    await b.pool.assign(runId, { sequence: 2, slots: given, releaseAt: applied, revisions: [] })
    await Promise.all([a.drained(runId), b.drained(runId)])
    const [ofA, ofB] = [a.totals(runId), b.totals(runId)]
    assert.equal(ofA.scheduled + ofB.scheduled, 600)
    assert.deepEqual([target.counts().byNode.a?.total, target.counts().byNode.b?.total], [ofA.sent, ofB.sent])
    assert.ok(ofB.scheduled > 50 && ofB.dropped <= 60, JSON.stringify(ofB))
    assert.equal(b.batches[0]?.sequence, Math.floor(applied / 1000))
  })

  it('counts failures by kind and survives all of them', async () => {
    const closed = await startTarget({ port: 0 })
    await closed.close()
    const load = openLoad(40, 500)
    const kinds = {
      '/status/404': 'http_4xx',
      '/status/500': 'http_5xx',
      '/hang': 'timeout',
      '/reset': 'connection_reset',
      '/garbage': 'protocol',
      '/partial': 'closed',
    }
    const scenarios = Object.keys(kinds).map((path) => scenarioOf(load, http(path, { timeoutMs: 200 }), 0, path))
    const refused = http('/fast', { url: `${closed.url}/` })
    const node = createNode(1)
    const { runId } = await node.runAlone(suiteOf([...scenarios, scenarioOf(load, refused)]))
    for (const [scenario, kind] of [...Object.values(kinds), 'connect_refused'].entries()) {
      assert.deepEqual(node.errors(runId, scenario), { [kind]: 20 })
      assert.deepEqual(node.totals(runId, scenario), { scheduled: 20, sent: 20, dropped: 0, succeeded: 0, failed: 20 })
    }
    const hung = node.windows(runId, 2).filter(({ latency }) => latency.count > 0)
    for (const { latency } of hung) assert.ok(latency.min >= 195_000 && latency.max < 1_500_000, `${latency.max}`)
  })

  it('drops what finds no room in flight', async () => {
    const node = createNode(2)
    const load = openLoad(100, 1000, { maxInFlight: 4 })
    const { runId } = await node.runAlone(suiteOf([scenarioOf(load, http('/delay/200'))]))
    const { scheduled, sent, dropped, succeeded } = node.totals(runId)
    assert.equal(scheduled, 100)
    assert.equal(sent, target.counts().total)
    assert.equal(succeeded, sent)
    assert.ok(dropped >= 75 && dropped <= 94, `${dropped}`)
  })

  it('stops, lets what is in flight finish, and cuts what does not', async () => {
    const node = createNode(2)
    const runId = newRunId()
    const scenarios = [scenarioOf(openLoad(50, 60_000), http('/slow')), scenarioOf(openLoad(10, 60_000), http('/hang'))]
    const startAt = await node.begin(runId, suiteOf(scenarios, { gracefulStopMs: 300 }))
    await untilRun(startAt, 500)
    assert.ok(node.pool.status().inFlight >= 1)
    node.pool.stop(runId, 600)
    await node.drained(runId)
    const slow = node.totals(runId, 0)
    assert.ok(slow.sent === 30 && slow.succeeded === 30, JSON.stringify(slow))
    const hung = node.totals(runId, 1)
    assert.deepEqual(node.errors(runId, 1), { interrupted: hung.sent })
    assert.equal(node.pool.status().inFlight, 0)
  })

  it('opens connections before the start, one for each user, and counts no request for them', async () => {
    let [connections, requests, before] = [0, 0, -1]
    const server = createServer((_request, response) => {
      if (requests++ === 0) before = connections
      response.end('ok')
    }).on('connection', () => connections++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const node = createNode(2)
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const suite = suiteOf([scenarioOf(closedLoad(12, 300, { thinkTimeMs: 20 }), http('', { url }))])
    const runId = newRunId()
    await node.prepare(runId, suite)
    await node.pool.assign(runId, { sequence: 1, slots: allSlots(), releaseAt: 0, revisions: [] })
    await eventually(() => connections === 12, 'connections were opened')
    const startAt = monotonicNow()
    node.pool.lease(runId, startAt + 1e6)
    node.pool.start(runId, startAt)
    await node.drained(runId)
    await new Promise((resolve) => server.close(resolve))
    assert.deepEqual([before, connections], [12, 12])
    assert.equal(node.totals(runId).sent, requests)
  })

  it('is ready as soon without a target, and does not hammer the place where it is missing', async () => {
    const closed = await startTarget({ port: 0 })
    await closed.close()
    const node = createNode(1)
    const load = closedLoad(5, 1000)
    const begun = performance.now()
    const { runId } = await node.runAlone(suiteOf([scenarioOf(load, http('/', { url: `${closed.url}/` }))]))
    assert.ok(performance.now() - begun < 4000)
    const { sent, failed } = node.totals(runId)
    // Waits of 10 ms, 20 ms and so on up to 1 s, each up to half shorter: 8 or 9 attempts a user.
    assert.ok(sent === failed && sent >= 5 * 6 && sent <= 5 * 12, `${sent} attempts`)
    assert.deepEqual(node.errors(runId), { connect_refused: failed })
  })

  it('runs the users of a closed load', async () => {
    const node = createNode(2)
    const load = closedLoad(10, 1000, { thinkTimeMs: 50, warmupMs: 300 })
    const { runId } = await node.runAlone(suiteOf([scenarioOf(load, http('/delay/50'))]))
    const { scheduled, sent, dropped, succeeded } = node.totals(runId)
    assert.equal(dropped, 0)
    assert.ok(scheduled === sent && sent === succeeded)
    assert.ok(sent >= 40 && sent <= 110, `${sent} iterations`)
    const warmup = node.windows(runId).reduce((sum, window) => sum + window.warmup.sent, 0)
    assert.ok(warmup >= 10 && warmup <= 40, `${warmup} in the warm-up`)
    assert.equal(target.counts().total, sent + warmup)
  })

  it('goes on at full speed with users that do not think', async () => {
    const node = createNode(1)
    const { runId } = await node.runAlone(suiteOf([scenarioOf(closedLoad(4, 500), http('/fast'))]))
    const { sent, succeeded } = node.totals(runId)
    assert.equal(succeeded, sent)
    assert.equal(sent, target.counts().total)
    assert.ok(sent > 200, `${sent}`)
  })

  it('discards a run at once', async () => {
    const node = createNode(1)
    const runId = newRunId()
    const startAt = await node.begin(runId, suiteOf([scenarioOf(openLoad(100, 60_000), http('/hang'))]))
    await untilRun(startAt, 300)
    node.pool.discard(runId)
    assert.equal(node.pool.status().inFlight, 0)
    await untilRun(startAt, 400)
    const { total } = target.counts()
    await untilRun(startAt, 700)
    assert.equal(target.counts().total, total)
    assert.deepEqual(node.batches, [])
    await assert.rejects(() => node.pool.assign(runId, { sequence: 9, slots: [], releaseAt: 0, revisions: [] }), {
      code: 'RUN_UNKNOWN',
    })
  })

  it('runs several suites at once', async () => {
    const node = createNode(2)
    const suite = suiteOf([scenarioOf(openLoad(50, 1000), http('/fast'))])
    const all = await Promise.all([node.runAlone(suite), node.runAlone(suite), node.runAlone(suite)])
    for (const { runId } of all) assert.equal(node.totals(runId).succeeded, 50)
    await eventually(() => target.counts().total === 150, 'all requests arrived')
  })
})
