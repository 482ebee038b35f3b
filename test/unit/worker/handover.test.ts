import assert from 'node:assert/strict'
import fc from 'fast-check'
import { deriveSeed, seededRandom } from '../../../src/base/random.ts'
import { planArrivals } from '../../../src/load/arrivals.ts'
import type { OpenLoad, Suite } from '../../../src/suite/spec.ts'
import { openLoad, scenarioOf, slotsFrom, suiteOf } from './suites.ts'
import { type Execution, totalsOf, VirtualNode, VirtualTime } from './virtual-node.ts'

const START_AFTER = 50
const FOREVER = 1e6

interface Mesh {
  readonly time: VirtualTime
  readonly nodes: readonly [VirtualNode, VirtualNode]
  readonly executions: Execution[]
  readonly startAt: number
  readonly to: (run: number) => Promise<void>
}

/** Two nodes; the first holds all slots, both have a lease. */
async function mesh(suite: Suite, slotCount: number, threads: readonly [number, number], seed: number): Promise<Mesh> {
  const time = new VirtualTime()
  const executions: Execution[] = []
  const create = (name: string, count: number): VirtualNode =>
    new VirtualNode({ name, time, random: seededRandom(seed), suite, slotCount, threads: count, executions })
  const nodes = [create('a', threads[0]), create('b', threads[1])] as const
  const ready = Promise.all(nodes.map((node) => node.run.prepare()))
  await time.advanceTo(time.now + 10, nodes)
  await ready
  const startAt = time.now + START_AFTER
  const to = (run: number): Promise<void> => time.advanceTo(startAt + run, nodes)
  void nodes[0].assign(1, slotsFrom(slotCount), 0)
  for (const node of nodes) {
    node.run.start(startAt)
    node.run.lease(startAt + FOREVER)
  }
  await to(-1)
  return { time, nodes, executions, startAt, to }
}

/** Every planned arrival is fired at most once, and scheduled exactly once. */
function checkExact(load: OpenLoad, slotCount: number, { nodes, executions }: Mesh): void {
  const planned = planArrivals(load, slotCount, deriveSeed(1, 0)).count(0, Number.POSITIVE_INFINITY)
  const totals = totalsOf(nodes.flatMap(({ batches }) => batches))
  const indexes = executions.map(({ index }) => index)
  assert.equal(new Set(indexes).size, indexes.length, 'an arrival was fired twice')
  assert.equal(totals.scheduled, planned, 'scheduled is not the plan')
  assert.equal(totals.sent, executions.length)
  assert.equal(totals.dropped, planned - executions.length)
  for (const { batches, drained } of nodes) {
    assert.ok(drained)
    assert.deepEqual(
      batches.map(({ sequence }) => sequence),
      batches.map((_, i) => drained.firstSequence + i),
    )
  }
}

const moves = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 2500 }),
    slot: fc.nat(),
    count: fc.integer({ min: 1, max: 4 }),
    /** When the release is to take effect, relative to the time it is decided. */
    release: fc.constantFrom(-300, -20, 0, 0.5, 40),
    toFirst: fc.boolean(),
    /** Whether the first answer is lost and the same table is sent again. */
    again: fc.boolean(),
  }),
  { maxLength: 6 },
)

