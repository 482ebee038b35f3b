import assert from 'node:assert/strict'
import { type ArrivalCursor, planArrivals } from '../../../src/load/arrivals.ts'
import { openLoad, segment } from './loads.ts'

const heldFrom = (from: number, ...slots: readonly number[]) => slots.map((slot) => ({ slot, from }))

function take(cursor: ArrivalCursor, most = Number.POSITIVE_INFINITY): { at: number; index: number; slot: number }[] {
  const taken: { at: number; index: number; slot: number }[] = []
  while (taken.length < most && cursor.next()) taken.push({ at: cursor.at, index: cursor.index, slot: cursor.slot })
  return taken
}

describe('even arrivals', () => {
  const plan = planArrivals(openLoad([segment(20_000, 2000)]), 8, 0)

  it('fire a constant rate exactly in every second, away from its edges', () => {
    for (let second = 0; second < 20; second++) assert.equal(plan.count(second * 1000, second * 1000 + 1000), 2000)
    assert.equal(plan.count(0, 20_000), 40_000)
    for (const { at } of take(plan.cursor(heldFrom(0, 0, 1, 2, 3, 4, 5, 6, 7), 0))) {
      const distance = Math.abs(at - Math.round(at / 1000) * 1000)
      assert.ok(distance > 0.24, `arrival at ${at}`)
    }
  })

  it('are planned in the middle of their intervals, slot after slot', () => {
    const slow = planArrivals(openLoad([segment(1000, 4)]), 3, 0)
    assert.deepEqual(take(slow.cursor(heldFrom(0, 0, 1, 2), 0)), [
      { at: 125, index: 0, slot: 0 },
      { at: 375, index: 1, slot: 1 },
      { at: 625, index: 2, slot: 2 },
      { at: 875, index: 3, slot: 0 },
    ])
  })

  it('give a cursor only the arrivals of its slots, from when it holds them', () => {
    const cursor = plan.cursor([...heldFrom(10, 5), ...heldFrom(0, 2)], 5)
    const indexes = take(cursor, 5).map(({ index }) => index)
    assert.deepEqual(indexes, [10, 18, 21, 26, 29])
  })

  it('end, and stay ended', () => {
    const cursor = plan.cursor(heldFrom(0, 7), 19_999)
    assert.equal(take(cursor).length, 1)
    assert.equal(cursor.next(), false)
    assert.equal(cursor.next(), false)
    assert.equal(take(plan.cursor([], 0)).length, 0)
    assert.equal(take(plan.cursor(heldFrom(0, 0), 20_000)).length, 0)
    assert.equal(take(plan.cursor(heldFrom(Number.POSITIVE_INFINITY, 0), 0)).length, 0)
  })

  it('do not drift over a day', () => {
    const day = planArrivals(openLoad([segment(86_400_000, 3)]), 1, 0)
    assert.equal(day.count(0, 86_400_000), 259_200)
    assert.equal(day.count(86_399_000, 86_400_000), 3)
    const last = take(day.cursor(heldFrom(0, 0), 86_399_990)).length
    assert.equal(last, 0)
  })

  it('are right at the slowest and the fastest rates: one an hour, and a fifth of a million a second', () => {
    const hour = 3_600_000
    const slow = planArrivals(openLoad([segment(24 * hour, 1 / 3600)]), 2520, 0)
    const slots = Array.from({ length: 2520 }, (_, slot) => ({ slot, from: 0 }))
    assert.deepEqual(
      take(slow.cursor(slots, 0)).map(({ at }) => Math.round(at)),
      Array.from({ length: 24 }, (_, i) => (i + 0.5) * hour),
    )
    assert.equal(slow.count(0, hour / 2), 0)
    const fast = planArrivals(openLoad([segment(hour, 200_000)]), 2520, 0)
    assert.equal(fast.count(0, hour), 720_000_000)
    for (const second of [0, 1, 3599]) assert.equal(fast.count(second * 1000, second * 1000 + 1000), 200_000)
    const last = take(fast.cursor(slots, hour - 1))
    assert.equal(last.length, 200)
    const gaps = last.slice(1).map(({ at, index }, i) => (at - last[i]!.at) / (index - last[i]!.index))
    for (const gap of gaps) assert.ok(Math.abs(gap - 0.005) < 1e-6, `${gap}`)
  })

  it('count nothing in empty and backward intervals', () => {
    assert.equal(plan.count(5, 5), 0)
    assert.equal(plan.count(1000, 0), 0)
    assert.equal(plan.count(30_000, 40_000), 0)
    assert.equal(plan.count(-1000, 0), 0)
    assert.equal(plan.count(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY), 40_000)
  })

  it('begin anywhere at once', () => {
    const long = planArrivals(openLoad([segment(86_400_000, 1_000_000)]), 1000, 0)
    const cursor = long.cursor(heldFrom(0, 999), 86_000_000)
    assert.ok(cursor.next())
    assert.ok(cursor.at >= 86_000_000 && cursor.at < 86_000_001)
    assert.equal(cursor.index % 1000, 999)
  })
})

