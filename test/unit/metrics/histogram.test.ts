import assert from 'node:assert/strict'
import { Float64Histogram, JsHistogram } from 'hdr-histogram-js'
import { VajraError } from '../../../src/base/errors.ts'
import { HIGHEST_MICROS } from '../../../src/metrics/bucket-layout.ts'
import { Histogram } from '../../../src/metrics/histogram.ts'
import { EMPTY_HISTOGRAM } from '../../../src/metrics/window.ts'
import { encoded } from './fixtures.ts'

function recorded(...micros: readonly number[]): Histogram {
  const histogram = Histogram.forSecond()
  for (const value of micros) histogram.record(value)
  return histogram
}

describe('Histogram', () => {
  it('is all zeros when empty', () => {
    const zeros = { min: 0, mean: 0, stddev: 0, p50: 0, p75: 0, p90: 0, p95: 0, p99: 0, p99_9: 0, max: 0 }
    assert.deepEqual(recorded().summary(), { unit: 'ms', ...zeros })
    assert.deepEqual(recorded().encode(), EMPTY_HISTOGRAM)
  })

  it('summarises one value exactly, whatever its bucket', () => {
    const value = 1_000_001 / 1000
    assert.deepEqual(recorded(1_000_001).summary(), {
      unit: 'ms',
      min: value,
      mean: value,
      stddev: 0,
      p50: value,
      p75: value,
      p90: value,
      p95: value,
      p99: value,
      p99_9: value,
      max: value,
    })
  })

  it('takes percentiles by nearest rank', () => {
    const histogram = recorded(...Array.from({ length: 1000 }, (_, index) => index + 1))
    assert.deepEqual(histogram.percentiles([0, 50, 90, 99, 99.9, 100]), [1, 500, 900, 990, 999, 1000])
    assert.equal(histogram.percentile(0.05), 1)
    assert.equal(histogram.mean, 500.5)
  })

  it('never puts a percentile beyond the largest value', () => {
    const histogram = recorded(5_000_123, 5_000_123, 5_000_124)
    assert.equal(histogram.percentile(99), 5_000_124)
    assert.equal(histogram.summary().p50, histogram.max / 1000)
  })

  it('clamps what is out of range, counts it, and leaves NaN out', () => {
    const histogram = recorded(
      -5,
      0,
      HIGHEST_MICROS + 1,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
    )
    assert.equal(histogram.count, 5)
    assert.equal(histogram.min, 0)
    assert.equal(histogram.max, HIGHEST_MICROS)
    assert.equal(histogram.sum, 2 * HIGHEST_MICROS)
  })

  it('rounds to whole microseconds', () => {
    assert.equal(recorded(1.5, 2.4).sum, 4)
  })

  it('computes the standard deviation around the mean of the buckets', () => {
    assert.equal(recorded(10, 20).stddev, 5)
    assert.equal(recorded(3_000_001, 3_000_001, 3_000_001).stddev, 0)
  })

  it('forgets everything on reset', () => {
    const histogram = recorded(7, 70_000)
    histogram.reset()
    assert.deepEqual(histogram.encode(), EMPTY_HISTOGRAM)
    histogram.record(3)
    assert.deepEqual(histogram.encode(), recorded(3).encode())
  })

  it('adds another histogram bucket by bucket', () => {
    const sum = Histogram.forTotals()
    sum.add(recorded(1, 1_000_000))
    sum.add(recorded())
    sum.add(recorded(40))
    assert.deepEqual(sum.encode(), recorded(1, 40, 1_000_000).encode())
  })

  it('holds more than 32 bits in totals and refuses what does not fit', () => {
    const many = Histogram.forTotals()
    many.record(9)
    while (many.count < 2 ** 33) many.add(many)
    const part = many.encode()
    const totals = Histogram.forTotals()
    totals.merge(part)
    assert.deepEqual(totals.encode(), part)
    const second = recorded(1)
    assert.throws(() => second.merge(part), { code: 'MESSAGE_INVALID' })
    assert.deepEqual(second.encode(), encoded(1))
  })

  it('lets a sum stay at 2^53 - 1 instead of losing digits', () => {
    const many = Histogram.forTotals()
    many.record(HIGHEST_MICROS)
    for (let doubling = 0; doubling < 30; doubling++) many.add(many)
    assert.equal(many.sum, Number.MAX_SAFE_INTEGER)
    const copy = Histogram.forTotals()
    copy.merge(many.encode())
    assert.equal(copy.count, 2 ** 30)
  })
})

