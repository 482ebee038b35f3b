import assert from 'node:assert/strict'
import { world } from './one-node.ts'
import { closedLoad, openLoad, scenarioOf, suiteOf } from './suites.ts'
import { scheduledPerSecond, totalsOf } from './virtual-node.ts'

describe('a run on one node, and its lease', () => {
  it('fires nothing before the first lease, and nothing of that later', async () => {
    const suite = suiteOf([scenarioOf(openLoad(100, 3000))])
    const { node, to, executions, startAt } = await world(suite, { lease: Number.NEGATIVE_INFINITY })
    await to(1250)
    assert.deepEqual(executions, [])
    assert.deepEqual(node.batches, [])
    node.run.lease(startAt + 1e6)
    await to(3100)
    assert.equal(executions.length, 175)
    assert.deepEqual(scheduledPerSecond(node.batches), [100, 100, 100])
    assert.equal(totalsOf(node.batches).dropped, 125)
  })

  it('drops what falls into a lapse of the lease, second by second', async () => {
    const suite = suiteOf([scenarioOf(openLoad(100, 4000))])
    const { node, to, executions, startAt } = await world(suite, { threads: 2, lease: 500 })
    await to(2300)
    assert.equal(executions.length, 50)
    assert.equal(node.batches.length, 0)
    node.run.lease(startAt + 1e6)
    await to(4100)
    assert.deepEqual(scheduledPerSecond(node.batches), [100, 100, 100, 100])
    assert.deepEqual(
      node.batches.map(({ windows }) => windows[0]!.counts.dropped),
      [50, 100, 30, 0],
    )
    const inLapse = executions.filter(({ at }) => at - startAt > 500 && at - startAt < 2300)
    assert.deepEqual(inLapse, [])
  })

  it('drops what falls into a lapse that it slept through', async () => {
    const suite = suiteOf([scenarioOf(openLoad(100, 4000))])
    const { node, to, executions, startAt } = await world(suite, { threads: 2, lease: 500 })
    await to(400)
    node.freeze()
    await to(2300)
    // The main thread comes first and renews; the load threads find a valid lease.
    node.run.lease(startAt + 1e6)
    node.thaw()
    await to(4100)
    assert.deepEqual(scheduledPerSecond(node.batches), [100, 100, 100, 100])
    assert.equal(executions.filter(({ at }) => at - startAt > 2299 && at - startAt < 2310).length, 1)
    assert.equal(totalsOf(node.batches).dropped, 190)
  })

  it('fires late, and drops nothing, when it was held up with a valid lease', async () => {
    const { node, to, executions } = await world(suiteOf([scenarioOf(openLoad(100, 2000))]))
    await to(400)
    node.freeze()
    await to(700)
    node.thaw()
    await to(2100)
    assert.equal(executions.length, 200)
    const { lateness, latency } = node.batches[0]!.windows[0]!
    assert.ok(lateness.max > 290_000, `${lateness.max}`)
    assert.ok(latency.max >= lateness.max)
  })

  it('accounts for its share when it is stopped without a lease', async () => {
    const suite = suiteOf([scenarioOf(openLoad(100, 10_000))])
    const { node, to } = await world(suite, { threads: 2, lease: 500 })
    await to(1990)
    node.run.stop(1900)
    await to(2020)
    assert.deepEqual(totalsOf(node.batches), { scheduled: 190, sent: 50, dropped: 140, succeeded: 50, failed: 0 })
    assert.equal(node.drained?.lastSequence, 1)
  })

  it('pauses users while the lease has lapsed', async () => {
    const suite = suiteOf([scenarioOf(closedLoad(4, 2000, { thinkTimeMs: 10 }))])
    const { to, executions, node, startAt } = await world(suite, { lease: 500, takes: 20 })
    await to(1500)
    assert.ok(executions.every(({ at }) => at - startAt <= 500))
    node.run.lease(startAt + 1e6)
    await to(2100)
    assert.ok(executions.some(({ at }) => at - startAt >= 1500))
    const lateness = Math.max(...node.batches.flatMap(({ windows }) => windows.map((window) => window.lateness.max)))
    assert.ok(lateness < 10_000, 'a pause is not lateness')
  })
})
