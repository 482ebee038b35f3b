import assert from 'node:assert/strict'
import { buildReport } from '../../../src/metrics/build-report.ts'
import { oneStep } from '../one-step.ts'
import {
  accounts,
  batch,
  closedLoad,
  counts,
  header,
  openLoad,
  participant,
  scenario,
  sentWindow,
  suite,
  window,
} from './fixtures.ts'

describe('accounting in a report', () => {
  const open = suite([scenario('browse', openLoad(10, 3))])
  const closed = suite([scenario('users', closedLoad(5, 3))])

  it('names the driver of every scenario of the http task', () => {
    const of = (type: string, driver?: string) => ({
      ...open.scenarios[0]!,
      ...oneStep({ type, parameters: { driver } }),
    })
    const scenarios = [of('http', 'wire'), of('http', 'undici'), of('other', 'wire')]
    const report = buildReport(header([participant('a')]), { ...open, scenarios }, 1, [])
    assert.deepEqual(
      report.scenarios.map(({ driver }) => driver),
      ['wire', 'undici', null],
    )
  })

  it('counts what a lost node had in flight, and planned after it, as unaccounted', () => {
    const lost = participant('b', { lastSequence: 1, lostAt: 2500 })
    const head = header([participant('a', { lastSequence: 2 }), lost], { durationMs: 3000, degraded: true })
    const batches = [
      ...[0, 1, 2].map((sequence) => batch('a', sequence, sentWindow(5))),
      batch('b', 0, sentWindow(5, 4)),
      batch('b', 1, sentWindow(4, 2, 1)),
    ]
    const report = buildReport(head, open, 1, batches)
    assert.deepEqual(accounts(report.totals), {
      scheduled: 30,
      sent: 21,
      dropped: 1,
      succeeded: 21,
      failed: 0,
      unaccounted: 8,
    })
    assert.equal(report.complete, false)
    assert.equal(report.coverage.windowsExpected, 6)
    assert.equal(report.coverage.windowsReceived, 5)
    assert.deepEqual(
      report.coverage.nodes.map(({ lost, requests }) => [lost, requests]),
      [
        [false, 15],
        [true, 9],
      ],
    )
    assert.equal(report.timeline[2]!.sent, 5)

    const users = buildReport(head, closed, 1, batches)
    assert.deepEqual(accounts(users.totals), {
      scheduled: 25,
      sent: 21,
      dropped: 1,
      succeeded: 21,
      failed: 0,
      unaccounted: 3,
    })
  })

  it('expects at least one more window of a lost node, and none of one that never had a share', () => {
    const early = participant('b', { lastSequence: 4, lostAt: 3100 })
    const never = participant('c', { firstSequence: -1, lastSequence: -2, lostAt: 3100 })
    const silent = participant('d', { firstSequence: 2, lastSequence: 1, lostAt: 3100 })
    const expected = (one: typeof early) => buildReport(header([one]), closed, 1, []).coverage.windowsExpected
    assert.deepEqual([expected(early), expected(never), expected(silent)], [6, 0, 2])
    assert.equal(buildReport(header([never]), closed, 1, []).complete, true)
  })

  it('cuts the plan where the run was stopped', () => {
    const head = header([participant('a', { lastSequence: 1 })], { status: 'stopped', durationMs: 1500 })
    const report = buildReport(head, open, 1, [batch('a', 0, sentWindow(10)), batch('a', 1, sentWindow(4))])
    assert.deepEqual(accounts(report.totals), {
      scheduled: 15,
      sent: 14,
      dropped: 0,
      succeeded: 14,
      failed: 0,
      unaccounted: 1,
    })
    assert.equal(report.totals.rate, 9.333)
    assert.equal(report.timeline.length, 2)
  })

  it('believes the windows when they tell of more than was planned', () => {
    const head = header([participant('a', { lastSequence: 0 })], { durationMs: 500 })
    const report = buildReport(head, open, 1, [batch('a', 0, sentWindow(7))])
    assert.deepEqual([report.totals.scheduled, report.totals.unaccounted], [7, 0])
  })

  it('leaves what is in flight sent while the run goes on, and the plan aside', () => {
    const head = header([participant('a', { lastSequence: 9 })], {
      status: 'running',
      settled: false,
      durationMs: 3000,
    })
    const report = buildReport(head, open, 1, [batch('a', 0, sentWindow(10, 6))])
    assert.deepEqual(accounts(report.totals), {
      scheduled: 10,
      sent: 10,
      dropped: 0,
      succeeded: 6,
      failed: 0,
      unaccounted: 0,
    })
    assert.equal(report.totals.rate, 10)
    assert.equal(report.timeline.length, 1)
    assert.equal(report.complete, false)
  })

  it('counts answers as sent when the window with the send is missing here', () => {
    const head = header([participant('a', { lastSequence: 1 })], { durationMs: 2000 })
    const report = buildReport(head, closed, 1, [batch('a', 1, sentWindow(2, 5))])
    assert.deepEqual([report.totals.sent, report.totals.succeeded, report.totals.scheduled], [5, 5, 5])
    assert.equal(report.complete, false)
  })

  it('takes one scenario after another into the whole', () => {
    const both = suite([scenario('one', openLoad(10, 1)), scenario('two', openLoad(20, 2, 1), 1000)])
    const report = buildReport(header([participant('a', { lastSequence: 3 })], { durationMs: 4000 }), both, 1, [
      batch('a', 0, sentWindow(10)),
      batch('a', 2, window({ scenario: 1, counts: counts({ sent: 20, succeeded: 20 }) })),
      batch('a', 3, window({ scenario: 1, counts: counts({ sent: 20, succeeded: 15, failed: 5 }) })),
    ])
    assert.deepEqual(
      report.scenarios.map(({ totals }) => [totals.scheduled, totals.rate]),
      [
        [10, 10],
        [40, 20],
      ],
    )
    assert.deepEqual([report.totals.scheduled, report.totals.failed, report.totals.rate], [50, 5, 16.667])
  })

  it('keeps the steps of a scenario apart, and iterations from requests', () => {
    const head = header([participant('a', { lastSequence: 0 })], { durationMs: 1000 })
    const [first] = closed.scenarios
    const steps = ['login', 'buy'].map((name) => ({ ...first!.steps[0]!, name }))
    const journey = { ...first!, steps, branches: [{ weight: 1, steps: [0, 1] }] }
    const report = buildReport(head, { ...closed, scenarios: [journey] }, 1, [
      batch(
        'a',
        0,
        sentWindow(3),
        window({ step: 1, counts: counts({ sent: 2, failed: 2 }) }),
        window({ step: 2, counts: counts({ sent: 3, dropped: 1, succeeded: 1, failed: 2 }) }),
        // Of a version that counts something else: passed over.
        window({ step: 3, counts: counts({ sent: 100, succeeded: 100 }) }),
      ),
    ])
    const [told] = report.scenarios
    assert.deepEqual(
      told!.steps.map(({ name, totals }) => [name, totals.sent, totals.failed]),
      [
        ['login', 3, 0],
        ['buy', 2, 2],
      ],
    )
    const { scheduled, sent, dropped } = told!.totals
    assert.deepEqual([scheduled, sent, dropped], [6, 5, 1])
    assert.deepEqual([told!.iterations?.scheduled, told!.iterations?.failed], [4, 2])
    assert.equal(report.totals.sent, 5)
    assert.deepEqual([report.timeline[0]!.sent, report.timeline[0]!.dropped], [5, 1])
    assert.equal(report.coverage.nodes[0]!.requests, 5)
  })
})
