import assert from 'node:assert/strict'
import { deriveSeed, seededRandom } from '../../../src/base/random.ts'
import { planArrivals } from '../../../src/load/arrivals.ts'
import { world } from './one-node.ts'
import { closedLoad, openLoad, scenarioOf, slotsFrom, suiteOf } from './suites.ts'
import { type Execution, scheduledPerSecond, totalsOf, VirtualNode, VirtualTime } from './virtual-node.ts'

describe('a run on one node, on a virtual clock', () => {
  for (const threads of [1, 2, 3]) {
    it(`fires the plan on time, second by second, on ${threads} threads`, async () => {
      const { executions, node, to, startAt } = await world(suiteOf([scenarioOf(openLoad(100, 3000))]), { threads })
      await to(3100)
      assert.deepEqual(scheduledPerSecond(node.batches), [100, 100, 100])
      const byIndex = executions.toSorted((a, b) => a.index - b.index)
      assert.deepEqual(
        byIndex.map(({ index }) => index),
        Array.from({ length: 300 }, (_, i) => i),
      )
      for (const { index, at } of byIndex) {
        const late = at - startAt - (index + 0.5) * 10
        assert.ok(late >= 0 && late < 1, `${index} was ${late} ms late`)
      }
      assert.deepEqual(node.drained, { runId: node.batches[0]!.runId, firstSequence: 0, lastSequence: 2 })
      assert.deepEqual(totalsOf(node.batches), { scheduled: 300, sent: 300, dropped: 0, succeeded: 300, failed: 0 })
    })
  }

  it('brings its code up to speed once the start is known, and not while others get ready', async () => {
    const { node, startAt, to } = await world(suiteOf([scenarioOf(openLoad(100, 1000))]), { threads: 2 })
    assert.deepEqual(node.rehearsals, [])
    await to(-50)
    assert.equal(node.rehearsals.length, 2)
    assert.ok(node.rehearsals.every((at) => at < startAt))
  })

  it('fires what was held up at the very end, and drops what would be fired long after it', async () => {
    for (const [thaw, fired] of [
      [2900, 200],
      [3100, 150],
    ] as const) {
      const { executions, node, to } = await world(suiteOf([scenarioOf(openLoad(100, 2000))]), { threads: 2 })
      await to(1500)
      node.freeze()
      await to(thaw)
      node.thaw()
      await to(thaw + 100)
      assert.equal(executions.length, fired)
      const { scheduled, sent, dropped, succeeded } = totalsOf(node.batches)
      assert.deepEqual([scheduled, sent, dropped, succeeded], [200, fired, 200 - fired, fired])
      assert.ok(node.drained !== undefined)
    }
  })

  it('interleaves evenly with other nodes: together their threads are one generator', async () => {
    const suite = suiteOf([scenarioOf(openLoad(300, 2000))])
    const time = new VirtualTime()
    const executions: Execution[] = []
    const nodes = ['a', 'b', 'c'].map((name, i) => {
      return new VirtualNode({ name, time, random: seededRandom(i), suite, slotCount: 12, threads: i + 1, executions })
    })
    const prepared = Promise.all(nodes.map(({ run }) => run.prepare()))
    await time.advanceTo(time.now + 10, nodes)
    await prepared
    nodes.forEach(
      (node, i) =>
        void node.assign(
          1,
          slotsFrom(12).filter(({ slot }) => slot % 3 === i),
          0,
        ),
    )
    await time.advanceTo(time.now + 20, nodes)
    const startAt = time.now + 100
    for (const { run } of nodes) {
      run.lease(startAt + 1e6)
      run.start(startAt)
    }
    await time.advanceTo(startAt + 2100, nodes, 0.1)
    const times = executions.map(({ at }) => at - startAt).sort((a, b) => a - b)
    assert.equal(times.length, 600)
    times.forEach((at, i) => {
      const late = at - ((i + 0.5) * 1000) / 300
      assert.ok(late >= 0 && late < 0.2, `arrival ${i} at ${at}`)
    })
    const byNode = nodes.map(({ name }) => executions.filter(({ node }) => node === name).length)
    assert.deepEqual(byNode, [200, 200, 200])
  })

  it('keeps the warm-up apart', async () => {
    const { node, to } = await world(suiteOf([scenarioOf(openLoad(50, 1000, { warmupMs: 1000 }))]))
    await to(2100)
    const [first, second] = node.batches.map(({ windows }) => windows[0]!)
    assert.equal(first!.warmup.scheduled, 50)
    assert.equal(first!.warmup.succeeded, 50)
    assert.equal(first!.counts.scheduled, 0)
    assert.equal(first!.latency.count, 0)
    assert.equal(first!.firstAt, -1)
    assert.equal(second!.counts.succeeded, 50)
    assert.equal(second!.warmup.scheduled, 0)
    assert.equal(second!.latency.count, 50)
    assert.equal(second!.lateness.count, 50)
  })

  it('runs scenarios in sequence, each in its own time', async () => {
    const suite = suiteOf([
      scenarioOf(openLoad(40, 1000), undefined, 0, 'first'),
      scenarioOf(openLoad(20, 1000), undefined, 1500, 'second'),
    ])
    const { node, to } = await world(suite, { threads: 2 })
    await to(2600)
    const scheduled = node.batches.map(({ windows }) => windows.map((w) => [w.scenario, w.counts.scheduled]))
    assert.deepEqual(scheduled, [[[0, 40]], [[1, 10]], [[1, 10]]])
    assert.equal(node.drained?.lastSequence, 2)
  })

  it('gives out an empty batch for a second without traffic', async () => {
    const suite = suiteOf([scenarioOf(openLoad(10, 1000)), scenarioOf(openLoad(10, 1000), undefined, 2000)])
    const { node, to } = await world(suite)
    await to(3100)
    assert.deepEqual(
      node.batches.map(({ sequence, windows }) => [sequence, windows.length]),
      [
        [0, 1],
        [1, 0],
        [2, 1],
      ],
    )
  })

  it('counts an answer in the window open when it comes, and what is in flight at the end of each', async () => {
    const { node, to } = await world(suiteOf([scenarioOf(openLoad(10, 1000))]), { takes: 300 })
    await to(1500)
    const [first, second] = node.batches.map(({ windows }) => windows[0]!)
    assert.deepEqual([first!.counts.sent, first!.counts.succeeded, first!.inFlight], [10, 7, 3])
    assert.deepEqual([second!.counts.sent, second!.counts.succeeded, second!.inFlight], [0, 3, 0])
    assert.ok(first!.latency.min >= 300_000 && first!.latency.max < 302_000)
  })

  it('drops what finds no room, on the node as a whole', async () => {
    for (const threads of [1, 3]) {
      const suite = suiteOf([scenarioOf(openLoad(10, 1000, { maxInFlight: 2 }))])
      const { node, to, executions } = await world(suite, { threads, takes: 10_000 })
      await to(500)
      assert.equal(node.run.inFlight, 2)
      await to(2200)
      assert.equal(executions.length, 2)
      assert.deepEqual(totalsOf(node.batches), { scheduled: 10, sent: 2, dropped: 8, succeeded: 0, failed: 2 })
    }
  })

  it('cuts what is still in flight after the graceful stop', async () => {
    const suite = suiteOf([scenarioOf(openLoad(10, 1000))], { gracefulStopMs: 700 })
    const { node, to } = await world(suite, { takes: 60_000 })
    await to(1690)
    assert.equal(node.drained, undefined)
    await to(1750)
    assert.deepEqual(node.drained, { runId: node.batches[0]!.runId, firstSequence: 0, lastSequence: 1 })
    assert.deepEqual(node.batches[1]!.windows[0]!.errors, { interrupted: 10 })
  })

  it('stops at the time given', async () => {
    const { node, to, executions } = await world(suiteOf([scenarioOf(openLoad(100, 10_000))]), { threads: 2 })
    await to(1000)
    node.run.stop(1500)
    await to(1600)
    assert.equal(executions.length, 150)
    assert.equal(node.drained?.lastSequence, 1)
  })

  it('is over at once when stopped before its start', async () => {
    const suite = suiteOf([scenarioOf(openLoad(100, 1000))])
    const time = new VirtualTime()
    const random = seededRandom(1)
    const node = new VirtualNode({ name: 'a', time, random, suite, slotCount: 4, threads: 2, executions: [] })
    const prepared = node.run.prepare()
    await time.advanceTo(time.now + 10, [node])
    await prepared
    node.run.stop(0)
    await time.advanceTo(time.now + 10, [node])
    assert.deepEqual(node.drained, { runId: node.drained?.runId, firstSequence: 0, lastSequence: -1 })
    assert.equal(await node.assign(1, slotsFrom(4), 7), 7)
  })

  it('ends without batches when it never had a slot', async () => {
    const suite = suiteOf([scenarioOf(openLoad(100, 1000))])
    const { node, to, time } = await world(suite)
    const other = new VirtualNode({
      name: 'b',
      time,
      random: seededRandom(2),
      suite,
      slotCount: 8,
      threads: 2,
      executions: [],
    })
    const prepared = other.run.prepare()
    await time.advanceTo(time.now + 10, [other])
    await prepared
    other.run.start(time.now + 10)
    await to(500)
    await time.advanceTo(time.now + 2000, [node, other])
    assert.deepEqual(other.batches, [])
    assert.deepEqual([other.drained?.firstSequence, other.drained?.lastSequence], [0, -1])
  })

  it('begins its windows with the second of its first slot', async () => {
    const suite = suiteOf([scenarioOf(openLoad(80, 4000))])
    const time = new VirtualTime()
    const executions: Execution[] = []
    const random = seededRandom(1)
    const node = new VirtualNode({ name: 'a', time, random, suite, slotCount: 8, threads: 2, executions })
    const prepared = node.run.prepare()
    await time.advanceTo(time.now + 10, [node])
    await prepared
    const startAt = time.now + 10
    node.run.start(startAt)
    node.run.lease(startAt + 1e6)
    await time.advanceTo(startAt + 2200, [node])
    // Learned of late: what was planned before is dropped, in the second it was planned for.
    void node.assign(1, [{ slot: 3, from: 1500 }], 0)
    await time.advanceTo(startAt + 4100, [node])
    assert.deepEqual(
      node.batches.map(({ sequence, windows }) => [sequence, windows[0]!.counts.scheduled, windows[0]!.counts.dropped]),
      [
        [1, 5, 5],
        [2, 10, 2],
        [3, 10, 0],
      ],
    )
  })

  it('draws Poisson arrivals of each scenario from a seed of its own', async () => {
    const load = openLoad(200, 1000, { arrivals: 'poisson' })
    const { node, to } = await world(suiteOf([scenarioOf(load), scenarioOf(load)]), { threads: 2 })
    await to(1100)
    const planned = [0, 1].map((scenario) => planArrivals(load, 8, deriveSeed(1, scenario)).count(0, 1000))
    assert.deepEqual(
      node.batches[0]!.windows.map(({ counts }) => counts.scheduled),
      planned,
    )
    assert.notEqual(planned[0], planned[1])
  })

  it('runs each user of a closed load one iteration at a time, with think time', async () => {
    const suite = suiteOf([scenarioOf(closedLoad(5, 1000, { thinkTimeMs: 100 }))])
    const { node, to, executions } = await world(suite, { threads: 2, takes: 50 })
    await to(1200)
    for (let user = 0; user < 5; user++) {
      const own = executions.filter((execution) => execution.user === user)
      assert.deepEqual(
        own.map(({ index }) => index),
        own.map((_, i) => i),
      )
      assert.ok(own.length >= 6 && own.length <= 7, `${own.length} iterations`)
      assert.ok(own.every(({ at }, i) => i === 0 || at - own[i - 1]!.at >= 150))
    }
    const { scheduled, sent, dropped, succeeded } = totalsOf(node.batches)
    assert.deepEqual(
      [scheduled, sent, dropped, succeeded],
      [executions.length, executions.length, 0, executions.length],
    )
    assert.ok(node.batches[0]!.windows[0]!.latency.max < 53_000)
  })

  it('executes serial tasks one at a time, late', async () => {
    const suite = suiteOf([scenarioOf(openLoad(10, 1000), { type: 'serial', parameters: {} })])
    const { to, executions, node } = await world(suite, { takes: 150 })
    await to(2100)
    assert.equal(executions.length, 10)
    assert.ok(executions.every(({ at }, i) => i === 0 || at - executions[i - 1]!.at >= 150))
    const totals = totalsOf(node.batches)
    assert.deepEqual([totals.sent, totals.succeeded], [10, 10])
    assert.ok(Math.max(...node.batches.map(({ windows }) => windows[0]?.lateness.max ?? 0)) > 400_000)
  })

  it('discards a run at once', async () => {
    const { node, to, executions } = await world(suiteOf([scenarioOf(openLoad(100, 3000))]), { takes: 500 })
    await to(1500)
    const batches = node.batches.length
    node.run.discard()
    await to(1510)
    const count = executions.length
    await to(3500)
    assert.equal(executions.length, count)
    assert.equal(node.batches.length, batches)
    assert.equal(node.run.inFlight, 0)
    assert.equal(node.drained, undefined)
  })
})
