import assert from 'node:assert/strict'
import fc from 'fast-check'
import { renderPrometheus } from '../../../src/export/prometheus.ts'

describe('Prometheus text format', () => {
  it('renders help, type and samples', () => {
    assert.equal(
      renderPrometheus([
        {
          name: 'vajra_requests_total',
          help: 'Requests sent.',
          type: 'counter',
          samples: [
            { labels: { run: 'r1', scenario: 'browse' }, value: 12 },
            { labels: { run: 'r1', scenario: 'buy' }, value: 0.5 },
          ],
        },
        { name: 'vajra_nodes', help: 'Nodes seen.', type: 'gauge', samples: [{ value: 3 }] },
        { name: 'vajra_empty', help: 'Nothing.', type: 'gauge', samples: [] },
      ]),
      [
        '# HELP vajra_requests_total Requests sent.',
        '# TYPE vajra_requests_total counter',
        'vajra_requests_total{run="r1",scenario="browse"} 12',
        'vajra_requests_total{run="r1",scenario="buy"} 0.5',
        '# HELP vajra_nodes Nodes seen.',
        '# TYPE vajra_nodes gauge',
        'vajra_nodes 3',
        '',
      ].join('\n'),
    )
    assert.equal(renderPrometheus([]), '')
  })

  it('escapes help and labels, and writes numbers that are none', () => {
    const samples = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21].map((value) => ({
      labels: { kind: 'a"b\\c\nd' },
      value,
    }))
    assert.equal(
      renderPrometheus([{ name: 'x', help: 'one\ntwo \\', type: 'gauge', samples }]),
      [
        '# HELP x one\\ntwo \\\\',
        '# TYPE x gauge',
        ...['NaN', '+Inf', '-Inf', '1e+21'].map((value) => `x{kind="a\\"b\\\\c\\nd"} ${value}`),
        '',
      ].join('\n'),
    )
  })

  it('keeps one sample a line whatever the label', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = renderPrometheus([
          { name: 'x', help: '', type: 'gauge', samples: [{ labels: { value }, value: 1 }] },
        ])
        assert.equal(text.split('\n').length, 4)
        assert.match(text.split('\n')[2]!, /^x\{value="(?:[^"\\]|\\[\\n"])*"\} 1$/)
      }),
    )
  })

  it('refuses names that would make the whole answer unreadable', () => {
    const family = { name: 'x', help: '', type: 'gauge' as const, samples: [{ value: 1 }] }
    assert.throws(() => renderPrometheus([{ ...family, name: 'a b' }]), { code: 'INTERNAL' })
    assert.throws(() => renderPrometheus([{ ...family, samples: [{ labels: { 'a-b': '' }, value: 1 }] }]), {
      code: 'INTERNAL',
    })
  })
})
