import assert from 'node:assert/strict'
import { buildReport } from '../../../src/metrics/build-report.ts'
import { digestOf } from '../../../src/metrics/digest.ts'
import {
  accounts,
  batch,
  counts,
  encoded,
  header,
  openLoad,
  participant,
  RUN_ID,
  scenario,
  sentWindow,
  suite,
  threshold,
  window,
} from './fixtures.ts'

describe('a report', () => {
  const shop = suite([scenario('browse', openLoad(4, 2, 1))], {
    thresholds: [threshold('failed', 'rate<10%')],
  })
  const warm = window({ warmup: counts({ sent: 2, succeeded: 1 }), firstAt: 0.0004, lastAt: 750 })
  const first = window({
    counts: counts({ sent: 2, succeeded: 1 }),
    warmup: counts({ succeeded: 1 }),
    latency: encoded(1500),
    serviceTime: encoded(1000),
    lateness: encoded(500, 500),
    bytesSent: 20,
    bytesReceived: 100,
    firstAt: 1000,
    lastAt: 1500,
  })
  const second = window({
    counts: counts({ sent: 1, dropped: 1, succeeded: 1, failed: 1 }),
    errors: { timeout: 1 },
    latency: encoded(2500, 9000),
    firstAt: 2000,
    lastAt: 2000,
  })
  const ofA = [batch('a', 0, warm), batch('a', 1, first), batch('a', 2, second)]
  const ofB = [batch('b', 1, sentWindow(2)), batch('b', 2, sentWindow(2, 1)), batch('b', 3, sentWindow(0, 1))]
  const head = header(
    [
      participant('b', { node: 'alpha', firstSequence: 1, lastSequence: 3 }),
      participant('a', { node: 'beta', lastSequence: 2 }),
    ],
    {
      durationMs: 3000,
      events: [{ message: 'began', kind: 'run-started', at: 0 }],
    },
  )
  const report = buildReport(head, shop, 1, [...ofA, ...ofB])

  it('says what the run was and what happened', () => {
    assert.deepEqual(
      [report.runId, report.suite, report.status, report.startedAt, report.durationMs, report.degraded],
      [RUN_ID, 'shop', 'completed', '2026-01-02T03:04:05.678Z', 3000, false],
    )
    assert.equal(JSON.stringify(report.events), '[{"at":0,"kind":"run-started","message":"began"}]')
  })

  it('adds the measured part up and keeps the warm-up apart', () => {
    const { latency, serviceTime, lateness, ...rest } = report.totals
    assert.deepEqual(rest, {
      scheduled: 8,
      sent: 7,
      dropped: 1,
      succeeded: 6,
      failed: 1,
      unaccounted: 0,
      rate: 3.5,
      bytesSent: 20,
      bytesReceived: 100,
      errors: { timeout: 1 },
    })
    assert.deepEqual([latency.min, latency.p50, latency.max, latency.mean], [1.5, 2.501, 9, 4.333])
    assert.equal(serviceTime.max, 1)
    assert.equal(lateness.p99, 0.5)
    assert.deepEqual(report.scenarios[0]!.warmup, { sent: 2, succeeded: 2, failed: 0, dropped: 0 })
    assert.deepEqual(report.scenarios[0]!.totals, report.totals)
    assert.deepEqual(report.scenarios[0]!.steps, [{ name: 'http', totals: report.totals }])
  })

  it('shows each second, and of the drain those with answers', () => {
    const none = { scheduled: 0, sent: 0, succeeded: 0, failed: 0, dropped: 0, rate: 0 }
    const zero = { ...none, p50: 0, p99: 0, latenessP50: 0, latenessP99: 0 }
    const late = { latenessP50: 0.5, latenessP99: 0.5 }
    assert.deepEqual(report.timeline, [
      { at: 0, ...zero },
      { at: 1000, ...zero, scheduled: 4, sent: 4, succeeded: 3, rate: 4, p50: 1.5, p99: 1.5, ...late },
      { at: 2000, ...zero, scheduled: 4, sent: 3, dropped: 1, succeeded: 2, failed: 1, rate: 3, p50: 2.501, p99: 9 },
      { at: 3000, ...zero, succeeded: 1 },
    ])
  })

  it('covers the nodes, sorted by name', () => {
    assert.equal(report.complete, true)
    assert.deepEqual(report.coverage, {
      windowsExpected: 6,
      windowsReceived: 6,
      nodes: [
        { node: 'alpha', bootId: 'b', windows: 3, requests: 4, firstAt: null, lastAt: null, lost: false, pacing: null },
        { node: 'beta', bootId: 'a', windows: 3, requests: 5, firstAt: 0, lastAt: 2000, lost: false, pacing: null },
      ],
    })
  })

  it('evaluates the thresholds', () => {
    assert.deepEqual(report.thresholds, [{ metric: 'failed', expression: 'rate<10%', ok: false, observed: 1 / 7 }])
  })

  it('carries the digest of the rest', () => {
    const { digest, ...rest } = report
    assert.equal(digest, digestOf(rest))
  })

  it('has its members in the documented order', () => {
    const members =
      'runId suite status startedAt durationMs degraded complete coverage generatorSaturated totals scenarios thresholds events timeline digest'
    assert.equal(Object.keys(report).join(' '), members)
  })

  it('passes over batches that do not belong', () => {
    const strange = [
      batch('c', 1, sentWindow(9)),
      batch('a', 3, sentWindow(9)),
      batch('b', 0, sentWindow(9)),
      { ...batch('a', 1, sentWindow(9)), runId: 'r00000001-0000000002' },
      batch('a', 1, sentWindow(9)),
    ]
    assert.deepEqual(buildReport(head, shop, 1, [...ofA, ...ofB, ...strange]), report)
  })

  it('is about nothing when nothing was fired', () => {
    const empty = buildReport(header([], { status: 'failed', startedAt: null, durationMs: 0 }), shop, 1, [])
    assert.deepEqual(Object.values(accounts(empty.totals)), [0, 0, 0, 0, 0, 0])
    assert.equal(empty.totals.rate, 0)
    assert.deepEqual(empty.timeline, [])
    assert.equal(empty.complete, true)
  })
})
