import assert from 'node:assert/strict'
import fc from 'fast-check'
import { buildReport } from '../../../src/metrics/build-report.ts'
import { BUSY_THOUSANDTHS, GeneratorTally, LATE_MS, STARVED_THOUSANDTHS } from '../../../src/metrics/generator-tally.ts'
import { Histogram } from '../../../src/metrics/histogram.ts'
import type { GeneratorSecond, WindowBatch } from '../../../src/metrics/window.ts'
import { batch, counts, encoded, header, openLoad, participant, scenario, suite, window } from './fixtures.ts'

const FINE: GeneratorSecond = { pacing: 'precise', busy: 300, starved: 0 }

/** A second in which a node sent as many requests as there are latenesses, in milliseconds. */
function second(sequence: number, generator: GeneratorSecond | undefined, ...latenesses: readonly number[]) {
  const sent = counts({ sent: latenesses.length, succeeded: latenesses.length })
  const made = batch('a', sequence, window({ counts: sent, lateness: encoded(...latenesses.map((ms) => ms * 1000)) }))
  return generator === undefined ? made : { ...made, generator }
}

function tallyOf(...batches: readonly WindowBatch[]): GeneratorTally {
  const tally = new GeneratorTally()
  for (const one of batches) tally.add(one)
  return tally
}

describe('how a node generated its load', () => {
  it('is late by the 99th percentile of all it sent, to the bucket', () => {
    const micros = fc.array(fc.oneof(fc.nat(20_000), fc.nat(20_000_000)), { minLength: 1, maxLength: 300 })
    fc.assert(
      fc.property(micros, fc.nat(5), (values, cuts) => {
        const whole = Histogram.forTotals()
        for (const value of values) whole.record(value)
        const size = Math.ceil(values.length / (cuts + 1))
        const parts = Array.from({ length: cuts + 1 }, (_, i) => values.slice(i * size, (i + 1) * size))
        const tally = tallyOf(...parts.map((part, i) => second(i, FINE, ...part.map((value) => value / 1000))))
        const p99 = whole.summary().p99
        const found = tally.saturations()
        if (p99 > LATE_MS) assert.deepEqual(found, [{ reason: 'lateness', observed: p99, seconds: null }])
        else assert.deepEqual(found, [])
      }),
    )
  })

  it('has no room when its event loop works without a rest for a tenth of the seconds, two at least', () => {
    const busy = { ...FINE, busy: BUSY_THOUSANDTHS }
    const fine = Array.from({ length: 18 }, (_, i) => second(i, FINE, 1))
    const bad = (times: number) => Array.from({ length: times }, (_, i) => second(18 + i, { ...busy, busy: 950 }, 1))
    assert.deepEqual(tallyOf(...fine, ...bad(1)).saturations(), [])
    assert.deepEqual(tallyOf(...bad(1)).saturations(), [])
    const found = [{ reason: 'event-loop', observed: 95, seconds: 2 }]
    assert.deepEqual(tallyOf(...fine, ...bad(2)).saturations(), found)
    assert.deepEqual(tallyOf(...fine, second(20, FINE, 1), ...bad(2)).saturations(), [])
    const almost = { ...busy, busy: BUSY_THOUSANDTHS - 1 }
    assert.deepEqual(tallyOf(second(0, almost, 1), second(1, almost, 1)).saturations(), [])
  })

  it('lacks CPU in the same way', () => {
    const starved = { ...FINE, starved: STARVED_THOUSANDTHS }
    assert.deepEqual(tallyOf(second(0, starved, 1), second(1, starved, 1)).saturations(), [
      { reason: 'cpu', observed: STARVED_THOUSANDTHS / 10, seconds: 2 },
    ])
  })

  it('does not count seconds without measured requests, as the warm-up, nor those nobody told of', () => {
    const busy: GeneratorSecond = { ...FINE, pacing: 'eco', busy: 1000 }
    const warmup = { ...batch('a', 0, window({ warmup: counts({ sent: 9, succeeded: 9 }) })), generator: busy }
    const tally = tallyOf(warmup, { ...warmup, sequence: 1 }, second(2, FINE, 1), second(3, undefined, 1))
    assert.deepEqual(tally.saturations(), [])
    assert.equal(tally.pacing, 'precise')
  })

  it('names the pacing that ran', () => {
    assert.equal(tallyOf().pacing, null)
    assert.equal(tallyOf(second(0, undefined, 1)).pacing, null)
    assert.equal(tallyOf(second(0, { ...FINE, pacing: 'eco' }, 1)).pacing, 'eco')
    assert.equal(tallyOf(second(0, { ...FINE, pacing: 'eco' }, 1), second(1, FINE, 1)).pacing, 'mixed')
    assert.equal(tallyOf(second(0, { ...FINE, pacing: 'mixed' }, 1)).pacing, 'mixed')
  })
})

describe('a report of saturated generators', () => {
  const open = suite([scenario('browse', openLoad(4, 2))])
  const busy: GeneratorSecond = { pacing: 'eco', busy: 990, starved: 300 }
  const report = () => {
    const of = (bootId: string, generator: GeneratorSecond, late: number) =>
      [0, 1].map((sequence) => ({ ...second(sequence, generator, 0, late), bootId, generator }))
    const participants = ['b', 'a'].map((bootId) => participant(bootId, { lastSequence: 1 }))
    return buildReport(header(participants, { durationMs: 2000 }), open, 1, [...of('a', FINE, 1), ...of('b', busy, 40)])
  }

  it('names the node, what was seen and what to do, and no node that kept up', () => {
    const { generatorSaturated, coverage } = report()
    assert.deepEqual(
      generatorSaturated.map(({ hint, ...rest }) => ({ ...rest, hinted: hint.length > 10 })),
      [
        { reason: 'lateness', observed: 40, unit: 'ms', bound: LATE_MS, seconds: null },
        { reason: 'event-loop', observed: 99, unit: '%', bound: 90, seconds: 2 },
        { reason: 'cpu', observed: 30, unit: '%', bound: 25, seconds: 2 },
      ].map((rest) => ({ node: 'node-b', bootId: 'b', ...rest, hinted: true })),
    )
    assert.deepEqual(
      coverage.nodes.map(({ node, pacing }) => [node, pacing]),
      [
        ['node-a', 'precise'],
        ['node-b', 'eco'],
      ],
    )
  })

  it('has the lateness of every second beside its latency', () => {
    const { timeline } = report()
    assert.deepEqual(
      timeline.map(({ latenessP50, latenessP99 }) => [latenessP50, latenessP99]),
      [
        [0, 40],
        [0, 40],
      ],
    )
  })
})
