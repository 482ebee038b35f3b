import assert from 'node:assert/strict'
import {
  METRIC_ALIASES,
  METRICS,
  parseMetricSelector,
  parseThreshold,
  parseThresholdExpression,
} from '../../../src/suite/threshold.ts'

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
      for (const metric of Object.keys(METRICS)) assert.deepEqual(parseMetricSelector(metric), { metric })
      for (const [alias, metric] of Object.entries(METRIC_ALIASES)) {
        assert.deepEqual(parseMetricSelector(alias), { metric })
      }
    })

    it('reads a selector', () => {
      const expected = { metric: 'duration', scenario: 'browse' }
      assert.deepEqual(parseMetricSelector('duration{scenario:browse}'), expected)
      assert.deepEqual(parseMetricSelector('http_req_duration{ scenario : "browse" }'), expected)
      assert.deepEqual(parseMetricSelector('failed{scenario:a b:c}'), { metric: 'failed', scenario: 'a b:c' })
    })

    it('suggests the nearest metric', () => {
      assert.match(refused(parseMetricSelector('durations')).error, /did you mean `duration`/)
      assert.match(refused(parseMetricSelector('http_req')).error, /did you mean `http_reqs`/)
      for (const name of ['constructor', '__proto__', 'toString']) refused(parseMetricSelector(name))
    })

    it('refuses other selectors and broken syntax', () => {
      assert.match(refused(parseMetricSelector('duration{group:x}')).hint, /only a scenario/)
      for (const text of ['', 'duration{', 'duration{scenario:}', 'duration{scenario:a}{scenario:b}', 'a b']) {
        refused(parseMetricSelector(text))
      }
    })
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
  })
})
