import assert from 'node:assert/strict'
import { accountsOf } from '../../../src/metrics/accounts.ts'
import { type Measurement, type RunMeasurement, sumOf } from '../../../src/metrics/measurement.ts'
import { Tally } from '../../../src/metrics/tally.ts'
import { crossedAborting, evaluateThresholds } from '../../../src/metrics/thresholds.ts'
import type { Threshold } from '../../../src/suite/spec.ts'
import { counts, encoded, openLoad, scenario, suite, window } from './fixtures.ts'

function measured(measuredMs: number, ...windows: readonly ReturnType<typeof window>[]): Measurement {
  const tally = new Tally()
  for (const one of windows) tally.addWindow(one)
  return { accounts: accountsOf(tally.counts, true), tally, measuredMs }
}

function runOf(first: Measurement, second: Measurement): RunMeasurement {
  const scenarios = [first, second].map((one) => ({ ...one, steps: [one], iterations: null }))
  return { whole: sumOf(scenarios, Math.max(first.measuredMs, second.measuredMs)), scenarios }
}

const browse = measured(
  2000,
  window({
    counts: counts({ sent: 4, dropped: 1, succeeded: 3, failed: 1 }),
    latency: encoded(100_000, 200_000, 300_000, 1_000_000),
    serviceTime: encoded(50_000),
    lateness: encoded(1000),
    bytesSent: 1000,
    bytesReceived: 5000,
  }),
)
const idle = measured(0)
const run = runOf(browse, idle)
const nothing = runOf(idle, idle)

function threshold(metric: string, expression: string, given: Partial<Threshold> = {}): Threshold {
  return { metric, expression, abortOnFail: false, delayAbortEvalMs: 0, ...given }
}

function suiteWith(...thresholds: readonly Threshold[]) {
  return suite([scenario('browse', openLoad(2, 2)), scenario('idle', openLoad(2, 2))], { thresholds })
}

function evaluated(metric: string, expression: string, on = run) {
  const [result] = evaluateThresholds(suiteWith(threshold(metric, expression)), on)
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
    assert.deepEqual(evaluated('duration', 'p(99)<1ms', nothing), [true, null])
    assert.deepEqual(evaluated('failed', 'rate<1%', nothing), [true, null])
    assert.deepEqual(evaluated('dropped', 'rate<1%', nothing), [true, null])
    assert.deepEqual(evaluated('requests', 'rate>1/s', nothing), [true, null])
    assert.deepEqual(evaluated('requests', 'count>1', nothing), [false, 0])
  })

  it('keep the order and the words of the suite', () => {
    const results = evaluateThresholds(
      suiteWith(threshold('failed', 'rate < 1%'), threshold('requests', 'count>0')),
      run,
    )
    assert.deepEqual(results, [
      { metric: 'failed', expression: 'rate < 1%', ok: false, observed: 0.25 },
      { metric: 'requests', expression: 'count>0', ok: true, observed: 4 },
    ])
  })

  it('refuse a syntax they do not know', () => {
    assert.throws(() => evaluated('duration', 'p95<1'), { code: 'SUITE_INVALID' })
  })
})

describe('thresholds that end the run', () => {
  it('are the first that may, is due and does not hold', () => {
    const declared = suiteWith(
      threshold('failed', 'count<1'),
      threshold('failed', 'count<100', { abortOnFail: true }),
      threshold('duration', 'max<1ms', { abortOnFail: true, delayAbortEvalMs: 10_000 }),
      threshold('dropped', 'count==0', { abortOnFail: true, delayAbortEvalMs: 5000 }),
    )
    assert.equal(crossedAborting(declared, run, 4999), undefined)
    assert.equal(crossedAborting(declared, run, 5000)?.metric, 'dropped')
    assert.equal(crossedAborting(declared, run, 10_000)?.metric, 'duration')
  })
})
