/** Rows for iterations: permutations are permutations, and no row is used twice before all have been. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { permuted } from '../../src/journey/permutation.ts'
import { type ChosenRows, NodeRows, rowOfNumber } from '../../src/journey/row-choice.ts'
import { planArrivals } from '../../src/load/arrivals.ts'
import { upToRows } from '../../src/load/data-end.ts'
import { grant, moveTo } from './row-moves.ts'

const seeds = fc.integer()
const sizes = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3000 }))

const chosen = fc
  .record({
    order: fc.constantFrom('sequential' as const, 'shuffled' as const),
    seed: seeds,
    rows: sizes,
    parts: fc.integer({ min: 1, max: 5 }),
  })
  .chain((rest) => fc.integer({ min: 0, max: rest.parts - 1 }).map((part): ChosenRows => ({ ...rest, part })))

describe('a pseudo-random permutation', () => {
  it('takes each index to another one', () => {
    fc.assert(
      fc.property(sizes, seeds, (size, seed) => {
        const seen = new Set(Array.from({ length: size }, (_, index) => permuted(index, size, seed)))
        assert.equal(seen.size, size)
        for (const index of seen) assert.ok(index >= 0 && index < size)
      }),
    )
  })

  it('stays within large sizes, and has an inverse there too', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 20, max: 2 ** 21 }), seeds, fc.nat(), (size, seed, start) => {
        const indexes = Array.from({ length: 500 }, (_, i) => (start + i) % size)
        const images = indexes.map((index) => permuted(index, size, seed))
        assert.equal(new Set(images).size, 500)
        assert.ok(images.every((image) => image >= 0 && image < size))
      }),
      { numRuns: 20 },
    )
  })

  it('differs from seed to seed, and from the order as it is', () => {
    const orders = [1, 2, 3].map((seed) => Array.from({ length: 100 }, (_, i) => permuted(i, 100, seed)).join())
    assert.equal(new Set([...orders, Array.from({ length: 100 }, (_, i) => i).join()]).size, 4)
  })
})

describe('the row of a number', () => {
  it('is each of the scenario’s once in a round', () => {
    fc.assert(
      fc.property(chosen, fc.nat({ max: 5 }), (rows, round) => {
        const used = Array.from({ length: rows.rows }, (_, i) => rowOfNumber(rows, round * rows.rows + i))
        assert.equal(new Set(used).size, rows.rows)
        assert.ok(used.every((row) => row % rows.parts === rows.part && row < rows.rows * rows.parts))
      }),
    )
  })

  it('is another order each round when they are shuffled', () => {
    const rows: ChosenRows = { order: 'shuffled', seed: 7, rows: 50, part: 0, parts: 1 }
    const round = (at: number) => Array.from({ length: 50 }, (_, i) => rowOfNumber(rows, at * 50 + i)).join()
    assert.equal(new Set([round(0), round(1), round(2)]).size, 3)
  })

  it('is any row, each about as often, when the order is random', () => {
    const rows: ChosenRows = { order: 'random', seed: 3, rows: 10, part: 0, parts: 1 }
    const counts = new Array<number>(10).fill(0)
    for (let number = 0; number < 10_000; number++) counts[rowOfNumber(rows, number)]!++
    for (const count of counts) assert.ok(count > 850 && count < 1150, `${counts}`)
  })
})

describe('rows split among arrivals', () => {
  it('are used once, whoever fires them, wherever shares move', () => {
    const loads = fc.record({
      rate: fc.integer({ min: 20, max: 400 }),
      arrivals: fc.constantFrom('even' as const, 'poisson' as const),
    })
    fc.assert(
      fc.property(loads, chosen, seeds, fc.array(moveTo, { maxLength: 6 }), ({ rate, arrivals }, rows, seed, moves) => {
        const slotCount = 12
        const load = {
          model: 'open' as const,
          warmupMs: 0,
          segments: [{ durationMs: 5000, fromRate: rate, toRate: rate }],
          repeat: 1,
          arrivals,
          maxInFlight: 10,
        }
        const plan = upToRows(planArrivals(load, slotCount, seed), { iterations: rows.rows, durationMs: 5000 })
        const used: number[] = []
        // Each holder walks through its slots from when it has them, as threads do, to when it lets them go.
        for (const { slot, from, to } of grant(slotCount, 5000, moves)) {
          const cursor = plan.cursor([{ slot, from }], 0)
          while (cursor.next() && cursor.at < to) used.push(rowOfNumber(rows, plan.rank(cursor.index)))
        }
        assert.equal(new Set(used).size, used.length, 'no row twice')
        assert.equal(used.length, plan.count(0, 5000), 'as many as planned')
        const all = planArrivals(load, slotCount, seed).count(0, 5000)
        assert.equal(used.length, Math.min(all, rows.rows), 'all rows, or all arrivals')
      }),
      { numRuns: 60 },
    )
  })
})

describe('rows split among users', () => {
  it('are those of one node for good: all of them once, before any comes again', () => {
    const slotCount = 60
    const holders = fc.array(fc.nat({ max: 4 }), { minLength: slotCount, maxLength: slotCount })
    fc.assert(
      fc.property(chosen, holders, (rows, held) => {
        const used = new Map<number, number>()
        let total = 0
        for (let node = 0; node < 5; node++) {
          const slots = held.flatMap((holder, slot) => (holder === node ? [slot] : []))
          const own = new NodeRows(rows, slots, slotCount)
          total += own.count
          for (let round = 0; round < 2; round++) {
            const again = Array.from({ length: own.count }, (_, i) => own.rowOf(round * own.count + i))
            assert.equal(new Set(again).size, own.count, 'each once a round')
            for (const row of again) {
              assert.ok(used.get(row) === undefined || used.get(row) === node, 'of one node')
              assert.ok(row % rows.parts === rows.part && row < rows.rows * rows.parts)
              used.set(row, node)
            }
          }
        }
        assert.equal(total, rows.rows)
        assert.equal(used.size, rows.rows, 'every row is somebody’s')
      }),
    )
  })
})
