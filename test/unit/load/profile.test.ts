import assert from 'node:assert/strict'
import { createProfile } from '../../../src/load/profile.ts'
import { openLoad, segment } from './loads.ts'

describe('profile', () => {
  const profile = createProfile(
    openLoad([segment(10_000, 0, 100), segment(20_000, 100), segment(5000, 50), segment(10_000, 50, 0)], {
      warmupMs: 2000,
    }),
  )

  it('is the warm-up and then the segments', () => {
    assert.equal(profile.warmupMs, 2000)
    assert.equal(profile.totalMs, 47_000)
    assert.equal(profile.totalArrivals, 200 + 500 + 2000 + 250 + 250)
    assert.equal(profile.peakRate, 100)
  })

  it('knows the rate at any time', () => {
    for (const [ms, rate] of [
      [-1, 0],
      [0, 100],
      [1999, 100],
      [2000, 0],
      [7000, 50],
      [12_000, 100],
      [31_999, 100],
      [32_000, 50],
      [42_000, 25],
      [47_000, 0],
      [1e9, 0],
    ] as const) {
      assert.equal(profile.rateAt(ms), rate, `at ${ms} ms`)
    }
  })

  it('knows the arrivals expected before any time', () => {
    for (const [ms, arrivals] of [
      [-1, 0],
      [0, 0],
      [1000, 100],
      [2000, 200],
      [7000, 325],
      [12_000, 700],
      [13_000, 800],
      [32_000, 2700],
      [47_000, 3200],
      [1e9, 3200],
    ] as const) {
      assert.equal(profile.arrivalsBefore(ms), arrivals, `before ${ms} ms`)
    }
  })

  it('finds the time of a number of arrivals', () => {
    for (const [arrivals, ms] of [
      [0, 0],
      [100, 1000],
      [325, 7000],
      [800, 13_000],
      [2700, 32_000],
    ] as const) {
      assert.ok(Math.abs(profile.timeOf(arrivals) - ms) < 1e-9, `${arrivals}`)
    }
    assert.ok(profile.timeOf(3200) < 47_000, 'no arrival at or after the end')
  })

  it('warms up at the rate with which the measured part begins', () => {
    const rates = (...segments: readonly ReturnType<typeof segment>[]) =>
      createProfile(openLoad(segments, { warmupMs: 1000 })).rateAt(500)
    assert.equal(rates(segment(1000, 5, 10)), 5)
    assert.equal(rates(segment(1000, 0, 10)), 10)
    assert.equal(rates(segment(0, 3, 3), segment(1000, 7, 9)), 7)
    assert.equal(rates(segment(1000, 0, 0), segment(1000, 7, 9)), 0)
  })

  it('skips over times without arrivals', () => {
    const pause = createProfile(openLoad([segment(1000, 10), segment(60_000, 0), segment(1000, 10)]))
    assert.equal(pause.timeOf(9.5), 950)
    assert.equal(pause.timeOf(10), 61_000)
    assert.equal(pause.timeOf(10.5), 61_050)
    assert.equal(pause.arrivalsBefore(30_000), 10)
  })

  it('stays exact when a ramp hardly rises', () => {
    const flat = createProfile(openLoad([segment(86_400_000, 1000, 1000 + 1e-9)]))
    for (const arrivals of [0.5, 1e3, 1e6, 8e7]) assert.ok(Math.abs(flat.timeOf(arrivals) - arrivals) < 1e-4)
  })

  it('comes again after a day of rounds as it came at first', () => {
    const round = [segment(300, 1), segment(100, 1, 999.5), segment(200, 200_000), segment(400, 0.1)]
    const profile = createProfile(openLoad(round, { warmupMs: 3, repeat: 86_400 }))
    const each = 0.3 + 50.025 + 40_000 + 0.04
    for (const into of [0.2, 5, 100, 12_345.5, 40_050.3]) {
      const first = profile.timeOf(0.003 + into)
      for (const index of [1, 4321, 43_200, 86_399]) {
        const ms = profile.timeOf(0.003 + index * each + into)
        // So many arrivals are counted to a millionth; what that is in time depends on the rate.
        const slack = 1e-6 + 1e-3 / profile.rateAt(ms)
        assert.ok(Math.abs(ms - index * 1000 - first) < slack, `${into} of round ${index}: ${ms}`)
        assert.ok(Math.abs(profile.arrivalsBefore(ms) - 0.003 - index * each - into) < 1e-5)
      }
    }
  })

  it('is empty when there is nothing in it', () => {
    const empty = createProfile(openLoad([]))
    assert.deepEqual(
      [empty.totalMs, empty.totalArrivals, empty.peakRate, empty.rateAt(0), empty.arrivalsBefore(5), empty.timeOf(0)],
      [0, 0, 0, 0, 0, 0],
    )
  })
})
