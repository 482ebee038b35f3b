import assert from 'node:assert/strict'
import fc from 'fast-check'
import { planArrivals } from '../../src/load/arrivals.ts'
import { createProfile } from '../../src/load/profile.ts'
import { allSlots, inOrder, lengthOf, openLoads, read } from './load-arbitrary.ts'

const slotCounts = fc.integer({ min: 1, max: 12 })
const seeds = fc.integer()

for (const arrivals of ['even', 'poisson'] as const) {
  describe(`${arrivals} arrivals, whatever the load`, () => {
    it('are divided among the slots: any partition gives the whole plan, once and in order', () => {
      fc.assert(
        fc.property(openLoads(arrivals), slotCounts, seeds, fc.array(fc.nat(3)), (load, slotCount, seed, holders) => {
          const plan = planArrivals(load, slotCount, seed)
          const whole = read(plan.cursor(allSlots(slotCount), 0))
          for (const [i, arrival] of whole.entries()) {
            const before = whole[i - 1]
            if (before !== undefined) assert.ok(arrival.at >= before.at && arrival.index > before.index)
          }
          const parts = [0, 1, 2, 3].map((holder) =>
            read(
              plan.cursor(
                allSlots(slotCount).filter(({ slot }) => (holders[slot] ?? 0) === holder),
                0,
              ),
            ),
          )
          assert.deepEqual(inOrder(parts.flat()), whole)
        }),
        { numRuns: 60 },
      )
    })

    it('are counted as cursors give them, in any interval', () => {
      fc.assert(
        fc.property(openLoads(arrivals), slotCounts, seeds, fc.double(), fc.double(), (load, slotCount, seed, x, y) => {
          const plan = planArrivals(load, slotCount, seed)
          const whole = read(plan.cursor(allSlots(slotCount), 0))
          // Arbitrary times, and times of arrivals: the edges are where mistakes would be.
          const edges = [x, y, lengthOf(load) * Math.abs(x % 1), whole[Math.floor(whole.length / 2)]?.at ?? 0]
          for (const from of edges) {
            for (const to of [...edges, lengthOf(load), Number.POSITIVE_INFINITY]) {
              const expected = whole.filter(({ at }) => at >= from && at < to).length
              assert.equal(plan.count(from, to), expected, `[${from}, ${to})`)
            }
          }
        }),
        { numRuns: 60 },
      )
    })

    it('are neither lost nor doubled when slots change hands at any instant', () => {
      fc.assert(
        fc.property(
          openLoads(arrivals),
          slotCounts,
          seeds,
          fc.array(fc.tuple(fc.nat(11), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()), { maxLength: 8 }),
          (load, slotCount, seed, handovers) => {
            const plan = planArrivals(load, slotCount, seed)
            const whole = read(plan.cursor(allSlots(slotCount), 0))
            // Each slot's holders take turns; some change at the very instant of an arrival.
            const given = allSlots(slotCount).flatMap(({ slot }) => {
              const instants = handovers
                .filter(([which]) => which % slotCount === slot)
                .map(([, part, onArrival]) =>
                  onArrival ? (whole[Math.floor(part * whole.length)]?.at ?? 0) : part * lengthOf(load),
                )
                .sort((a, b) => a - b)
              const edges = [0, ...instants, Number.POSITIVE_INFINITY]
              return edges.slice(0, -1).flatMap((from, turn) => {
                const until = edges[turn + 1]!
                return read(plan.cursor([{ slot, from }], 0)).filter(({ at }) => at < until)
              })
            })
            assert.deepEqual(inOrder(given), whole)
          },
        ),
        { numRuns: 60 },
      )
    })

    it('of a cursor respect both its start and the start of each slot', () => {
      fc.assert(
        fc.property(
          openLoads(arrivals),
          fc.array(fc.integer({ min: -100, max: 20_000 }), { minLength: 1, maxLength: 6 }),
          fc.integer({ min: -100, max: 20_000 }),
          (load, froms, fromMs) => {
            const plan = planArrivals(load, froms.length, 3)
            const held = froms.map((from, slot) => ({ slot, from }))
            const expected = read(plan.cursor(allSlots(froms.length), 0)).filter(
              ({ at, slot }) => at >= fromMs && at >= froms[slot]!,
            )
            assert.deepEqual(read(plan.cursor(held, fromMs)), expected)
          },
        ),
        { numRuns: 60 },
      )
    })
  })
}

describe('even arrivals', () => {
  it('follow the area under the profile to within one arrival, everywhere', () => {
    fc.assert(
      fc.property(openLoads('even'), fc.double({ min: 0, max: 1, noNaN: true }), (load, part) => {
        const plan = planArrivals(load, 1, 0)
        const until = part * lengthOf(load)
        const area = createProfile(load).arrivalsBefore(until)
        assert.ok(Math.abs(plan.count(0, until) - area) <= 0.5 + 1e-6)
      }),
    )
  })

  it('of a constant whole rate are exactly that many in every second', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 1, max: 86_400 }),
        fc.nat(),
        fc.nat(100),
        (rate, seconds, pick, warmupSeconds) => {
          const segments = [{ durationMs: seconds * 1000, fromRate: rate, toRate: rate }]
          const load = {
            model: 'open',
            warmupMs: warmupSeconds * 1000,
            segments,
            repeat: 1,
            arrivals: 'even',
            maxInFlight: 1,
          } as const
          const plan = planArrivals(load, 7, 0)
          const second = pick % (seconds + warmupSeconds)
          assert.equal(plan.count(second * 1000, second * 1000 + 1000), rate)
          assert.equal(plan.count(0, Number.POSITIVE_INFINITY), rate * (seconds + warmupSeconds))
        },
      ),
      { numRuns: 300 },
    )
  })
})
