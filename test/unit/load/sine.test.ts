import assert from 'node:assert/strict'
import fc from 'fast-check'
import { planArrivals } from '../../../src/load/arrivals.ts'
import { sineArrivals, sinePeak, sineRate, sineTime } from '../../../src/load/sine.ts'
import type { SineSegment } from '../../../src/suite/spec.ts'
import { openLoad } from './loads.ts'

const wave = (minRate: number, maxRate: number, periodMs: number, durationMs = 86_400_000): SineSegment => ({
  durationMs,
  minRate,
  maxRate,
  periodMs,
})

/** The formula as in books; `Math.sin` is good enough to compare with. */
function byFormula({ minRate, maxRate, periodMs }: SineSegment, ms: number): number {
  const x = (2 * Math.PI * ms) / periodMs
  return (((minRate + maxRate) / 2) * x - ((maxRate - minRate) / 2) * Math.sin(x)) * (periodMs / 2000 / Math.PI)
}

const waves = fc
  .tuple(
    fc.oneof(fc.constant(0), fc.double({ min: 1 / 3600, max: 100_000, noNaN: true })),
    fc.double({ min: 1 / 3600, max: 100_000, noNaN: true }),
    fc.double({ min: 1, max: 86_400_000, noNaN: true }),
  )
  .map(([min, more, periodMs]) => wave(min, min + more, periodMs))

describe('a sine', () => {
  it('begins at its minimum and is at its maximum half a period later', () => {
    const sine = wave(10, 50, 8000)
    for (const [ms, rate] of [
      [0, 10],
      [2000, 30],
      [4000, 50],
      [6000, 30],
      [8000, 10],
      [20_000, 50],
    ] as const) {
      assert.ok(Math.abs(sineRate(sine, ms) - rate) < 1e-9, `at ${ms} ms`)
    }
    assert.ok(Math.abs(sineArrivals(sine, 8000) - 240) < 1e-9)
    assert.ok(Math.abs(sineArrivals(sine, 4000) - 120) < 1e-9)
  })

  it('knows its peak within any interval', () => {
    const sine = wave(10, 50, 8000)
    assert.equal(sinePeak(sine, 0, 8000), 50)
    assert.equal(sinePeak(sine, 4000, 4000), 50)
    assert.ok(Math.abs(sinePeak(sine, 0, 2000) - 30) < 1e-9)
    assert.ok(Math.abs(sinePeak(sine, 6000, 10_000) - 30) < 1e-9)
    assert.equal(sinePeak(sine, 11_000, 13_000), 50)
  })

  it('has the arrivals of the formula', () => {
    fc.assert(
      fc.property(waves, fc.double({ min: 0, max: 86_400_000, noNaN: true }), (sine, ms) => {
        const expected = byFormula(sine, ms)
        // The formula itself loses digits where it subtracts.
        assert.ok(
          Math.abs(sineArrivals(sine, ms) - expected) <= 1e-9 * expected + sine.maxRate * sine.periodMs * 1e-16 + 1e-9,
        )
      }),
    )
  })

  it('inverts to within a nanosecond or rounding, from a rate of 0 too', () => {
    fc.assert(
      fc.property(waves, fc.double({ min: 0, max: 1, noNaN: true }), (sine, part) => {
        const total = sineArrivals(sine, 86_400_000)
        const arrivals = part * total
        const ms = sineTime(sine, arrivals)
        assert.ok(Math.abs(sineArrivals(sine, ms) - arrivals) <= 1e-12 * total + 1e-12, `${ms}`)
      }),
    )
  })

  it('rises: a later arrival is never earlier', () => {
    const sine = wave(0, 1000, 60_000)
    let before = -1
    for (let arrival = 0; arrival < 60_000; arrival += 0.5) {
      const ms = sineTime(sine, arrival)
      assert.ok(ms > before, `${arrival}`)
      before = ms
    }
  })

  it('does not drift: after a day of periods each has as many arrivals as the first', () => {
    for (const [min, max, periodMs] of [
      [0, 10, 1000],
      [100, 200_000, 60_000],
      [1 / 3600, 3, 7000],
    ] as const) {
      const sine = wave(min, max, periodMs)
      const each = ((min + max) * periodMs) / 2000
      const periods = Math.floor(86_400_000 / periodMs)
      const found = sineTime(sine, (periods - 1) * each + each / 3)
      assert.ok(Math.abs(found - (periods - 1) * periodMs - sineTime(sine, each / 3)) < 1e-6, `${found}`)
      const plan = planArrivals(openLoad([sine]), 1, 0)
      const last = plan.count((periods - 1) * periodMs, periods * periodMs)
      assert.ok(Math.abs(last - each) <= 1, `${last} of ${each}`)
    }
  })
})
