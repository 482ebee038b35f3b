import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import fc from 'fast-check'
import { plannedLoad } from '../../../src/load/planned-load.ts'
import { renderPlot } from '../../../src/report/plot.ts'
import { rateScale, roundTime, usersScale } from '../../../src/report/plot-scale.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { Suite } from '../../../src/suite/spec.ts'
import { suiteDocuments } from '../../property/suite-arbitrary.ts'

function suite(scenarios: string, more = ''): Suite {
  const parsed = parseSuite({ format: 'yaml', text: `name: s\ntarget: http://h\n${more}\nscenarios: [${scenarios}]` })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.suite
}

const plain = { width: 44, colour: false, unicode: true }
const SPIKE =
  '{ name: a, load: { profile: { spike: { base: 10/s, peak: 80/s, at: 4s, length: 2s } }, duration: 10s, warmup: 2s }, http: / }'

describe('the plot of a suite', () => {
  it('is the rate over time, with its warm-up marked', () => {
    assert.deepEqual(renderPlot(suite(SPIKE), plain), [
      'a, at most 80/s',
      '80/s ┤                  ███████',
      '     ┤                  ███████',
      '     ┤                  ███████',
      '     ┤                  ███████',
      '40/s ┤                  ███████',
      '     ┤                  ███████',
      '     ┤                  ███████',
      '     ┤█████████████████████████████████████',
      ' 0/s ┼╌╌╌╌╌╌─────────┬───────────────┬─────',
      '      0s             5s              10s',
      'A column is 324ms and shows its highest',
      'value.',
      '╌╌╌ is the warm-up, which is not in the',
      'results.',
    ])
  })

  it('is ASCII where nothing else can be shown', () => {
    const lines = renderPlot(suite(SPIKE), { ...plain, unicode: false })
    assert.equal(lines[1], '80/s |                  #######')
    assert.equal(lines[9], ' 0/s +~~~~~~---------+---------------+-----')
    assert.match(lines.join(''), /^[\x20-\x7e]*$/)
  })

  it('shows sequential scenarios one after the other, and what has a rate together', () => {
    const lines = renderPlot(
      suite(
        '{ name: one, load: { rate: 10/s, duration: 10s }, http: / }, { name: two, load: { users: 3, duration: 10s }, http: / }, { name: three, load: { rate: 36/m, duration: 10s }, http: / }',
        'mode: sequential',
      ),
      { ...plain, width: 80 },
    )
    const titles = lines.filter((line) => line.includes('at most'))
    assert.deepEqual(titles, [
      'all together, at most 10/s',
      'one, at most 10/s',
      'two, at most 3 users',
      'three, at most 36/m',
    ])
    const bars = lines.filter((line) => /[┼]/.test(line)).map((line) => line.slice(line.indexOf('┼') + 1))
    const begins = bars.map((bar) => bar.search(/[─┬]/))
    const ends = bars.map((bar) => bar.length)
    assert.deepEqual([begins[0], begins[1]], [0, 0])
    assert.deepEqual([begins[2], begins[3]], [ends[1], ends[2]])
    assert.equal(ends[3], ends[0])
  })

  it('adds up what is there at once, and no more', () => {
    const two =
      '{ name: a, load: { rate: 7/s, duration: 10s }, http: / }, { name: b, load: { rate: 5/s, duration: 9s }, http: / }'
    const peakOf = (mode: string) => plannedLoad(suite(two, `mode: ${mode}`), 3000).series[0]!.peak
    assert.deepEqual([peakOf('sequential'), peakOf('parallel')], [7, 12])
  })

  it('hides no spike, however short', () => {
    const lines = renderPlot(
      suite(
        '{ name: a, load: { profile: { spike: { base: 0, peak: 8/s, at: 5h, length: 1s } }, duration: 1d }, http: / }',
      ),
      plain,
    )
    assert.equal(lines.filter((line) => line.includes('█')).length, 8)
  })

  it('colours only when told to, and never what it measures', () => {
    const coloured = renderPlot(suite(SPIKE), { ...plain, colour: true })
    assert.ok(coloured.some((line) => line.includes('\u001b[')))
    const stripped = coloured.map((line) => stripVTControlCharacters(line).trimEnd())
    assert.deepEqual(stripped, renderPlot(suite(SPIKE), plain))
  })

  it('fits its width, whatever the suite', () => {
    fc.assert(
      fc.property(suiteDocuments, fc.integer({ min: 60, max: 200 }), fc.boolean(), (document, width, unicode) => {
        const parsed = parseSuite({ text: JSON.stringify(document), format: 'json' })
        assert.ok(parsed.ok)
        const lines = renderPlot(parsed.suite, { width, colour: false, unicode })
        for (const line of lines) assert.ok([...line].length <= width, line)
        assert.ok(!lines.join('').includes('NaN'))
      }),
      { numRuns: 60 },
    )
  })
})

describe('the planned load of a suite', () => {
  it('adds up to what is planned, and has no mean above its peak', () => {
    fc.assert(
      fc.property(suiteDocuments, fc.integer({ min: 1, max: 60 }), (document, steps) => {
        const parsed = parseSuite({ text: JSON.stringify(document), format: 'json' })
        assert.ok(parsed.ok)
        const { durationMs, scenarios } = parsed.suite
        const { series } = plannedLoad(parsed.suite, durationMs / steps)
        const sums = series.map(({ points }) =>
          points.reduce((sum, { mean }) => sum + (mean * durationMs) / steps / 1000, 0),
        )
        const rates = series.flatMap(({ scenario, unit }, index) =>
          scenario !== null && unit === 'rate' ? [sums[index]!] : [],
        )
        const all = rates.reduce((sum, each) => sum + each, 0)
        if (series[0]?.scenario === null) assert.ok(Math.abs(sums[0]! - all) <= 1e-6 * all + 1e-6)
        assert.equal(series.filter(({ scenario }) => scenario !== null).length, scenarios.length)
        for (const { points, peak } of series) {
          assert.equal(points.length, steps)
          for (const { mean, peak: most } of points) assert.ok(mean <= most + 1e-6 * peak + 1e-9 && most <= peak)
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('scales', () => {
  it('end at round numbers, in a unit that suits them', () => {
    for (const [peak, top, label] of [
      [439, 500, '439/s'],
      [100.00000001, 100, '100/s'],
      [205, 300, '205/s'],
      [0.6, 40 / 60, '36/m'],
      [1 / 3600, 1 / 3600, '1/h'],
      [200_000, 200_000, '200,000/s'],
      [0, 1, '0/s'],
    ] as const) {
      const scale = rateScale(peak)
      assert.ok(Math.abs(scale.top - top) < 1e-9, `${peak}: ${scale.top}`)
      assert.equal(scale.label(peak), label)
    }
    assert.deepEqual(
      [1, 3, 20, 70].map((users) => usersScale(users).top),
      [2, 3, 20, 80],
    )
    assert.deepEqual([0.5, 3, 1001, 61_000, 1e9].map(roundTime), [1, 5, 2000, 120_000, 43_200_000])
  })
})
