import assert from 'node:assert/strict'
import fc from 'fast-check'
import { withEntry } from '../../src/base/layered-map.ts'

/** Enough keys that a map grows large, and few enough that they come again. */
const changes = fc.array(fc.tuple(fc.nat(200), fc.nat()), { minLength: 100, maxLength: 600 })

describe('a map that is replaced at every change', () => {
  it('has what a Map has, in its order, and never changes', () => {
    fc.assert(
      fc.property(changes, (list) => {
        let map: ReadonlyMap<number, number> = new Map()
        const oracle = new Map<number, number>()
        const kept: { map: ReadonlyMap<number, number>; entries: [number, number][] }[] = []
        for (const [i, [key, value]] of list.entries()) {
          map = withEntry(map, key, value)
          oracle.set(key, value)
          if (i % 29 === 0) kept.push({ map, entries: [...oracle] })
        }
        kept.push({ map, entries: [...oracle] })
        for (const { map, entries } of kept) {
          assert.deepEqual([...map], entries)
          assert.deepEqual(
            [...map.keys()],
            entries.map(([key]) => key),
          )
          assert.deepEqual(
            [...map.values()],
            entries.map(([, value]) => value),
          )
          assert.equal(map.size, entries.length)
          const seen: [number, number][] = []
          map.forEach((value, key) => {
            seen.push([key, value])
          })
          assert.deepEqual(seen, entries)
          assert.deepEqual(new Map(map), new Map(entries))
        }
        for (let key = 0; key <= 201; key++) {
          assert.equal(map.get(key), oracle.get(key))
          assert.equal(map.has(key), oracle.has(key))
        }
      }),
    )
  })

  it('tells an entry that is undefined from none', () => {
    let map: ReadonlyMap<number, number | undefined> = new Map()
    for (let key = 0; key < 100; key++) map = withEntry(map, key, key)
    map = withEntry(map, 3, undefined)
    assert.ok(map.has(3))
    assert.equal(map.get(3), undefined)
    assert.equal([...map][3]![1], undefined)
  })
})