describe('the encoding of a histogram', () => {
  it('is HdrHistogram V2, byte for byte', () => {
    const header = [
      '1c849313', // cookie
      '00000004', // length of the payload
      '00000000', // normalizing index offset
      '00000003', // digits
      '0000000000000001', // lowest value
      '00000000d693a400', // highest value
      '3ff0000000000000', // ratio
    ]
    // One 0, two 1, three empty buckets, one 5.
    const payload = '02' + '04' + '05' + '02'
    assert.equal(Buffer.from(encoded(0, 1, 1, 5).data).toString('hex'), header.join('') + payload)
  })

  it('is read by the HdrHistogram package', () => {
    const values = [0, 1, 2047, 2048, 2049, 4095, 4096, 123_456, 59_999_999, HIGHEST_MICROS]
    const theirs = (JsHistogram as unknown as { decode(data: Uint8Array, bits: number): Float64Histogram }).decode(
      encoded(...values, ...values).data,
      64,
    )
    const expected = new Float64Histogram(1, HIGHEST_MICROS, 3)
    for (const value of [...values, ...values]) expected.recordValue(value)
    assert.equal(theirs.totalCount, 20)
    assert.deepEqual(theirs._counts, expected._counts)
  })

  it('refuses what contradicts itself', () => {
    const good = encoded(10, 20, 3_000_000)
    const other = encoded(10, 20)
    const bad = [
      { ...good, count: 4 },
      { ...good, count: 0 },
      { ...good, count: -1 },
      { ...good, count: 2.5 },
      { ...good, min: 11 },
      { ...good, min: Number.NaN },
      { ...good, max: 20 },
      { ...good, max: HIGHEST_MICROS + 1 },
      { ...good, sum: 59 },
      { ...good, sum: 2 ** 53 },
      { ...good, data: other.data },
      { ...good, data: good.data.subarray(0, good.data.length - 1) },
      { ...good, data: good.data.subarray(0, 39) },
      { ...good, data: new Uint8Array(0) },
      { ...good, data: new Uint8Array(1_000_000) },
      { ...good, data: 'text' as unknown as Uint8Array },
      { ...EMPTY_HISTOGRAM, max: 1 },
      { ...EMPTY_HISTOGRAM, data: good.data },
    ]
    for (const histogram of bad) {
      const target = recorded(1, 2)
      assert.throws(
        () => target.merge(histogram),
        (error) => error instanceof VajraError && error.code === 'MESSAGE_INVALID',
      )
      assert.deepEqual(target.encode(), encoded(1, 2))
    }
  })

  it('refuses payloads that leave the layout', () => {
    const withPayload = (...payload: readonly number[]) => {
      const data = new Uint8Array([...encoded(1).data.subarray(0, 40), ...payload])
      new DataView(data.buffer).setInt32(4, payload.length)
      return { data, count: 1, min: 1, max: 1, sum: 1 }
    }
    const beyond = [0xff, 0xff, 0xff, 0xff, 0x0f, 0x02]
    const endless = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]
    const unfinished = [0x00, 0x82]
    const huge = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]
    for (const payload of [beyond, endless, unfinished, huge, []]) {
      assert.throws(() => recorded().merge(withPayload(...payload)), { code: 'MESSAGE_INVALID' })
    }
    recorded().merge(withPayload(0x00, 0x02))
  })
})
