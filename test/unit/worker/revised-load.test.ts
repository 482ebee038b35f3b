import assert from 'node:assert/strict'
import fc from 'fast-check'
import { deriveSeed, seededRandom } from '../../../src/base/random.ts'
import { planArrivals } from '../../../src/load/arrivals.ts'
import type { AssignedRevision } from '../../../src/worker/messages.ts'
import { closedLoad, openLoad, scenarioOf, slotsFrom, suiteOf } from './suites.ts'
import { type Execution, totalsOf, VirtualNode, VirtualTime } from './virtual-node.ts'

const START_AFTER = 50
const DURATION = 2000

/** A change: announced, then confirmed, put off, or dropped. Times in milliseconds of run time. */
const changes = fc.array(
  fc.record({
    announced: fc.integer({ min: 0, max: 1900 }),
    lead: fc.integer({ min: 5, max: 300 }),
    decided: fc.integer({ min: 6, max: 400 }),
    outcome: fc.constantFrom('confirmed', 'confirmed', 'confirmed', 'dropped' as const),
    value: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 900 })),
  }),
  { maxLength: 3 },
)

async function nodeWith(suite: ReturnType<typeof suiteOf>, slotCount: number, threads: number, takes?: number) {
  const time = new VirtualTime()
  const executions: Execution[] = []
  const common = { name: 'a', time, random: seededRandom(5), suite, slotCount, threads, executions }
  const node = new VirtualNode(takes === undefined ? common : { ...common, takes })
  const ready = node.run.prepare()
  await time.advanceTo(time.now + 10, [node])
  await ready
  const startAt = time.now + START_AFTER
  void node.assign(1, slotsFrom(slotCount), 0)
  node.run.start(startAt)
  node.run.lease(startAt + 1e6)
  return { node, executions, startAt, to: (run: number) => time.advanceTo(startAt + run, [node]) }
}

describe('a load that is changed while it goes on', () => {
  it('is fired as it was changed, each arrival once, and nothing undecided', async function () {
    this.timeout(60_000)
    const arrivals = fc.constantFrom('even' as const, 'poisson' as const)
    await fc.assert(
      fc.asyncProperty(
        changes,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 700 }),
        arrivals,
        async (planned, threads, rate, kind) => {
          const load = openLoad(rate, DURATION, { arrivals: kind })
          const { node, executions, startAt, to } = await nodeWith(suiteOf([scenarioOf(load)]), 6, threads)
          const confirmed: AssignedRevision[] = []
          let [sequence, now, held] = [1, 0, 0]
          for (const { announced, lead, decided, outcome, value } of planned) {
            now = Math.max(now, announced)
            await to(now)
            const at = Math.max(now + lead, confirmed.at(-1)?.at ?? 0)
            node.revisions = [...confirmed, { scenario: 0, at, value, confirmed: false }]
            void node.assign(++sequence, slotsFrom(6), 0)
            now += decided
            await to(now)
            const revision = { scenario: 0, at, value, confirmed: true }
            if (outcome === 'confirmed' && at < DURATION) confirmed.push(revision)
            if (now + 8 > at) held += now + 8 - at
            node.revisions = [...confirmed]
            void node.assign(++sequence, slotsFrom(6), 0)
            now += 10
            await to(now)
          }
          await to(now + 4000)
          const plan = planArrivals(load, 6, deriveSeed(1, 0), confirmed)
          const cursor = plan.cursor(slotsFrom(6), 0)
          const times = new Map<number, number>()
          while (cursor.next()) times.set(cursor.index, cursor.at)
          assert.equal(
            new Set(executions.map(({ index }) => index)).size,
            executions.length,
            'an arrival was fired twice',
          )
          for (const { index, at } of executions) {
            const due = times.get(index)
            assert.ok(due !== undefined, `arrival ${index} is not planned`)
            assert.ok(at - startAt >= due - 1e-6, `arrival ${index} was fired at ${at - startAt}, planned at ${due}`)
          }
          const totals = totalsOf(node.batches)
          assert.ok(node.drained)
          assert.equal(totals.scheduled, times.size)
          assert.equal(totals.sent, executions.length)
          if (held === 0) assert.equal(totals.dropped, 0)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('has as many users from a time on as were asked for', async () => {
    const suite = suiteOf([scenarioOf(closedLoad(4, 3000))])
    const { node, executions, startAt, to } = await nodeWith(suite, 6, 2, 20)
    await to(500)
    node.revisions = [{ scenario: 0, at: 1000, value: 9, confirmed: false }]
    void node.assign(2, slotsFrom(6), 0)
    await to(600)
    node.revisions = [{ scenario: 0, at: 1000, value: 9, confirmed: true }]
    void node.assign(3, slotsFrom(6), 0)
    await to(1800)
    node.revisions = [...node.revisions, { scenario: 0, at: 2000, value: 2, confirmed: false }]
    void node.assign(4, slotsFrom(6), 0)
    await to(2100)
    node.revisions = node.revisions.map((revision) => ({ ...revision, confirmed: true }))
    void node.assign(5, slotsFrom(6), 0)
    await to(6000)
    const users = (from: number, to: number) =>
      new Set(executions.filter(({ at }) => at - startAt >= from && at - startAt < to).map(({ user }) => user)).size
    assert.deepEqual([users(0, 1000), users(1030, 2000), users(2000, 2095), users(2110, 3000)], [4, 9, 0, 2])
    assert.ok(node.drained)
  })
})
