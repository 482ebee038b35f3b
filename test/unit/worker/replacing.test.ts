import assert from 'node:assert/strict'
import fc from 'fast-check'
import { seededRandom } from '../../../src/base/random.ts'
import { FOREVER, plannedOf } from './planned.ts'
import { closedLoad, openLoad, scenarioOf, slotsFrom, suiteOf } from './suites.ts'
import { type Execution, totalsOf, VirtualNode, VirtualTime } from './virtual-node.ts'

/** A death is known, and the thread in its place has what it needs, after at most this much of messages. */
const MESSAGES_MS = 40

const worldOf = async (suite: ReturnType<typeof suiteOf>, slotCount: number, threads: number, seed: number) => {
  const time = new VirtualTime()
  const executions: Execution[] = []
  const random = seededRandom(seed)
  const node = new VirtualNode({ name: 'a', time, random, suite, slotCount, threads, executions })
  const ready = node.run.prepare()
  await time.advanceTo(time.now + 10, [node])
  await ready
  const startAt = time.now + 50
  const to = (run: number): Promise<void> => time.advanceTo(startAt + run, [node])
  void node.assign(1, slotsFrom(slotCount), 0)
  node.run.start(startAt)
  node.run.lease(startAt + FOREVER)
  return { node, executions, startAt, to, now: () => time.now - startAt }
}

