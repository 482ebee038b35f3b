import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Int32Histogram } from 'hdr-histogram-js'
import { VajraError } from '../../src/base/errors.ts'
import {
  BUCKET_COUNT,
  bucketIndex,
  HIGHEST_MICROS,
  highestValue,
  lowestValue,
} from '../../src/metrics/bucket-layout.ts'
import { Histogram } from '../../src/metrics/histogram.ts'
import type { EncodedHistogram } from '../../src/metrics/window.ts'

/** Durations of all magnitudes, with repeats. */
const micros = fc.oneof(
  fc.integer({ min: 0, max: 5000 }),
  fc.integer({ min: 0, max: HIGHEST_MICROS }),
  fc.nat({ max: 32 }).map((bits) => Math.min(HIGHEST_MICROS, 2 ** bits)),
)
const samples = fc.array(micros, { maxLength: 200 })

function record(values: readonly number[], histogram = Histogram.forSecond()): Histogram {
  for (const value of values) histogram.record(value)
  return histogram
}

describe('histograms, whatever the samples', () => {
  it('use the buckets of the HdrHistogram package', () => {
    const oracle = new Int32Histogram(1, HIGHEST_MICROS, 3)
    assert.equal(oracle.countsArrayLength, BUCKET_COUNT)
    for (let index = 0; index < BUCKET_COUNT; index++) {
      const lowest = lowestValue(index)
      assert.equal(lowest, oracle.valueFromIndex(index))
      assert.equal(highestValue(index), oracle.highestEquivalentValue(lowest))
    }
    fc.assert(
      fc.property(micros, (value) => {
        assert.equal(bucketIndex(value), oracle.countsArrayIndex(value))
      }),
      { numRuns: 1000 },
    )
  })

  it('merge to the histogram of the union, in any order', () => {
    fc.assert(
      fc.property(fc.array(samples, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (parts, keys) => {
        const whole = record(parts.flat())
        const merged = Histogram.forTotals()
        const order = parts.map((part) => ({ part, key: keys.next().value! })).sort((a, b) => a.key - b.key)
        for (const { part } of order) merged.merge(record(part).encode())
        assert.deepEqual(merged.encode(), whole.encode())
        assert.deepEqual(merged.summary(), whole.summary())
        assert.equal(merged.count, parts.flat().length)
        assert.equal(
          merged.sum,
          parts.flat().reduce((a, b) => a + b, 0),
        )
      }),
    )
  })

  it('give percentiles within 0.1 % of the exact nearest rank, and never beyond the extremes', () => {
    fc.assert(
      fc.property(fc.array(micros, { minLength: 1, maxLength: 200 }), fc.nat({ max: 1000 }), (values, tenths) => {
        const sorted = values.toSorted((a, b) => a - b)
        // Exact in integers: tenths of a percent.
        const rank = Math.max(1, Number((BigInt(tenths) * BigInt(values.length) + 999n) / 1000n))
        const exact = sorted[rank - 1]!
        const found = record(values).percentile(tenths / 10)
        if (tenths === 0) assert.equal(found, sorted[0])
        else assert.ok(found >= exact && found <= exact * 1.001 && found <= sorted.at(-1)!, `${found} for ${exact}`)
      }),
      { numRuns: 500 },
    )
  })

  it('summarise in order: min ≤ p50 ≤ … ≤ max, mean between the extremes', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const { min, mean, p50, p75, p90, p95, p99, p99_9, max } = record(values).summary()
        const ascending = [min, p50, p75, p90, p95, p99, p99_9, max]
        assert.deepEqual(
          ascending.toSorted((a, b) => a - b),
          ascending,
        )
        assert.ok(min <= mean && mean <= max)
      }),
    )
  })
})

describe('decoding hostile histograms', () => {
  const refuseOrTake = (encoded: EncodedHistogram) => {
    const target = record([1, 50])
    const before = target.encode()
    try {
      target.merge(encoded)
    } catch (error) {
      assert.ok(error instanceof VajraError && error.code === 'MESSAGE_INVALID', String(error))
      assert.deepEqual(target.encode(), before)
    }
  }

  it('takes any bytes without harm', () => {
    const fields = { count: fc.nat(), min: fc.nat(), max: fc.nat(), sum: fc.nat() }
    fc.assert(fc.property(fc.record({ data: fc.uint8Array({ maxLength: 400 }), ...fields }), refuseOrTake))
  })

  it('takes any payload behind a good header without harm', () => {
    const head = record([1]).encode().data.subarray(0, 40)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), micros, (payload, count, value) => {
        const data = new Uint8Array([...head, ...payload])
        new DataView(data.buffer).setInt32(4, payload.length)
        refuseOrTake({ data, count, min: value, max: value, sum: value })
      }),
      { numRuns: 500 },
    )
  })

  it('takes a good histogram with some bytes changed without harm, and keeps its invariants if it accepts it', () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(samples, fc.array(change, { maxLength: 4 }), (values, changes) => {
        const good = record(values).encode()
        const data = good.data.slice()
        for (const [at, byte] of changes) if (data.length > 0) data[at % data.length] = byte
        refuseOrTake({ ...good, data })
      }),
      { numRuns: 500 },
    )
  })

  it('takes any values in the fields without harm', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), fc.anything(), fc.anything(), fc.anything(), (data, ...fields) => {
        const [count, min, max, sum] = fields
        refuseOrTake({ data, count, min, max, sum } as EncodedHistogram)
      }),
    )
  })
})
