import assert from 'node:assert/strict'
import { seededRandom } from '../../../src/base/random.ts'
import { closedLoad, scenarioOf, slotsFrom, suiteOf } from './suites.ts'
import { type Execution, totalsOf, VirtualNode, VirtualTime } from './virtual-node.ts'

const SLOTS = 4
const TAKES = 30
const THINKS = 20

const hill = closedLoad(8, 2000, {
  thinkTimeMs: THINKS,
  segments: [
    { durationMs: 800, fromUsers: 0, toUsers: 8 },
    { durationMs: 400, fromUsers: 8, toUsers: 8 },
    { durationMs: 800, fromUsers: 8, toUsers: 0 },
  ],
})
/** When a user is planned to begin and to end. */
const begins = (user: number) => 100 * user + 50
const ends = (user: number) => 1200 + 100 * (8 - user - 0.5)

/** Two nodes of two threads; the first holds all slots. */
async function twoNodes(load: typeof hill) {
  const time = new VirtualTime()
  const executions: Execution[] = []
  const suite = suiteOf([scenarioOf(load)])
  const create = (name: string) =>
    new VirtualNode({
      name,
      time,
      random: seededRandom(7),
      suite,
      slotCount: SLOTS,
      threads: 2,
      executions,
      takes: TAKES,
    })
  const nodes = [create('a'), create('b')] as const
  const ready = Promise.all(nodes.map((node) => node.run.prepare()))
  await time.advanceTo(time.now + 10, nodes)
  await ready
  const startAt = time.now + 50
  void nodes[0].assign(1, slotsFrom(SLOTS), 0)
  for (const node of nodes) {
    node.run.start(startAt)
    node.run.lease(startAt + 1e6)
  }
  const to = (run: number) => time.advanceTo(startAt + run, nodes)
  await to(-1)
  return {
    nodes,
    to,
    of: (user: number) =>
      executions.filter((one) => one.user === user).map((one) => ({ ...one, at: one.at - startAt })),
  }
}

describe('users that come and go', () => {
  it('begin in order over a ramp, and end after the iteration they are in', async () => {
    const { nodes, to, of } = await twoNodes(hill)
    await to(2100)
    let count = 0
    for (let user = 0; user < 8; user++) {
      const own = of(user)
      count += own.length
      const [first, last] = [own[0]!.at, own.at(-1)!.at]
      assert.ok(first >= begins(user) && first < begins(user) + 5, `user ${user} began at ${first}`)
      assert.ok(last < ends(user) + 0.5 && last > ends(user) - TAKES - THINKS - 5, `user ${user} last at ${last}`)
      assert.ok(
        own.every(({ at }, i) => i === 0 || at - own[i - 1]!.at < TAKES + THINKS + 5),
        'no pause in between',
      )
    }
    const totals = totalsOf(nodes.flatMap(({ batches }) => batches))
    assert.deepEqual([totals.sent, totals.succeeded, totals.dropped], [count, count, 0])
  })

  it('come again in every round', async () => {
    const { to, of } = await twoNodes({ ...hill, repeat: 2, durationMs: 4000 })
    await to(4100)
    for (let user = 0; user < 8; user++) {
      const rounds = [of(user).filter(({ at }) => at < 2000), of(user).filter(({ at }) => at >= 2000)]
      for (const [round, own] of rounds.entries()) {
        const first = own[0]!.at - 2000 * round
        assert.ok(first >= begins(user) && first < begins(user) + 5, `round ${round}: ${first}`)
        assert.ok(own.at(-1)!.at < 2000 * round + ends(user) + 0.5)
      }
    }
  })

  it('begin and end where their slot is, whenever it moves', async () => {
    const { nodes, to, of } = await twoNodes(hill)
    await to(400)
    const moved = [1, 3]
    const release = nodes[0].assign(
      2,
      slotsFrom(SLOTS).filter(({ slot }) => !moved.includes(slot)),
      420,
    )
    await to(430)
    const from = await release
    void nodes[1].assign(
      1,
      moved.map((slot) => ({ slot, from })),
      0,
    )
    await to(2100)
    for (let user = 0; user < 8; user++) {
      const own = of(user)
      const elsewhere = moved.includes(user % SLOTS)
      assert.ok(
        own.every(({ node, at }) => node === (elsewhere && at >= from ? 'b' : 'a')),
        `user ${user}`,
      )
      const first = own[0]!.at
      const least = Math.max(begins(user), 0)
      assert.ok(first >= least && first < Math.max(least, from) + 60, `user ${user} began at ${first}`)
      if (begins(user) > 500) assert.ok(first < begins(user) + 5, `user ${user} began at ${first}`)
      assert.ok(own.at(-1)!.at < ends(user) + 0.5 && own.at(-1)!.at > ends(user) - TAKES - THINKS - 5)
    }
  })
})
