import assert from 'node:assert/strict'
import type { WindowBatch } from '../../../src/metrics/window.ts'
import { batch, header, openLoad, scenario, suite, threshold } from './fixtures.ts'
import { resultsOf, second, two } from './threshold-fixtures.ts'

describe('thresholds on faults that last', () => {
  const slow = (sequence: number, bootId = 'a') => batch(bootId, sequence, second({ sent: 1, succeeded: 1 }, 50))
  const fast = (sequence: number, bootId = 'a') => batch(bootId, sequence, second({ sent: 1, succeeded: 1 }, 5))
  const lasting = (expression: string, batches: readonly WindowBatch[], metric = 'duration') => {
    const declared = suite([scenario('browse', openLoad(2, 10))], { thresholds: [threshold(metric, expression)] })
    const [result] = resultsOf(declared, batches, header(two, { settled: false, durationMs: 10_000 }))
    return result!
  }

  it('are crossed by so many seconds in a row', () => {
    const { ok, observed, longest } = lasting('max>10ms for 3s', [fast(0), slow(1), slow(2), slow(3), fast(4)])
    assert.deepEqual([ok, observed, longest], [false, 50, { from: 1000, seconds: 3 }])
  })

  it('are not by as many with a good one between them', () => {
    const { ok, observed, longest } = lasting('max>10ms for 3s', [slow(0), slow(1), fast(2), slow(3), slow(4)])
    assert.deepEqual([ok, observed, longest], [true, 5, { from: 0, seconds: 2 }])
  })

  it('nor by as many with one between them in which nothing was measured', () => {
    const { ok, observed, longest } = lasting('max>10ms for 3s', [slow(0), slow(1), batch('a', 2), slow(3), slow(4)])
    assert.deepEqual([ok, observed, longest], [true, null, { from: 0, seconds: 2 }])
  })

  it('look at all nodes together, second by second', () => {
    const median = (batches: readonly WindowBatch[]) => lasting('med>10ms for 2s', batches)
    assert.equal(median([slow(0), fast(0, 'b'), slow(1), fast(1, 'b')]).ok, true)
    assert.equal(median([slow(0), slow(0, 'b'), slow(1), slow(1, 'b')]).ok, false)
  })

  it('show the mildest second of the worst stretch', () => {
    const failures = [1, 4, 3, 5, 0].map((failed, sequence) =>
      batch('a', sequence, second({ sent: 5, failed, succeeded: 5 - failed })),
    )
    const { observed } = lasting('rate>90% for 2s', failures, 'failed')
    assert.equal(observed, 0.6)
    assert.equal(lasting('count<2 for 1s', failures, 'requests').observed, 5)
  })

  it('do not take the time without load for a fault', () => {
    assert.equal(
      lasting('count==0 for 3s', [fast(0), batch('a', 1), batch('a', 2), batch('a', 3)], 'requests').ok,
      false,
    )
    const over = [fast(9), ...[10, 11, 12, 13].map((sequence) => batch('a', sequence))]
    const long = two.map((one) => ({ ...one, lastSequence: 20 }))
    const declared = suite([scenario('browse', openLoad(2, 10))], {
      thresholds: [threshold('requests', 'count==0 for 3s')],
    })
    const before = Array.from({ length: 9 }, (_, sequence) => fast(sequence))
    assert.equal(resultsOf(declared, [...before, ...over], header(long, { durationMs: 10_000 }))[0]!.ok, true)
  })
})
