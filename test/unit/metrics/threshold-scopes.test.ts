import assert from 'node:assert/strict'
import {
  batch,
  counts,
  encoded,
  header,
  journey,
  openLoad,
  participant,
  scenario,
  suite,
  threshold,
  window,
} from './fixtures.ts'
import { resultsOf, second, suiteWith, two } from './threshold-fixtures.ts'

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
