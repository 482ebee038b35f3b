import assert from 'node:assert/strict'
import fc from 'fast-check'
import { seededRandom } from '../../../src/base/random.ts'
import { FOREVER, plannedOf } from './planned.ts'
import { openLoad, scenarioOf, slotsFrom, suiteOf } from './suites.ts'
import { type Execution, totalsOf, VirtualNode, VirtualTime } from './virtual-node.ts'

describe('deaths of load threads', () => {
  it('leave nothing fired or counted twice, whatever else happens meanwhile', async function () {
    this.timeout(60_000)
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          threads: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
          slotCount: fc.integer({ min: 1, max: 12 }),
          rate: fc.integer({ min: 1, max: 500 }),
          deaths: fc.array(
            fc.record({
              at: fc.integer({ min: 0, max: 2000 }),
              node: fc.constantFrom(0 as const, 1 as const),
              victim: fc.nat({ max: 2 }),
              setup: fc.constantFrom(0, 30, 400),
            }),
            { minLength: 1, maxLength: 4 },
          ),
          moveAt: fc.integer({ min: 0, max: 1800 }),
          release: fc.constantFrom(-300, -20, 0, 40),
          count: fc.integer({ min: 1, max: 12 }),
          lapse: fc.option(
            fc.record({ at: fc.integer({ min: 0, max: 1500 }), takes: fc.integer({ min: 1, max: 900 }) }),
          ),
          seed: fc.nat(),
        }),
        async ({ threads, slotCount, rate, deaths, moveAt, release, count, lapse, seed }) => {
          const load = openLoad(rate, 2500)
          const time = new VirtualTime()
          const executions: Execution[] = []
          const suite = suiteOf([scenarioOf(load)])
          const nodes = (['a', 'b'] as const).map((name, i) => {
            const random = seededRandom(seed + i)
            return new VirtualNode({ name, time, random, suite, slotCount, threads: threads[i]!, executions })
          }) as [VirtualNode, VirtualNode]
          const ready = Promise.all(nodes.map((node) => node.run.prepare()))
          await time.advanceTo(time.now + 10, nodes)
          await ready
          const startAt = time.now + 50
          void nodes[0].assign(1, slotsFrom(slotCount), 0)
          for (const node of nodes) {
            node.run.start(startAt)
            node.run.lease(startAt + FOREVER)
          }
          const kept = slotsFrom(slotCount).slice(count)
          const moved = slotsFrom(slotCount).slice(0, count)
          const move = async (): Promise<void> => {
            const applied = await nodes[0].assign(2, kept, moveAt + release)
            await nodes[1].assign(
              3,
              moved.map(({ slot }) => ({ slot, from: applied })),
              applied,
            )
          }
          const planned = plannedOf(load, slotCount)
          let unknown = 0
          const die = ({ at, node, victim, setup }: (typeof deaths)[number]): void => {
            const postedTo = nodes[node].kill(victim % threads[node], setup)
            unknown += planned.filter((arrival) => arrival.at >= postedTo && arrival.at <= at + 10).length
          }
          const happenings = [
            ...deaths.map((death) => ({ at: death.at, happen: () => die(death) })),
            { at: moveAt, happen: () => void move() },
            ...(lapse === null
              ? []
              : [
                  { at: lapse.at, happen: () => nodes[0].run.lease(startAt + lapse.at) },
                  { at: lapse.at + lapse.takes, happen: () => nodes[0].run.lease(startAt + FOREVER) },
                ]),
          ]
          for (const { at, happen } of happenings.toSorted((a, b) => a.at - b.at)) {
            await time.advanceTo(startAt + at, nodes)
            happen()
          }
          await time.advanceTo(startAt + 6000, nodes)
          const fired = new Set(executions.map(({ index }) => index))
          assert.equal(fired.size, executions.length, 'an arrival was fired twice')
          const { scheduled, sent, dropped } = totalsOf(nodes.flatMap(({ batches }) => batches))
          assert.equal(scheduled, sent + dropped)
          assert.ok(sent <= executions.length)
          // Each death hides at most what its thread did since its last window; no arrival is both fired and dropped.
          assert.ok(scheduled <= planned.length && scheduled >= planned.length - unknown, `${scheduled} scheduled`)
          assert.ok(dropped <= planned.length - executions.length, `${dropped} dropped, ${executions.length} fired`)
          for (const { drained, run } of nodes) {
            assert.ok(drained)
            assert.equal(run.inFlight, 0)
          }
        },
      ),
      {
        numRuns: 80,
        examples: [
          [
            // What is on its way to another node is dropped without a lease, before the thread dies.
            {
              threads: [1, 1],
              slotCount: 1,
              rate: 1,
              deaths: [
                { at: 1000, node: 0, victim: 0, setup: 0 },
                { at: 0, node: 0, victim: 0, setup: 0 },
              ],
              moveAt: 461,
              release: 40,
              count: 1,
              lapse: { at: 275, takes: 726 },
              seed: 464086041,
            },
          ],
        ],
      },
    )
  })
})
