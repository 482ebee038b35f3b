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
      fc.property(openLoads('even'), parts, parts, (load, x, y) => {
        const profile = createProfile(load)
        assert.equal(profile.totalMs, lengthOf(load))
        const [from, to] = [Math.min(x, y) * profile.totalMs, Math.max(x, y) * profile.totalMs]
        // The rectangle rule on short cells, edges of segments aside, where the rate may jump.
        const cells = 4000
        const width = (to - from) / cells
        let area = 0
        let slack = 1e-6
        for (let cell = 0; cell < cells; cell++) {
          const begin = from + cell * width
          area += (profile.rateAt(begin + width / 2) * width) / 1000
          const rates = [0.001, 0.5, 0.999].map((part) => profile.rateAt(begin + part * width))
          slack += ((Math.max(...rates) - Math.min(...rates)) * width) / 1000
        }
        const arrivals = profile.arrivalsBefore(to) - profile.arrivalsBefore(from)
        assert.ok(Math.abs(arrivals - area) <= slack, `${arrivals}, not ${area}`)
      }),
      { numRuns: 40 },
    )
  })

  it('have a peak that no rate of the interval is above, and that one of them comes near', () => {
    fc.assert(
      fc.property(openLoads('even'), parts, parts, (load, x, y) => {
        const profile = createProfile(load)
        const [from, to] = [Math.min(x, y) * profile.totalMs, Math.max(x, y) * profile.totalMs]
        const peak = profile.peakWithin(from, to)
        assert.ok(peak <= profile.peakRate + 1e-9)
        let highest = 0
        for (let part = 0; part < 1; part += 1 / 512) {
          const rate = profile.rateAt(from + part * (to - from))
          assert.ok(from === to || rate <= peak + 1e-9)
          highest = Math.max(highest, rate)
        }
        const shortest = Math.min(
          ...load.segments.map(({ durationMs, periodMs = durationMs }) => Math.min(durationMs, periodMs)),
        )
        // A cell is at most a tenth of what is shortest in it: so much can be missed of a swing.
        if ((to - from) / 512 < shortest / 10) assert.ok(highest >= peak * 0.85 - 1e-9, `${highest} of ${peak}`)
      }),
      { numRuns: 60 },
    )
  })

  it('give the same times whatever was asked before', () => {
    fc.assert(
      fc.property(openLoads('even'), fc.array(parts, { minLength: 1, maxLength: 30 }), (load, list) => {
        const used = createProfile(load)
        for (const part of list) {
          const arrivals = part * used.totalArrivals
          assert.equal(used.timeOf(arrivals), createProfile(load).timeOf(arrivals))
        }
      }),
    )
  })
})
