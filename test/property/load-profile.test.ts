import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createProfile } from '../../src/load/profile.ts'
import { lengthOf, openLoads } from './load-arbitrary.ts'

const parts = fc.double({ min: 0, max: 1, noNaN: true })

describe('profiles, whatever the load', () => {
  it('invert: as many arrivals as asked for are expected before the time found for them', () => {
    fc.assert(
      fc.property(openLoads('even'), parts, (load, part) => {
        const profile = createProfile(load)
        const arrivals = part * profile.totalArrivals
        const ms = profile.timeOf(arrivals)
        assert.ok(ms >= 0 && (profile.totalMs === 0 || ms < profile.totalMs))
        assert.ok(Math.abs(profile.arrivalsBefore(ms) - arrivals) < 1e-6)
      }),
    )
  })

  it('invert: a time with a rate comes back from its arrivals', () => {
    fc.assert(
      fc.property(openLoads('even'), parts, (load, part) => {
        const profile = createProfile(load)
        const ms = part * profile.totalMs
        fc.pre(profile.rateAt(ms) > 0.5 && ms < profile.totalMs)
        assert.ok(Math.abs(profile.timeOf(profile.arrivalsBefore(ms)) - ms) < 1e-5)
      }),
    )
  })

  it('rise: never fewer arrivals later, never an earlier time for more', () => {
    fc.assert(
      fc.property(openLoads('even'), fc.array(parts, { minLength: 2 }), (load, list) => {
        const profile = createProfile(load)
        const sorted = [...list].sort((a, b) => a - b)
        // Neighbours in floating point may come out swapped by a rounding.
        const slack = 1e-7
        for (const [i, part] of sorted.entries()) {
          const next = sorted[i + 1] ?? 1
          const { totalMs, totalArrivals } = profile
          assert.ok(profile.arrivalsBefore(part * totalMs) <= profile.arrivalsBefore(next * totalMs) + slack)
          assert.ok(profile.timeOf(part * totalArrivals) <= profile.timeOf(next * totalArrivals) + slack)
        }
      }),
    )
  })

  it('add up: the arrivals are the area under the rate', () => {
    fc.assert(
      fc.property(openLoads('even'), (load) => {
        const profile = createProfile(load)
        const area = profile.pieces.reduce(
          (sum, { startMs, endMs, fromRate, toRate }) => sum + ((endMs - startMs) / 1000) * ((fromRate + toRate) / 2),
          0,
        )
        assert.ok(Math.abs(profile.totalArrivals - area) < 1e-6)
        assert.equal(profile.totalMs, lengthOf(load))
        assert.ok(profile.pieces.every(({ fromRate, toRate }) => Math.max(fromRate, toRate) <= profile.peakRate))
      }),
    )
  })
})
