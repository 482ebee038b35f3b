import assert from 'node:assert/strict'
import type { Suite, Threshold } from '../../../src/suite/spec.ts'
import { parseThreshold, parseThresholdExpression } from '../../../src/suite/threshold.ts'
import { METRIC_ALIASES, METRICS } from '../../../src/suite/threshold-metrics.ts'
import { parseMetricSelector } from '../../../src/suite/threshold-selector.ts'
import { thresholdWords } from '../../../src/suite/threshold-words.ts'

function refused(result: object): { error: string; hint: string } {
  assert.ok('error' in result && 'hint' in result, `accepted: ${JSON.stringify(result)}`)
  return result as { error: string; hint: string }
}

describe('thresholds', () => {
  describe('conditions', () => {
    for (const [text, expected] of [
      ['p(95)<200ms', { aggregation: 'p', percentile: 95, operator: '<', value: 200, unit: 'ms' }],
      ['p(99.9) <= 1.5s', { aggregation: 'p', percentile: 99.9, operator: '<=', value: 1500, unit: 'ms' }],
      ['p(95)<500', { aggregation: 'p', percentile: 95, operator: '<', value: 500, unit: 'plain' }],
      ['avg<1m30s', { aggregation: 'avg', operator: '<', value: 90_000, unit: 'ms' }],
      ['med>=0', { aggregation: 'med', operator: '>=', value: 0, unit: 'plain' }],
      ['rate<1%', { aggregation: 'rate', operator: '<', value: 0.01, unit: 'fraction' }],
      ['rate<0.01', { aggregation: 'rate', operator: '<', value: 0.01, unit: 'plain' }],
      ['rate>=100/s', { aggregation: 'rate', operator: '>=', value: 100, unit: 'perSecond' }],
      ['rate>6000/m', { aggregation: 'rate', operator: '>', value: 100, unit: 'perSecond' }],
      ['count==0', { aggregation: 'count', operator: '==', value: 0, unit: 'plain' }],
      ['count!=3', { aggregation: 'count', operator: '!=', value: 3, unit: 'plain' }],
      ['count<10kB', { aggregation: 'count', operator: '<', value: 10_000, unit: 'bytes' }],
      ['rate<1MB/s', { aggregation: 'rate', operator: '<', value: 1_000_000, unit: 'bytesPerSecond' }],
      ['rate<60kB/m', { aggregation: 'rate', operator: '<', value: 1000, unit: 'bytesPerSecond' }],
      [' max < 2s ', { aggregation: 'max', operator: '<', value: 2000, unit: 'ms' }],
    ] as const) {
      it(`reads ${text}`, () => assert.deepEqual(parseThresholdExpression(text), expected))
    }

    for (const [text, hint] of [
      ['p95<200ms', /p\(95\)<200ms/],
      ['p(101)<5', /0 to 100/],
      ['p()<5', /0 to 100/],
      ['p<5', /0 to 100/],
      ['avg(5)<5', /write avg alone/],
      ['mean<5', /aggregations are avg, min/],
      ['avg=<5', /operators are </],
      ['avg<', /write a number/],
      ['avg<5x', /write a number/],
      ['avg', /aggregation, operator, value/],
      ['', /aggregation, operator, value/],
      ['p(95)<200ms'.repeat(1000), /aggregation, operator, value/],
    ] as const) {
      it(`refuses ${text.slice(0, 20)} with a hint`, () => {
        assert.match(refused(parseThresholdExpression(text)).hint, hint)
      })
    }

    it('suggests the nearest aggregation', () => {
      assert.match(refused(parseThresholdExpression('cuont<5')).error, /did you mean `count`/)
    })
  })

  describe('metrics', () => {
    it('reads every metric and alias', () => {
      for (const metric of Object.keys(METRICS)) assert.deepEqual(parseMetricSelector(metric), { metric, filters: [] })
      for (const [alias, metric] of Object.entries(METRIC_ALIASES)) {
        assert.deepEqual(parseMetricSelector(alias), { metric, filters: [] })
      }
    })

    const selected = (text: string) => {
      const result = parseMetricSelector(text)
      assert.ok(!('error' in result), JSON.stringify(result))
      return result.filters.map(({ key, value }) => [key, value])
    }

    it('reads selectors', () => {
      assert.deepEqual(parseMetricSelector('http_req_duration{ scenario : "browse" }'), {
        metric: 'duration',
        filters: [{ key: 'scenario', value: 'browse' }],
      })
      assert.deepEqual(selected('failed{scenario:a b:c}'), [['scenario', 'a b:c']])
      assert.deepEqual(selected('duration{step:GET /cart (2), region:eu ,node:n1}'), [
        ['step', 'GET /cart (2)'],
        ['region', 'eu'],
        ['node', 'n1'],
      ])
      assert.deepEqual(selected('checks{check:"says \\"hi, {you}\\""}'), [['check', 'says "hi, {you}"']])
      assert.deepEqual(selected('duration{group:::shop::cart}'), [['group', 'shop/cart']])
      assert.deepEqual(selected('duration{group:shop/cart}'), [['group', 'shop/cart']])
    })

    it('takes only what the metric can be narrowed by', () => {
      for (const [text, hint] of [
        ['dropped{step:buy}', /scenario, node or a tag/],
        ['rate{group:a}', /scenario, node or a tag/],
        ['iteration_duration{check:a}', /scenario, node or a tag/],
        ['generatorSaturated{scenario:a}', /narrowed by node/],
        ['generatorSaturated{region:eu}', /narrowed by node/],
        ['duration{check:a}', /scenario, step, group, node or a tag/],
      ] as const) {
        assert.match(refused(parseMetricSelector(text)).hint, hint, text)
      }
      assert.match(refused(parseMetricSelector('failed{region:a,region:b}')).error, /region is given twice/)
    })

    it('suggests the nearest metric', () => {
      assert.match(refused(parseMetricSelector('durations')).error, /did you mean `duration`/)
      assert.match(refused(parseMetricSelector('http_req')).error, /did you mean `http_reqs`/)
      for (const name of ['constructor', '__proto__', 'toString']) refused(parseMetricSelector(name))
    })

    it('tells of metrics of k6 that there are none like here', () => {
      assert.match(refused(parseMetricSelector('vus')).hint, /iterations/)
      assert.match(refused(parseMetricSelector('http_req_waiting')).hint, /service/)
    })

    it('refuses broken syntax', () => {
      for (const text of [
        '',
        'duration{',
        'duration{}',
        'duration{browse}',
        'duration{scenario:}',
        'duration{scenario:a}{scenario:b}',
        'duration{scenario:a,}',
        'duration{scenario:"a}',
        'duration{scenario:a"b}',
        'a b',
      ]) {
        refused(parseMetricSelector(text))
      }
    })
  })

  it('are told in words, so that nobody takes one kind for the other', () => {
    const one = (metric: string, expression: string, given: Partial<Threshold> = {}): Threshold => ({
      metric,
      expression,
      abortOnFail: false,
      delayAbortEvalMs: 0,
      ...given,
    })
    const thresholds = [
      one('failed{step:buy}', 'rate<1%'),
      one('duration', 'p(90)>1s for 10s', { abortOnFail: true }),
      one('requests', 'count==0 for 1s', { abortOnFail: true, delayAbortEvalMs: 5000 }),
    ]
    assert.deepEqual(thresholdWords({ thresholds } as unknown as Suite), [
      'failed{step:buy} must be rate<1%',
      'duration must not be p(90)>1s in 10 seconds in a row; else the run stops',
      'requests must not be count==0 in any second; else the run stops, not before 5s',
    ])
  })

  describe('together', () => {
    it('accepts the example of every metric', () => {
      for (const [metric, { example }] of Object.entries(METRICS)) {
        const result = parseThreshold(metric, example)
        assert.ok('expression' in result, `${metric}: ${example}`)
      }
    })

    it('lists the aggregations a metric has', () => {
      const { error, hint } = refused(parseThreshold('duration', 'rate<5'))
      assert.match(error, /duration has no rate/)
      assert.match(hint, /avg, min, med, max or p\(N\)/)
      assert.match(refused(parseThreshold('failed', 'p(95)<5')).hint, /rate or count/)
    })

    it('refuses units that do not fit the metric', () => {
      for (const [metric, text] of [
        ['duration', 'p(95)<1%'],
        ['duration', 'avg<5/s'],
        ['failed', 'rate<5/s'],
        ['failed', 'count<5ms'],
        ['requests', 'rate<5%'],
        ['requests', 'count<5kB'],
        ['bytes_sent', 'rate<5/s'],
      ] as const) {
        assert.match(refused(parseThreshold(metric, text)).error, /wrong unit/, `${metric} ${text}`)
      }
    })

    it('refuses a fraction above 1 and guesses the percentage', () => {
      assert.equal(refused(parseThreshold('failed', 'rate<5')).hint, 'did you mean 5%?')
      assert.match(refused(parseThreshold('dropped', 'rate<200%')).hint, /0% to 100%/)
    })

    it('takes faults that last', () => {
      for (const [metric, text] of [
        ['duration', 'p(90)>1s for 10s'],
        ['duration', 'p(90) >= 1s for 1m30s'],
        ['failed', 'rate==100% for 5s'],
        ['requests', 'count==0 for 5s'],
        ['checks', 'rate!=100% for 5s'],
        ['bytes_received', 'rate>1MB/s for 5s'],
        ['bytes_received', 'rate<1MB/s for 5s'],
        ['generatorSaturated', 'count>0 for 2s'],
      ] as const) {
        assert.ok('selector' in parseThreshold(metric, text), `${metric}: ${text}`)
      }
    })

    it('refuses what should hold where a fault is asked for, and turns it round', () => {
      for (const [metric, text, turned] of [
        ['duration', 'p(90)<1s for 10s', 'p(90)>=1s for 10s'],
        ['failed', 'rate<=1% for 10s', 'rate>1% for 10s'],
        ['failed', 'count==0 for 10s', 'count!=0 for 10s'],
        ['rate', 'rate>=99% for 10s', 'rate<99% for 10s'],
        ['checks', 'rate==100% for 10s', 'rate!=100% for 10s'],
        ['requests', 'rate>100/s for 10s', 'rate<=100/s for 10s'],
        ['generatorSaturated', 'count==0 for 10s', 'count!=0 for 10s'],
      ] as const) {
        const { error, hint } = refused(parseThreshold(metric, text))
        assert.match(error, /with `for` a condition says what is wrong/)
        assert.ok(hint.includes(`"${turned}"`), hint)
        assert.ok('selector' in parseThreshold(metric, turned), turned)
      }
    })

    it('refuses times that are none', () => {
      for (const text of [
        'for',
        'for 10',
        'for ten',
        'for 0s',
        'for 500ms',
        'for 1500ms',
        'for 2h',
        'for 10s for 5s',
      ]) {
        refused(parseThreshold('duration', `p(90)>1s ${text}`))
      }
    })
  })
})
