import assert from 'node:assert/strict'
import { planArrivals } from '../../src/load/arrivals.ts'
import { poissonBlockSize } from '../../src/load/poisson-block.ts'
import type { OpenLoad, RateSegment } from '../../src/suite/spec.ts'
import { allSlots, read } from './load-arbitrary.ts'

// Fixed seeds: the tests are statistical, but say the same each time.
const SEEDS = [1, 2, 3, 42, 20_240_229, -7]

function load(...segments: readonly RateSegment[]): OpenLoad {
  return { model: 'open', warmupMs: 0, segments, repeat: 1, arrivals: 'poisson', maxInFlight: 1 }
}

/** The Kolmogorov–Smirnov statistic, times √n: above 1.63 once in a hundred times, above 1.95 once in a thousand. */
function kolmogorovSmirnov(samples: readonly number[], distribution: (x: number) => number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const n = sorted.length
  let largest = 0
  for (const [i, x] of sorted.entries()) {
    const f = distribution(x)
    largest = Math.max(largest, Math.abs(f - i / n), Math.abs((i + 1) / n - f))
  }
  return largest * Math.sqrt(n)
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

const variance = (values: readonly number[]) => {
  const average = mean(values)
  return mean(values.map((value) => (value - average) ** 2))
}

describe('Poisson arrivals', () => {
  const RATE = 1000
  const constant = load({ durationMs: 30_000, fromRate: RATE, toRate: RATE })

  it('have exponential gaps (Kolmogorov–Smirnov)', () => {
    for (const seed of SEEDS) {
      const times = read(planArrivals(constant, 4, seed).cursor(allSlots(4), 0)).map(({ at }) => at)
      const gaps = times.slice(1).map((at, i) => at - times[i]!)
      const statistic = kolmogorovSmirnov(gaps, (gap) => 1 - Math.exp((-gap * RATE) / 1000))
      assert.ok(statistic < 1.95, `seed ${seed}: ${statistic}`)
    }
  })

  it('have independent gaps', () => {
    for (const seed of SEEDS) {
      const times = read(planArrivals(constant, 1, seed).cursor(allSlots(1), 0)).map(({ at }) => at)
      const gaps = times.slice(1).map((at, i) => at - times[i]!)
      const average = mean(gaps)
      const products = gaps.slice(1).map((gap, i) => (gap - average) * (gaps[i]! - average))
      const correlation = mean(products) / variance(gaps)
      assert.ok(Math.abs(correlation) < 4 / Math.sqrt(gaps.length), `seed ${seed}: ${correlation}`)
    }
  })

  it('have the right rate', () => {
    for (const seed of SEEDS) {
      const count = planArrivals(constant, 1, seed).count(0, 30_000)
      assert.ok(Math.abs(count - 30_000) < 4 * Math.sqrt(30_000), `seed ${seed}: ${count}`)
    }
  })

  it('vary from second to second as much as they should', () => {
    const plan = planArrivals(load({ durationMs: 2_000_000, fromRate: 50, toRate: 50 }), 1, 5)
    const counts = Array.from({ length: 2000 }, (_, second) => plan.count(second * 1000, second * 1000 + 1000))
    assert.ok(Math.abs(mean(counts) - 50) < 4 * Math.sqrt(50 / 2000), `mean ${mean(counts)}`)
    // The variance of a sample variance of n Poisson counts of mean λ is about 2 λ² / n.
    assert.ok(Math.abs(variance(counts) - 50) < 4 * Math.sqrt((2 * 50 * 50) / 2000), `variance ${variance(counts)}`)
  })

  it('follow a ramp: seen through the profile they are uniform (Kolmogorov–Smirnov)', () => {
    const ramp = load({ durationMs: 20_000, fromRate: 0, toRate: 2000 })
    for (const seed of SEEDS) {
      const times = read(planArrivals(ramp, 3, seed).cursor(allSlots(3), 0)).map(({ at }) => at)
      const statistic = kolmogorovSmirnov(times, (at) => (at / 20_000) ** 2)
      assert.ok(statistic < 1.95, `seed ${seed}: ${statistic}`)
    }
  })

  it('come in blocks whose sizes have the mean and the variance of a Poisson variable', () => {
    const sizes = Array.from({ length: 20_000 }, (_, block) => poissonBlockSize(9, block))
    assert.ok(Math.abs(mean(sizes) - 256) < 4 * Math.sqrt(256 / 20_000), `mean ${mean(sizes)}`)
    const spread = 256 * Math.sqrt(2 / 20_000)
    assert.ok(Math.abs(variance(sizes) - 256) < 4 * spread, `variance ${variance(sizes)}`)
  })

  it('differ from seed to seed and from block to block', () => {
    const firstTimes = SEEDS.map((seed) => read(planArrivals(constant, 1, seed).cursor(allSlots(1), 0))[0]!.at)
    assert.equal(new Set(firstTimes).size, SEEDS.length)
    const far = [0, 1, 2 ** 22, 2 ** 22 + 1, 2 ** 28].map((block) =>
      Array.from({ length: 8 }, (_, i) => poissonBlockSize(1, block + 2 * i)).join(),
    )
    assert.equal(new Set(far).size, far.length)
  })
})
