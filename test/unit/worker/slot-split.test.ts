import assert from 'node:assert/strict'
import fc from 'fast-check'
import { splitSlots } from '../../../src/worker/slot-split.ts'

const slots = fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 60 })

describe('splitting slots over threads', () => {
  it('puts the i-th slot on thread i mod threads', () => {
    const split = splitSlots([9, 3, 5, 7], new Map(), [0, 1, 2])
    assert.deepEqual([...split].sort(), [
      [3, 0],
      [5, 1],
      [7, 2],
      [9, 0],
    ])
  })

  it('holds every slot once, evenly, whatever the order', () => {
    fc.assert(
      fc.property(slots, fc.integer({ min: 1, max: 8 }), (held, threads) => {
        const indexes = Array.from({ length: threads }, (_, i) => i)
        const split = splitSlots(held, new Map(), indexes)
        assert.equal(split.size, held.length)
        const sizes = indexes.map((thread) => [...split.values()].filter((t) => t === thread).length)
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1)
        assert.deepEqual(
          new Map([...split].sort()),
          new Map([...splitSlots(held.toReversed(), new Map(), indexes)].sort()),
        )
      }),
    )
  })

  it('never moves a slot that is held from thread to thread', () => {
    fc.assert(
      fc.property(slots, slots, fc.integer({ min: 1, max: 8 }), (before, after, threads) => {
        const indexes = Array.from({ length: threads }, (_, i) => i)
        const first = splitSlots(before, new Map(), indexes)
        const second = splitSlots(after, first, indexes)
        assert.deepEqual(new Set(second.keys()), new Set(after))
        for (const slot of after) if (first.has(slot)) assert.equal(second.get(slot), first.get(slot))
      }),
    )
  })

  it('leaves new slots out when no thread takes any', () => {
    assert.deepEqual([...splitSlots([1, 2], new Map([[1, 0]]), [])], [[1, 0]])
  })
})