describe('a load thread that dies', () => {
  it('is replaced: its share is fired again, nothing twice, and all it cannot have fired is counted', async function () {
    this.timeout(60_000)
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          threads: fc.integer({ min: 1, max: 3 }),
          slotCount: fc.integer({ min: 1, max: 12 }),
          rate: fc.integer({ min: 1, max: 500 }),
          arrivals: fc.constantFrom('even' as const, 'poisson' as const),
          victim: fc.nat({ max: 2 }),
          diesAt: fc.integer({ min: -40, max: 2600 }),
          setup: fc.integer({ min: 0, max: 1500 }),
          seed: fc.nat(),
        }),
        async ({ threads, slotCount, rate, arrivals, victim, diesAt, setup, seed }) => {
          const load = openLoad(rate, 2500, { arrivals })
          const { node, executions, startAt, to } = await worldOf(suiteOf([scenarioOf(load)]), slotCount, threads, seed)
          await to(diesAt)
          const dead = victim % threads
          const postedTo = node.kill(dead, setup)
          await to(diesAt + MESSAGES_MS)
          await to(6000)
          const planned = plannedOf(load, slotCount)
          const lost = planned.filter(({ slot }) => slot % threads === dead)
          const fired = new Set(executions.map(({ index }) => index))
          assert.equal(fired.size, executions.length, 'an arrival was fired twice')
          for (const { index, at, slot } of planned) {
            const before = at < diesAt - 1
            const after = at >= Math.max(0, diesAt) + setup + MESSAGES_MS
            if (before || after || slot % threads !== dead) assert.ok(fired.has(index), `${index} at ${at}`)
          }
          // What it fired since its last window nobody can know; from its death on everything is counted.
          const { scheduled, sent, dropped } = totalsOf(node.batches)
          const unknown = planned.length - scheduled
          const between = (from: number, until: number): number =>
            lost.filter(({ at }) => at >= from && at < until).length
          assert.equal(scheduled, sent + dropped)
          assert.ok(unknown >= between(postedTo, diesAt - 1), `${unknown} unknown of ${planned.length}`)
          assert.ok(unknown <= between(postedTo, diesAt + 10), `${unknown} unknown of ${planned.length}`)
          assert.ok(sent <= executions.length && sent >= executions.length - between(postedTo, diesAt + 1))
          assert.ok(node.drained)
          assert.ok(executions.every(({ at }) => at >= startAt))
          assert.deepEqual(
            node.batches.map(({ sequence }) => sequence),
            node.batches.map((_, i) => i),
          )
          assert.equal(node.run.inFlight, 0)
        },
      ),
      { numRuns: 80 },
    )
  })

  it('is given up when the one in its place cannot be set up, or dies over and over', async () => {
    const load = openLoad(100, 3000)
    const failing = await worldOf(suiteOf([scenarioOf(load)]), 4, 2, 1)
    await failing.to(500)
    failing.node.kill(1, Number.POSITIVE_INFINITY)
    await failing.to(5000)
    assert.deepEqual(
      failing.node.faults.map(({ code }) => code),
      ['TASK_SETUP_FAILED'],
    )
    assert.ok(failing.node.drained)
    const alone = failing.executions.filter(({ at }) => at - failing.startAt > 500)
    assert.equal(alone.length, 125)

    const dying = await worldOf(suiteOf([scenarioOf(load)]), 4, 2, 1)
    for (let death = 1; death <= 6; death++) {
      await dying.to(death * 100)
      assert.deepEqual(dying.node.faults, [])
      dying.node.kill(1, 0)
    }
    await dying.to(5000)
    assert.deepEqual(
      dying.node.faults.map(({ code }) => code),
      ['WORKER_CRASHED'],
    )
    assert.ok(dying.node.drained)
    assert.equal(dying.executions.filter(({ at }) => at - dying.startAt > 600).length, 120)
  })

  it('is replaced before the start, while nothing else is alive, and not once the load is over', async () => {
    const load = openLoad(100, 1000)
    const early = await worldOf(suiteOf([scenarioOf(load)]), 4, 1, 1)
    early.node.kill(0, 0)
    await early.to(1500)
    assert.equal(totalsOf(early.node.batches).sent, 100)

    const late = await worldOf(suiteOf([scenarioOf(load)]), 4, 1, 1)
    await late.to(500)
    late.node.kill(0, 100)
    await late.to(520)
    // What is assigned while the node has no thread at all is for the one that comes.
    void late.node.assign(2, slotsFrom(2), 520)
    await late.to(900)
    late.node.run.stop(900)
    await late.to(1500)
    assert.ok(late.node.drained)
    const fired = late.executions.filter(({ at }) => at - late.startAt > 500)
    assert.ok(fired.length >= 10 && fired.length <= 15, `${fired.length}`)
    assert.ok(fired.every(({ index }) => index % 4 < 2))

    const over = await worldOf(suiteOf([scenarioOf(load)]), 4, 1, 1)
    await over.to(999)
    over.node.kill(0, 5000)
    await over.to(1010)
    assert.ok(over.node.drained)
  })

  it('has its slots given away from its death on at the earliest, if it may have fired until then', async () => {
    const load = openLoad(100, 3000)
    for (const asked of ['before', 'after'] as const) {
      const { node, to } = await worldOf(suiteOf([scenarioOf(load)]), 4, 2, 1)
      const release = (): Promise<number> =>
        node.assign(
          2,
          [0, 2, 3].map((slot) => ({ slot, from: 0 })),
          300,
        )
      await to(500)
      let answer = asked === 'before' ? release() : null
      node.kill(1, 1000)
      await to(520)
      answer ??= release()
      await to(600)
      const from = await answer
      assert.ok(from >= 500 && from <= 520, `asked ${asked} its death: ${from}`)
    }
  })

  it('has slots that were on their way to another node counted, and fired if there is time, up to when they go', async () => {
    const load = openLoad(100, 3000)
    const kept = [0, 2, 3].map((slot) => ({ slot, from: 0 }))
    for (const told of [300, 505, 560]) {
      for (const setup of [100, 900]) {
        const { node, executions, startAt, to } = await worldOf(suiteOf([scenarioOf(load)]), 4, 2, 1)
        const happenings = [
          { at: 500, happen: () => void node.kill(1, setup) },
          { at: told, happen: () => void node.assign(2, kept, 1100) },
        ]
        for (const { at, happen } of happenings.toSorted((a, b) => a.at - b.at)) {
          await to(at)
          happen()
        }
        await to(6000)
        const title = `told at ${told}, ${setup} ms to set up`
        const planned = plannedOf(load, 4)
        const own = planned.filter(({ slot, at }) => slot !== 1 || at < 1100)
        const unknown = planned.filter(({ slot, at }) => slot % 2 === 1 && at < 500)
        const { scheduled, sent, dropped } = totalsOf(node.batches)
        assert.equal(scheduled, sent + dropped, title)
        assert.ok(scheduled >= own.length - unknown.length - 1 && scheduled <= own.length - unknown.length + 1, title)
        const fired = executions.filter(({ index }) => index % 4 === 1).map(({ at }) => at - startAt)
        const ready = 500 + setup + MESSAGES_MS
        const due = planned.filter(({ slot, at }) => slot === 1 && at > ready && at < 1100)
        assert.ok(fired.filter((at) => at > ready).length >= due.length, title)
        assert.ok(
          fired.every((at) => at < 1102),
          title,
        )
      }
    }
  })

  it('has its slots given away from the end of the lease, if that was before its death', async () => {
    const { node, startAt, to } = await worldOf(suiteOf([scenarioOf(openLoad(100, 3000))]), 4, 2, 1)
    node.run.lease(startAt)
    await to(400)
    node.kill(1, 1000)
    await to(500)
    const answer = node.assign(
      2,
      [2, 3].map((slot) => ({ slot, from: 0 })),
      10,
    )
    await to(600)
    assert.equal(await answer, 10)
  })

  it('has its users go on in its place', async () => {
    const { node, executions, startAt, to } = await worldOf(
      suiteOf([scenarioOf(closedLoad(4, 1000, { thinkTimeMs: 20 }))]),
      4,
      2,
      1,
    )
    await to(400)
    node.kill(1, 50)
    await to(3000)
    assert.ok(node.drained)
    const usersAfter = new Set(executions.filter(({ at }) => at - startAt > 500).map(({ user }) => user))
    assert.deepEqual([...usersAfter].toSorted(), [0, 1, 2, 3])
    const between = executions.filter(({ at }) => at - startAt > 402 && at - startAt < 450)
    assert.ok(between.every(({ user }) => user % 2 === 0))
  })
})
