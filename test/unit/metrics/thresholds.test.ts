import assert from 'node:assert/strict'
import { buildReport } from '../../../src/metrics/build-report.ts'
import type { ReportHeader } from '../../../src/metrics/report-document.ts'
import type { WindowBatch } from '../../../src/metrics/window.ts'
import type { Suite, Threshold } from '../../../src/suite/spec.ts'
import {
  batch,
  closedLoad,
  counts,
  encoded,
  header,
  journey,
  openLoad,
  participant,
  scenario,
  suite,
  window,
} from './fixtures.ts'

const browsed = window({
  counts: counts({ sent: 4, dropped: 1, succeeded: 3, failed: 1 }),
  latency: encoded(100_000, 200_000, 300_000, 1_000_000),
  serviceTime: encoded(50_000),
  lateness: encoded(1000),
  bytesSent: 1000,
  bytesReceived: 5000,
  checks: [
    [3, 1],
    [2, 0],
  ],
})
const run = [batch('a', 1, browsed)]
const going: ReportHeader = header([participant('a', { lastSequence: 9 })], {
  settled: false,
  status: 'running',
  durationMs: 2000,
})

function threshold(metric: string, expression: string, given: Partial<Threshold> = {}): Threshold {
  return { metric, expression, abortOnFail: false, delayAbortEvalMs: 0, ...given }
}

function suiteWith(...thresholds: readonly Threshold[]) {
  return suite([scenario('browse', openLoad(2, 2)), scenario('idle', openLoad(2, 2))], { thresholds })
}

function resultsOf(one: Suite, batches: readonly WindowBatch[], of: ReportHeader = going) {
  return buildReport(of, one, 7, batches).thresholds
}

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

/** Requests of one second. */
function second(given: Parameters<typeof counts>[0], ...millis: readonly number[]) {
  return window({ counts: counts(given), latency: encoded(...millis.map((one) => one * 1000)) })
}

const two = [participant('a', { node: 'alpha', lastSequence: 9 }), participant('b', { node: 'beta', lastSequence: 9 })]

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

describe('thresholds on steps, groups, checks and tags', () => {
  const check = (name: string) => ({ name, part: { kind: 'status' }, test: { kind: 'exists' } }) as const
  const bought = journey(
    scenario('buy', openLoad(10, 1)),
    { name: 'login', tags: { team: 'id', region: 'eu' }, expect: [check('status is 200'), check('has token')] },
    { name: 'cart', group: 'shop/cart', tags: { team: 'shop', region: 'eu' }, expect: [check('status is 200')] },
    { name: 'pay', group: 'shop', tags: { team: 'shop', region: 'eu' } },
  )
  const scenarios = [bought, scenario('browse', openLoad(10, 1))]
  const part = (step: number, sent: number, millis: number, given: Parameters<typeof window>[0] = {}) =>
    window({
      step,
      counts: counts({ sent, succeeded: sent }),
      latency: encoded(...Array.from({ length: sent }, () => millis * 1000)),
      ...given,
    })
  const batches = [
    batch(
      'a',
      0,
      part(0, 8, 10, {
        checks: [
          [7, 1],
          [4, 4],
        ],
      }),
      part(1, 6, 20, { checks: [[6, 0]] }),
      part(2, 4, 30),
      part(3, 8, 60, { counts: counts({ sent: 8, dropped: 2, succeeded: 4, failed: 4 }) }),
      part(0, 10, 5, { scenario: 1 }),
    ),
  ]
  const observed = (metric: string, expression: string) => {
    const declared = suite(scenarios, { thresholds: [threshold(metric, expression)] })
    return resultsOf(declared, batches, header([participant('a')]))[0]!.observed
  }

  for (const [metric, expression, value] of [
    ['requests', 'count>0', 28],
    ['requests{scenario:buy}', 'count>0', 18],
    ['requests{step:login}', 'count>0', 8],
    ['requests{step:http}', 'count>0', 10],
    ['requests{group:shop}', 'count>0', 10],
    ['requests{group:shop/cart}', 'count>0', 6],
    ['http_reqs{group:::shop::cart}', 'count>0', 6],
    ['requests{team:shop,step:pay}', 'count>0', 4],
    ['requests{team:shop,region:eu}', 'count>0', 10],
    ['duration{team:id}', 'max<1s', 10],
    ['duration{group:shop}', 'max<1s', 30],
    ['duration', 'max<1s', 30],
    ['iteration_duration', 'max<1s', 60],
    ['iteration_duration{scenario:browse}', 'max<1s', 5],
    ['iterations', 'count>0', 18],
    ['iterations{region:eu}', 'count>0', 8],
    ['iterations{scenario:buy}', 'rate>0/s', 8],
    ['dropped', 'count==0', 2],
    ['dropped{scenario:buy}', 'rate<1%', 0.2],
    ['rate{scenario:buy}', 'rate>99%', 0.8],
    ['rate', 'rate>99%', 0.9],
    ['checks', 'rate>99%', 17 / 22],
    ['checks{step:login}', 'rate>99%', 11 / 16],
    ['checks{check:status is 200}', 'count>0', 13],
    ['checks_failed{check:has token}', 'count==0', 4],
  ] as const) {
    it(`observe ${metric} ${expression}`, () => assert.equal(observed(metric, expression), value))
  }
})

describe('thresholds on nodes', () => {
  const declared = suiteWith(
    threshold('duration{node:alpha}', 'max<10ms'),
    threshold('requests{scenario:browse,node:beta}', 'count==1'),
    threshold('duration{node:gamma}', 'max<10ms'),
  )
  const batches = [
    batch('a', 0, second({ sent: 1, succeeded: 1 }, 5)),
    batch('b', 0, second({ sent: 1, succeeded: 1 }, 50)),
  ]

  it('look at the windows of the nodes of that name', () => {
    const [alpha, beta] = resultsOf(declared, batches, header(two, { settled: false }))
    assert.deepEqual([alpha!.ok, alpha!.observed, beta!.ok, beta!.observed], [true, 5, true, 1])
  })

  it('do not hold when no node of that name took part, and say so', () => {
    const gamma = resultsOf(declared, batches, header(two))[2]
    const { ok, observed, message } = gamma!
    assert.deepEqual([ok, observed, message], [false, null, 'no node named gamma took part'])
    const [far] = resultsOf(
      declared,
      batches,
      header([participant('a', { node: 'alpha', firstSequence: -1, lastSequence: -2 })]),
    )
    assert.equal(far!.ok, false)
  })
})

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