describe('Poisson arrivals', () => {
  const load = openLoad([segment(20_000, 2000)], { arrivals: 'poisson' })
  const all = heldFrom(0, 0, 1, 2, 3)

  it('are the same for the same seed and others for another', () => {
    const first = take(planArrivals(load, 4, 7).cursor(all, 0), 1000)
    assert.deepEqual(take(planArrivals(load, 4, 7).cursor(all, 0), 1000), first)
    assert.notDeepEqual(take(planArrivals(load, 4, 8).cursor(all, 0), 1000), first)
  })

  it('are pinned: every node draws these', () => {
    const [first, second] = take(planArrivals(load, 4, 7).cursor(all, 0), 2)
    assert.deepEqual(first, { at: 1.0236084759235382, index: 0, slot: 2 })
    assert.deepEqual(second, { at: 1.6495493948459625, index: 1, slot: 3 })
  })

  it('are ordered, with unique increasing numbers', () => {
    const taken = take(planArrivals(load, 4, 7).cursor(all, 0))
    assert.ok(taken.length > 39_000 && taken.length < 41_000, `${taken.length}`)
    for (const [i, { at, index }] of taken.entries()) {
      const before = taken[i - 1]
      assert.ok(before === undefined || (at >= before.at && index > before.index))
      assert.ok(at >= 0 && at < 20_000)
    }
  })

  it('do not depend on the number of slots, but for whose they are', () => {
    const one = take(planArrivals(load, 1, 7).cursor(heldFrom(0, 0), 0))
    const four = take(planArrivals(load, 4, 7).cursor(all, 0))
    assert.deepEqual(
      four.map(({ at }) => at),
      one.map(({ at }) => at),
    )
  })

  it('divide evenly among the slots', () => {
    const perSlot = all.map((held) => take(planArrivals(load, 4, 7).cursor([held], 0)).length)
    for (const count of perSlot) assert.ok(Math.abs(count - 10_000) < 300, `${perSlot}`)
  })

  it('begin anywhere at once', () => {
    const long = openLoad([segment(86_400_000, 1_000_000)], { arrivals: 'poisson' })
    const cursor = planArrivals(long, 1000, 1).cursor(heldFrom(0, 999), 86_000_000)
    assert.ok(cursor.next())
    assert.ok(cursor.at >= 86_000_000 && cursor.at < 86_000_100)
  })

  it('of a profile without arrivals are none', () => {
    const none = planArrivals(openLoad([segment(1000, 0)], { arrivals: 'poisson' }), 2, 1)
    assert.equal(none.count(0, 1000), 0)
    assert.equal(none.cursor(heldFrom(0, 0, 1), 0).next(), false)
  })
})

describe('plans', () => {
  it('refuse slots that do not exist or are listed twice', () => {
    for (const arrivals of ['even', 'poisson'] as const) {
      const plan = planArrivals(openLoad([segment(1000, 5)], { arrivals }), 4, 0)
      for (const slots of [[4], [-1], [0.5], [1, 1]]) {
        assert.throws(() => plan.cursor(heldFrom(0, ...slots), 0), RangeError)
      }
      assert.throws(() => planArrivals(openLoad([], { arrivals }), 0, 0), RangeError)
    }
  })
})
