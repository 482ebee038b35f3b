import assert from 'node:assert/strict'
import type { WindowBatch } from '../../../src/metrics/window.ts'
import {
  batch,
  closedLoad,
  counts,
  header,
  openLoad,
  participant,
  scenario,
  suite,
  threshold,
  window,
} from './fixtures.ts'
import { browsed, resultsOf, run, suiteWith, two } from './threshold-fixtures.ts'

function evaluated(metric: string, expression: string, on: readonly WindowBatch[] = run) {
  const [result] = resultsOf(suiteWith(threshold(metric, expression)), on)
  return [result!.ok, result!.observed]
}

describe('thresholds', () => {
  it('compare times in milliseconds', () => {
    assert.deepEqual(evaluated('duration', 'avg<400ms'), [false, 400])
    assert.deepEqual(evaluated('duration', 'avg<=0.4s'), [true, 400])
    assert.deepEqual(evaluated('duration', 'min==100'), [true, 100])
    assert.deepEqual(evaluated('duration', 'max>1s'), [false, 1000])
    assert.deepEqual(evaluated('duration', 'med!=200ms'), [true, 200.063])
    assert.deepEqual(evaluated('http_req_duration', 'p(99.9)<1s'), [false, 1000])
    assert.deepEqual(evaluated('service', 'p(97)<60ms'), [true, 50])
    assert.deepEqual(evaluated('lateness', 'p(50)<1ms'), [false, 1])
  })

  it('compare counts, fractions and rates', () => {
    assert.deepEqual(evaluated('failed', 'rate<1%'), [false, 0.25])
    assert.deepEqual(evaluated('failed', 'rate<=0.25'), [true, 0.25])
    assert.deepEqual(evaluated('failed', 'count==1'), [true, 1])
    assert.deepEqual(evaluated('dropped', 'rate<20%'), [false, 0.2])
    assert.deepEqual(evaluated('dropped_iterations', 'count==0'), [false, 1])
    assert.deepEqual(evaluated('requests', 'rate>=2/s'), [true, 2])
    assert.deepEqual(evaluated('http_reqs', 'count>4'), [false, 4])
    assert.deepEqual(evaluated('bytes_sent', 'count<1kB'), [false, 1000])
    assert.deepEqual(evaluated('data_received', 'rate<1MB/s'), [true, 2500])
  })

  it('look at the selected scenario', () => {
    assert.deepEqual(evaluated('failed{scenario:browse}', 'count<1'), [false, 1])
    assert.deepEqual(evaluated('failed{scenario:idle}', 'count<1'), [true, 0])
  })

  it('hold, observing null, where there is nothing to measure', () => {
    assert.deepEqual(evaluated('duration', 'p(99)<1ms', []), [true, null])
    assert.deepEqual(evaluated('failed', 'rate<1%', []), [true, null])
    assert.deepEqual(evaluated('dropped', 'rate<1%', []), [true, null])
    assert.deepEqual(evaluated('requests', 'rate>1/s', []), [true, null])
    assert.deepEqual(evaluated('requests', 'count>1', []), [false, 0])
  })

  it('keep the order and the words of the suite', () => {
    const results = resultsOf(suiteWith(threshold('failed', 'rate < 1%'), threshold('requests', 'count>0')), run)
    assert.deepEqual(results, [
      { metric: 'failed', expression: 'rate < 1%', ok: false, observed: 0.25 },
      { metric: 'requests', expression: 'count>0', ok: true, observed: 4 },
    ])
  })

  it('refuse a syntax they do not know', () => {
    assert.throws(() => evaluated('duration', 'p95<1'), { code: 'SUITE_INVALID' })
  })
})

describe('thresholds on other metrics', () => {
  it('count checks and the part that passed', () => {
    assert.deepEqual(evaluated('checks', 'rate>=80%'), [true, 5 / 6])
    assert.deepEqual(evaluated('checks', 'count==5'), [true, 5])
    assert.deepEqual(evaluated('checks_failed', 'count==0'), [false, 1])
    assert.deepEqual(evaluated('checks', 'rate==100%', []), [true, null])
  })

  it('count iterations: those of a scenario of one task are its requests', () => {
    assert.deepEqual(evaluated('iterations', 'count==4'), [true, 4])
    assert.deepEqual(evaluated('iterations', 'rate>=2/s'), [true, 2])
    assert.deepEqual(evaluated('iteration_duration', 'max<1s'), [false, 1000])
  })

  it('hold the rate against the plan, of open loads only', () => {
    const declared = suite([scenario('open', openLoad(10, 2)), scenario('users', closedLoad(3, 2))], {
      thresholds: [threshold('rate', 'rate>=99%')],
    })
    const settled = header([participant('a', { lastSequence: 1 })], { durationMs: 2000 })
    const users = window({ scenario: 1, counts: counts({ sent: 500, succeeded: 500 }) })
    const all = window({ counts: counts({ sent: 10, succeeded: 10 }) })
    const some = window({ counts: counts({ sent: 5, dropped: 1, succeeded: 5 }) })
    const [result] = resultsOf(declared, [batch('a', 0, all, users), batch('a', 1, some)], settled)
    assert.deepEqual([result!.ok, result!.observed], [false, 0.75])
    const [whole] = resultsOf(declared, [batch('a', 0, all, users), batch('a', 1, all)], settled)
    assert.deepEqual([whole!.ok, whole!.observed], [true, 1])
  })

  it('count nodes that could not generate their load', () => {
    const busy = { pacing: 'eco', busy: 990, starved: 0 } as const
    const declared = suiteWith(
      threshold('generatorSaturated', 'count==0'),
      threshold('generatorSaturated{node:alpha}', 'count==0'),
      threshold('generatorSaturated{node:beta}', 'count==0'),
      threshold('generatorSaturated', 'count>0 for 2s'),
    )
    const seconds = [0, 1, 2].flatMap((sequence) => [
      { ...batch('a', sequence, browsed), generator: busy },
      { ...batch('b', sequence, browsed), generator: { ...busy, busy: 10 } },
    ])
    const results = resultsOf(declared, seconds, header(two, { settled: false, durationMs: 3000 }))
    const told = results.map(({ ok, observed, longest }) => [ok, observed, longest?.seconds])
    assert.deepEqual(told, [
      [false, 1, undefined],
      [false, 1, undefined],
      [true, 0, undefined],
      [false, 1, 3],
    ])
  })
})

describe('the threshold that stopped the run', () => {
  it('is told, and does not hold whatever came after', () => {
    const declared = suiteWith(threshold('failed', 'rate<90%'), threshold('failed', 'rate<50%', { abortOnFail: true }))
    const stopped = header([participant('a', { lastSequence: 9 })], {
      status: 'stopped',
      durationMs: 2000,
      events: [
        { at: 1734, kind: 'threshold-crossed', threshold: { index: 1, observed: 0.75 }, message: 'it is crossed' },
      ],
    })
    const [other, one] = resultsOf(declared, run, stopped)
    assert.deepEqual([other!.ok, other!.stoppedRun], [true, undefined])
    assert.deepEqual([one!.ok, one!.observed, one!.stoppedRun], [false, 0.25, { at: 1734, observed: 0.75 }])
  })
})
