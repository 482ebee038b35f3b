import assert from 'node:assert/strict'
import { RunAccumulator } from '../../../src/metrics/accumulator.ts'
import { buildReport } from '../../../src/metrics/build-report.ts'
import { renderTotalsCsv } from '../../../src/report/csv-totals.ts'
import { renderLive } from '../../../src/report/live.ts'
import { renderSummary } from '../../../src/report/text.ts'
import type { Suite } from '../../../src/suite/spec.ts'
import {
  batch,
  closedLoad,
  counts,
  encoded,
  header,
  participant,
  RUN_ID,
  scenario,
  suite,
  window,
} from '../metrics/fixtures.ts'

const plain = scenario('buyers', closedLoad(2, 1))
const steps = [
  { ...plain.steps[0]!, name: 'login' },
  { ...plain.steps[0]!, name: 'buy', group: 'pay', tags: { team: 'shop' } },
]
const journeys: Suite = suite([{ ...plain, steps, branches: [{ weight: 1, steps: [0, 1] }] }])

const second = batch(
  'a',
  0,
  window({
    counts: counts({ sent: 10, succeeded: 10 }),
    latency: encoded(...Array.from({ length: 10 }, () => 5000)),
    inFlight: 1,
  }),
  window({
    step: 1,
    counts: counts({ sent: 9, succeeded: 8, failed: 1 }),
    latency: encoded(9000),
    errors: { http_5xx: 1 },
  }),
  window({
    step: 2,
    counts: counts({ sent: 10, dropped: 2, succeeded: 8, failed: 1 }),
    latency: encoded(400_000),
    inFlight: 2,
  }),
)

describe('journeys as CSV', () => {
  it('have a row for the run, the scenario, its iterations and each step', () => {
    const quoting = suite([{ ...journeys.scenarios[0]!, name: 'buyers, "all"' }])
    const report = buildReport(header([participant('a', { lastSequence: 0 })]), quoting, 1, [second])
    const [head = '', ...lines] = renderTotalsCsv(report).split('\r\n')
    const columns = head.split(',')
    assert.equal(new Set(columns).size, columns.length)
    const at = (name: string) => columns.indexOf(name)
    assert.equal(lines.pop(), '', 'the last row is ended too')
    const rows = lines.map((line) => line.replace('"buyers, ""all"""', 'quoted').split(','))
    const told = rows.map((row) => ['of', 'scenario', 'group', 'step', 'sent', 'failed'].map((name) => row[at(name)]))
    assert.deepEqual(told, [
      ['run', '', '', '', '19', '1'],
      ['scenario', 'quoted', '', '', '19', '1'],
      ['iterations', 'quoted', '', '', '9', '1'],
      ['step', 'quoted', '', 'login', '10', '0'],
      ['step', 'quoted', 'pay', 'buy', '9', '1'],
    ])
    const { totals, iterations } = report.scenarios[0]!
    assert.equal(rows[2]![at('latencyP99')], String(iterations!.latency.p99))
    assert.equal(rows[1]![at('serviceTimeP99_9')], String(totals.serviceTime.p99_9))
    for (const row of rows) assert.equal(row.length, columns.length)
  })
})

describe('journeys in reports for people', () => {
  it('have a line for iterations and one for each step', () => {
    const report = buildReport(header([participant('a')]), journeys, 1, [second])
    const text = renderSummary(report, { colour: false, width: 80 })
    const from = text.indexOf('█ SCENARIOS')
    assert.equal(
      text.slice(from, text.indexOf('█ NODES')),
      `█ SCENARIOS

  buyers
  requests........: 19  19.0/s
  failed..........: 5.26%  1 of 19
  dropped.........: 9.09%  2 of 22
  unaccounted.....: 4.55%  1 of 22
  iterations......: 9  9.00/s, failed 11.11%, dropped 2, unaccounted 1
                       avg    min    med    max  p(90)  p(95)  p(99) p(99.9)
  latency.........: 5.36ms 5.00ms 5.00ms 9.00ms 5.00ms 9.00ms 9.00ms 9.00ms
  iteration.......:  400ms  400ms  400ms  400ms  400ms  400ms  400ms  400ms

  step      sent      failed     avg     med   p(95)   p(99)     max
  login       10           0  5.00ms  5.00ms  5.00ms  5.00ms  5.00ms
  pay: buy     9  1 (11.11%)  9.00ms  9.00ms  9.00ms  9.00ms  9.00ms

`,
    )
    const [told] = report.scenarios
    assert.deepEqual(
      told!.steps.map(({ name, group, tags }) => [name, group, tags]),
      [
        ['login', undefined, undefined],
        ['buy', 'pay', { team: 'shop' }],
      ],
    )
  })

  it('show iterations while the run goes on', () => {
    const accumulator = new RunAccumulator(journeys)
    accumulator.add(second)
    const nodes = [{ node: 'alpha', bootId: 'a' }]
    const live = accumulator.live({ runId: RUN_ID, status: 'running', durationMs: 1000, nodes })
    const [told] = live.scenarios
    assert.deepEqual(told!.iterations, { rate: 10, inFlight: 2, sent: 10, failed: 1, dropped: 2 })
    assert.deepEqual(told!.steps, [
      { name: 'login', sent: 10, failed: 0 },
      { name: 'buy', group: 'pay', sent: 9, failed: 1 },
    ])
    assert.deepEqual([told!.rate, told!.inFlight, told!.sent, told!.dropped], [19, 1, 19, 2])
    assert.deepEqual(renderLive(live, { colour: false, width: 120 }).slice(0, 2), [
      '                                                elapsed    rate  iterations  in flight  errors/s     p50     p99',
      'buyers [==============================] 100%  1.0s/1.0s  19.0/s      10.0/s          1         1  5.00ms  9.00ms',
    ])
  })
})