describe('slots that move between nodes', () => {
  it('are fired by one of them, whenever and however they move', async function () {
    this.timeout(30_000)
    await fc.assert(
      fc.asyncProperty(
        moves,
        fc.integer({ min: 1, max: 12 }),
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 0, max: 1200 }),
        fc.constantFrom('even' as const, 'poisson' as const),
        fc.nat(),
        async (planned, slotCount, threads, rate, scenarioStart, arrivals, seed) => {
          const load = openLoad(rate, 2000, { arrivals })
          const suite = suiteOf([scenarioOf(load, undefined, scenarioStart)])
          const world = await mesh(suite, slotCount, threads, seed)
          const held = [new Map(slotsFrom(slotCount).map(({ slot }) => [slot, 0])), new Map<number, number>()] as const
          const table = (owner: 0 | 1) => [...held[owner]].map(([slot, from]) => ({ slot, from }))
          let sequence = 1
          for (const { at, slot, count, release, toFirst, again } of planned.toSorted((a, b) => a.at - b.at)) {
            await world.to(at)
            const [from, to] = toFirst ? ([1, 0] as const) : ([0, 1] as const)
            const moving = [...held[from].keys()].slice(slot % slotCount).slice(0, count)
            for (const one of moving) held[from].delete(one)
            // Decreases are confirmed before increases are granted.
            let applied: number | undefined
            sequence++
            if (again) void world.nodes[from].assign(sequence, table(from), at + release)
            void world.nodes[from].assign(sequence, table(from), at + release).then((time) => {
              applied = time
            })
            while (applied === undefined) await world.time.advanceTo(world.time.now + 1, world.nodes)
            for (const one of moving) held[to].set(one, applied)
            void world.nodes[to].assign(++sequence, table(to), applied)
          }
          await world.to(4000)
          checkExact(load, slotCount, world)
        },
      ),
      {
        numRuns: 60,
        examples: [
          // Moved 8 ms before the end: the new holder learns of it when its threads have ended with the load.
          [
            [{ at: 2052, slot: 0, count: 1, release: -300, toFirst: false, again: false }],
            1,
            [1, 1],
            77,
            60,
            'even',
            2060228943,
          ],
        ],
      },
    )
  })

  it('are not lost or doubled when their holder is cut off and they are given away', async function () {
    this.timeout(30_000)
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          lapse: fc.integer({ min: 100, max: 1500 }),
          margin: fc.integer({ min: 1, max: 300 }),
          back: fc.integer({ min: 1, max: 900 }),
          frozen: fc.boolean(),
          moved: fc.integer({ min: 1, max: 12 }),
          late: fc.integer({ min: 0, max: 200 }),
          slotCount: fc.integer({ min: 1, max: 12 }),
          rate: fc.integer({ min: 1, max: 700 }),
          seed: fc.nat(),
        }),
        fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
        async ({ lapse, margin, back, frozen, moved, late, slotCount, rate, seed }, threads) => {
          const load = openLoad(rate, 3000)
          const world = await mesh(suiteOf([scenarioOf(load)]), slotCount, threads, seed)
          const [a, b] = world.nodes
          a.run.lease(world.startAt + lapse)
          await world.to(Math.max(0, lapse - 20))
          if (frozen) a.freeze()
          // The lease has ended for certain, so its slots are granted to the other.
          const granted = lapse + margin
          const given = slotsFrom(slotCount, granted).slice(0, moved)
          await world.to(granted + late)
          void b.assign(2, given, granted)
          await world.to(granted + late + back)
          const fired = world.executions.filter(({ node, at }) => node === 'a' && at - world.startAt > lapse)
          assert.deepEqual(fired, [])
          // It comes back and learns first what is still its own, then that it may go on.
          void a.assign(3, slotsFrom(slotCount).slice(moved), granted)
          a.run.lease(world.startAt + FOREVER)
          if (frozen) a.thaw()
          await world.to(5200)
          checkExact(load, slotCount, world)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('stay exact when the time of the move falls on an arrival', async () => {
    const load = openLoad(1000, 2000)
    // Arrivals of this load lie on half milliseconds, and the scenario does not begin on one that is round in binary.
    const suite = suiteOf([scenarioOf(load, undefined, 1000.1)])
    for (const cut of [1500.6, 1500.1, 1500.5999999999999]) {
      const world = await mesh(suite, 4, [2, 2], 1)
      await world.to(1200)
      let applied: number | undefined
      void world.nodes[0].assign(2, [{ slot: 0, from: 0 }], cut).then((time) => {
        applied = time
      })
      await world.to(1300)
      assert.equal(applied, cut)
      const given = [1, 2, 3].map((slot) => ({ slot, from: cut }))
      void world.nodes[1].assign(3, given, cut)
      await world.to(3200)
      checkExact(load, 4, world)
      assert.equal(world.executions.length, 2000)
    }
  })

  it('stay with their holder when the end is near, unless its lease ends before', async () => {
    const load = openLoad(100, 1000)
    for (const [lease, applied] of [
      [FOREVER, 1000],
      [990, 700],
    ] as const) {
      const world = await mesh(suiteOf([scenarioOf(load)]), 2, [2, 1], 1)
      world.nodes[0].run.lease(world.startAt + lease)
      await world.to(600)
      const answer = world.nodes[0].assign(2, [{ slot: 0, from: 0 }], 700)
      await world.to(650)
      assert.equal(await answer, applied)
      void world.nodes[1].assign(3, [{ slot: 1, from: applied }], applied)
      await world.to(980)
      world.nodes[0].run.lease(world.startAt + FOREVER)
      await world.to(1200)
      checkExact(load, 2, world)
      const others = world.executions.filter(({ node }) => node === 'b')
      assert.equal(others.length, applied === 1000 ? 0 : 15)
    }
  })
})
