import assert from 'node:assert/strict'
import fc from 'fast-check'
import { giverOf, grant, isVacant, SLOT_COUNT, surplus, targets, VACANT, vacatedBy } from '../../src/run/allotment.ts'

const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 40 })
const bidders = (list: readonly number[]) => list.map((weight, i) => ({ bootId: `b${i}`, weight }))
const counts = (holders: readonly number[], size: number) =>
  Array.from({ length: size }, (_, i) => holders.filter((holder) => holder === i).length)

describe('allotment of slots', () => {
  it('sums exactly, each bidder within one slot of its proportion', () => {
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: SLOT_COUNT }), (list, slots) => {
        const goal = targets(slots, bidders(list))
        const total = list.reduce((a, b) => a + b, 0)
        assert.equal(
          goal.reduce((a, b) => a + b, 0),
          slots,
        )
        goal.forEach((value, i) => {
          assert.ok(Math.abs(value - (slots * list[i]!) / total) < 1)
        })
      }),
    )
  })

  it('gives every slot a holder, and each holder its target', () => {
    fc.assert(
      fc.property(weights, (list) => {
        const goal = targets(SLOT_COUNT, bidders(list))
        const holders = grant(new Array<number>(SLOT_COUNT).fill(VACANT), () => true, goal)
        assert.deepEqual(counts(holders, list.length), goal)
      }),
      { numRuns: 30 },
    )
  })

  it('splits every prefix evenly among equals, so that few users are split evenly too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: SLOT_COUNT }), (size, prefix) => {
        const goal = targets(SLOT_COUNT, bidders(new Array<number>(size).fill(1)))
        const holders = grant(new Array<number>(SLOT_COUNT).fill(VACANT), () => true, goal)
        const parts = counts(holders.slice(0, prefix), size)
        assert.ok(Math.max(...parts) - Math.min(...parts) <= 1, `${parts}`)
      }),
      { numRuns: 60 },
    )
  })

  it('moves only free slots, and to targets', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), (size, which) => {
        const everyone = bidders(new Array<number>(size).fill(1))
        const before = grant(new Array<number>(SLOT_COUNT).fill(VACANT), () => true, targets(SLOT_COUNT, everyone))
        const lost = which % size
        const survivors = everyone.map((bidder, i) => ({ ...bidder, weight: i === lost ? 0 : 1 }))
        const goal = targets(SLOT_COUNT, survivors)
        const after = grant(before, (slot) => before[slot] === lost, goal)
        after.forEach((holder, slot) => {
          if (before[slot] !== lost) assert.equal(holder, before[slot])
          else assert.notEqual(holder, lost)
        })
        assert.deepEqual(counts(after, size), goal)
      }),
      { numRuns: 40 },
    )
  })

  it('keeps who gave a vacant slot up until somebody takes it', () => {
    assert.equal(giverOf(VACANT), undefined)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.nat({ max: 1000 }), (slots, bidder) => {
        const vacant = vacatedBy(bidder)
        assert.ok(isVacant(vacant))
        assert.equal(giverOf(vacant), bidder)
        const before = new Array<number>(slots).fill(vacant)
        assert.deepEqual(
          grant(before, () => true, [0, 0]),
          before,
        )
        const after = grant(before, () => true, [0, 1])
        assert.deepEqual([after.filter((holder) => holder === 1).length, after.filter(isVacant).length], [1, slots - 1])
      }),
      { numRuns: 40 },
    )
  })

  it('takes from those above their target exactly what is above', () => {
    fc.assert(
      fc.property(weights, weights, (first, second) => {
        const size = Math.min(first.length, second.length)
        const before = grant(
          new Array<number>(SLOT_COUNT).fill(VACANT),
          () => true,
          targets(SLOT_COUNT, bidders(first.slice(0, size))),
        )
        const goal = targets(SLOT_COUNT, bidders(second.slice(0, size)))
        const given = new Set(surplus(before, goal))
        const kept = counts(
          before.map((holder, slot) => (given.has(slot) ? VACANT : holder)),
          size,
        )
        const had = counts(before, size)
        kept.forEach((value, i) => {
          assert.equal(value, Math.min(had[i]!, goal[i]!))
        })
      }),
      { numRuns: 40 },
    )
  })
})
