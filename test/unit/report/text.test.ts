import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import type { Report } from '../../../src/metrics/report-document.ts'
import { renderJunit } from '../../../src/report/junit.ts'
import { renderSummary } from '../../../src/report/text.ts'
import { oneStep } from '../one-step.ts'
import { completeReport, lostReport, shop } from './fixtures.ts'

const plain = { colour: false, width: 80 }

describe('the summary of a run', () => {
  it('shows thresholds, totals, scenarios, nodes, events and the verdict', () => {
    const report = completeReport()
    assert.equal(
      renderSummary(report, plain),
      `█ THRESHOLDS

  duration
  ✗ 'p(95)<200ms' p(95)=2.00s
  ✗ 'max<1s' max=2.00s

  failed
  ✓ 'rate<1%' rate=0.20%

  requests{scenario:buy}
  ✓ 'rate>=5/s' rate=10.0/s

█ TOTALS

  requests........: 3,034  759/s
  failed..........: 0.20%  6 of 3,034
  dropped.........: 0.20%  6 of 3,040
  unaccounted.....: 0%  0 of 3,040
  data sent.......: 480 kB  120 kB/s
  data received...: 8.00 MB  2.00 MB/s

                       avg    min    med    max  p(90)  p(95)  p(99) p(99.9)
  latency.........:  550ms  900µs 15.0ms  2.00s  2.00s  2.00s  2.00s  2.00s
  service time....: 66.2ms  800µs 1.10ms  249ms  249ms  249ms  249ms  249ms
  lateness........:  400µs  100µs  100µs 1.00ms 1.00ms 1.00ms 1.00ms 1.00ms

  errors
  6  timeout

█ SCENARIOS

  browse
  requests........: 2,994  998/s
  failed..........: 0.20%  6 of 2,994
  dropped.........: 0.20%  6 of 3,000
  warm-up.........: 998 sent, 2 failed, 2 dropped, not counted here
                       avg    min    med    max  p(90)  p(95)  p(99) p(99.9)
  latency.........: 66.8ms  900µs 1.20ms  250ms  250ms  250ms  250ms  250ms

  buy
  requests........: 40  10.0/s
  failed..........: 0%  0 of 40
                       avg    min    med    max  p(90)  p(95)  p(99) p(99.9)
  latency.........:  2.00s  2.00s  2.00s  2.00s  2.00s  2.00s  2.00s  2.00s

█ NODES

  node   windows  requests  first  last  pacing
  alpha        4     2,016   0.0s  4.0s  precise
  beta         4     2,016   0.0s  4.0s  eco

  windows.........: 8 of 8

█ EVENTS

  0.0s  the run started on 2 nodes

✓ completed after 4.0s; every window of 2 nodes is in this report
  run     r00000001-0000000001
  digest  ${report.digest}`,
    )
  })

  it('says plainly what is not known when a node was lost, and that the generator was late', () => {
    const report = lostReport()
    assert.equal(
      renderSummary(report, plain),
      `█ THRESHOLDS

  duration
  ✗ 'p(95)<200ms' p(95)=2.00s
  ✗ 'max<1s' max=2.00s

  failed
  ✓ 'rate<1%' rate=0.20%

  requests{scenario:buy}
  ✓ 'rate>=5/s' rate=7.50/s

█ TOTALS

  requests........: 2,026  507/s
  failed..........: 0.20%  4 of 2,026
  dropped.........: 0.13%  4 of 3,040
  unaccounted.....: 33.22%  1,010 of 3,040
  data sent.......: 360 kB  90.0 kB/s
  data received...: 6.00 MB  1.50 MB/s

                       avg    min    med    max  p(90)  p(95)  p(99) p(99.9)
  latency.........:  594ms  900µs 15.0ms  2.00s  2.00s  2.00s  2.00s  2.00s
  service time....: 66.2ms  800µs 1.10ms  249ms  249ms  249ms  249ms  249ms
  lateness........: 10.1ms  100µs  100µs 30.0ms 30.0ms 30.0ms 30.0ms 30.0ms

  errors
  4  timeout

! The generator was saturated: what is shown here is, in part, the generator and
  not the target.
! alpha was late: 1 % of its requests left 30.0ms or more after their planned
  start (bound: 10.0ms). To do: add nodes or --workers, or lower the rate; look
  for what else keeps the machine from running on time.
! beta was late: 1 % of its requests left 30.0ms or more after their planned
  start (bound: 10.0ms). To do: use --pacing precise, or add nodes.

█ SCENARIOS

  browse
  requests........: 1,996  665/s
  failed..........: 0.20%  4 of 1,996
  dropped.........: 0.13%  4 of 3,000
  unaccounted.....: 33.33%  1,000 of 3,000
  warm-up.........: 998 sent, 2 failed, 2 dropped, not counted here
                       avg    min    med    max  p(90)  p(95)  p(99) p(99.9)
  latency.........: 66.8ms  900µs 1.20ms  250ms  250ms  250ms  250ms  250ms

  buy
  requests........: 30  7.50/s
  failed..........: 0%  0 of 30
  unaccounted.....: 25.00%  10 of 40
                       avg    min    med    max  p(90)  p(95)  p(99) p(99.9)
  latency.........:  2.00s  2.00s  2.00s  2.00s  2.00s  2.00s  2.00s  2.00s

█ NODES

  node   windows  requests  first  last  pacing
  alpha        4     2,016   0.0s  4.0s  precise
  beta         2     1,008   0.0s  2.0s  eco  lost

  windows.........: 6 of 7

█ EVENTS

  0.0s  the run started on 2 nodes
  2.9s  node beta was lost: its connection closed and it refuses new ones; its
        share moves to alpha
  3.1s  a task said �[31mred�[0m

! completed after 4.0s; this report is incomplete
  What beta did after 2.0s is not known: it was lost.
  1 window is missing (one second of one node each).
  1,010 planned requests are unaccounted for.
! degraded: a node was lost or load had to move between nodes
  run     r00000001-0000000001
  digest  ${report.digest}`,
    )
  })

  it('warns for each thing that was too much on a node', () => {
    const common = { node: 'alpha', bootId: 'a', hint: 'do this' }
    const generatorSaturated = [
      { ...common, reason: 'event-loop', observed: 98.5, unit: '%', bound: 90, seconds: 12 },
      { ...common, reason: 'cpu', observed: 30, unit: '%', bound: 25, seconds: 1 },
    ] as const
    const text = renderSummary({ ...completeReport(), generatorSaturated }, { colour: false, width: 200 })
    assert.match(
      text,
      /^! alpha had no room for more: the event loop of its busiest load thread worked 98\.5 % of the time in 12 seconds \(bound: 90 %\)\. To do: do this\.$/m,
    )
    assert.match(text, /^! alpha lacked CPU: .* 30 % of the time in 1 second \(bound: 25 %\)\. To do: do this\.$/m)
    assert.doesNotMatch(renderSummary(completeReport(), plain), /generator/)
    const many = Array.from({ length: 9 }, () => generatorSaturated[0])
    const short = renderSummary({ ...completeReport(), generatorSaturated: many }, plain)
    assert.equal(short.match(/^! alpha/gm)?.length, 6)
    assert.match(short, /^! and 3 more, see the JSON$/m)
  })

  it('shows reports that were stored before nodes told how they paced', () => {
    const { generatorSaturated: _, ...stored } = lostReport()
    const nodes = stored.coverage.nodes.map(({ pacing: _pacing, ...node }) => node)
    const old = { ...stored, coverage: { ...stored.coverage, nodes } } as unknown as Report
    const text = renderSummary(old, { colour: false, width: 200 })
    assert.match(text, /^! 1 % of the requests left 30\.0ms or more after their planned start/m)
    assert.match(text, /^ {2}alpha .* 4\.0s {2}-$/m)
  })

  it('stays within 80 columns, and is the same text with colours', () => {
    for (const report of [completeReport(), lostReport()]) {
      const text = renderSummary(report, plain)
      for (const line of text.split('\n')) assert.ok([...line].length <= 80, line)
      const coloured = renderSummary(report, { colour: true, width: 80 })
      assert.notEqual(coloured, text)
      assert.equal(stripVTControlCharacters(coloured), text)
    }
  })

  it('gives the times more room on a wider terminal', () => {
    const text = renderSummary(completeReport(), { colour: false, width: 120 })
    assert.match(text, /^ {23}avg {5}min {5}med {5}max {3}p\(90\) {3}p\(95\) {3}p\(99\) {2}p\(99\.9\)$/m)
  })

  it('does not repeat the totals for a single scenario, nor show thresholds that are not there', () => {
    const one = { ...shop, scenarios: shop.scenarios.slice(0, 1), thresholds: [] }
    const text = renderSummary(completeReport({ events: [] }, one), plain)
    assert.deepEqual(text.match(/█ .*/g), ['█ TOTALS', '█ NODES'])
    assert.match(text, /warm-up\.+: 998 sent, 2 failed, 2 dropped, not counted here/)
  })

  it('names what sent the requests, for every scenario of its own where there are several', () => {
    const sentBy = (name: string, index: number) => {
      const { parameters } = shop.scenarios[index]!.steps[0]!.task
      return { ...shop.scenarios[index]!, ...oneStep({ type: 'http', parameters: { ...parameters, driver: name } }) }
    }
    const driversIn = (...scenarios: (typeof shop.scenarios)[number][]) =>
      renderSummary(completeReport({ events: [] }, { ...shop, scenarios, thresholds: [] }), plain).match(
        /driver\.+: .*/g,
      )
    assert.deepEqual(driversIn(sentBy('wire', 0)), ['driver..........: wire'])
    const both = driversIn(sentBy('wire', 0), sentBy('undici', 1))
    assert.deepEqual(both, ['driver..........: wire', 'driver..........: undici'])
  })

  it('shows thresholds without data as such', () => {
    const idle = { ...shop, thresholds: [{ ...shop.thresholds[0]!, metric: 'duration{scenario:none}' }] }
    assert.match(renderSummary(completeReport({}, idle), plain), /✓ 'p\(95\)<200ms' no data/)
  })

  it('shows faults that must not last, what stopped the run, and what could not be judged', () => {
    const thresholds = ['p(90)>1s for 2s', 'p(90)>5ms for 3s', 'p(90)<1s'].map((expression, index) => ({
      ...shop.thresholds[0]!,
      metric: index < 2 ? 'duration{scenario:browse}' : 'duration{node:far}',
      expression,
    }))
    const stop = { index: 1, observed: 12.5 }
    const events = [{ at: 3012, kind: 'threshold-crossed' as const, threshold: stop, message: 'crossed' }]
    const report = completeReport({ status: 'stopped', events }, { ...shop, thresholds })
    const lines = renderSummary(report, plain).split('\n')
    const from = lines.indexOf('  duration{scenario:browse}')
    assert.ok(from > 0, lines.join('\n'))
    const [fine, bad, stopped, , far, missing] = lines.slice(from + 1)
    assert.match(fine!, /^ {2}✓ never 'p\(90\)>1s for 2s' p\(90\)=\S+$/)
    assert.match(bad!, /^ {2}✗ never 'p\(90\)>5ms for 3s' p\(90\)=\S+, \d\.0s long from 1\.0s$/)
    assert.equal(stopped, '    stopped the run at 3.0s with p(90)=12.5ms')
    assert.equal(far, '  duration{node:far}')
    assert.equal(missing, "  ✗ 'p(90)<1s' no node named far took part")
    const xml = renderJunit(report)
    assert.match(xml, /name="never p\(90\)&gt;5ms for 3s"/)
    assert.match(
      xml,
      /<failure message="observed p\(90\)=\S+, \d\.0s long from 1\.0s; stopped the run at 3\.0s with p\(90\)=12\.5ms"\/>/,
    )
    assert.match(xml, /<failure message="no node named far took part"\/>/)
  })

  it('tells a run that goes on from one that has ended', () => {
    const running = completeReport({ status: 'running', settled: false })
    assert.match(renderSummary(running, plain), /^! running at 4\.0s; not over yet$/m)
    const unfinished = { ...running, totals: { ...running.totals, sent: running.totals.sent + 9 } }
    assert.match(renderSummary(unfinished, plain), /in flight\.+: 9$/m)
  })

  it('shortens long lists of events and errors', () => {
    const events = Array.from({ length: 50 }, (_, at) => ({
      at: at * 1000,
      kind: 'node-joined' as const,
      message: `event ${at}`,
    }))
    const report = completeReport({ events })
    const errors = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`E${10 + index}`, index + 1]))
    const text = renderSummary({ ...report, totals: { ...report.totals, errors } }, plain)
    assert.match(text, / 9\.0s {2}event 9\n {2}… 30 more …\n {2}40\.0s {2}event 40\n/)
    assert.match(text, /errors\n {2}15 {2}E24\n {2}14 {2}E23\n/)
    assert.match(text, / 6 {2}E15\n {2}and 5 more kinds\n/)
  })
})
