/** A run of two scenarios that still goes on, and what its thresholds make of windows. */

import { buildReport } from '../../../src/metrics/build-report.ts'
import type { ReportHeader } from '../../../src/metrics/report-document.ts'
import type { WindowBatch } from '../../../src/metrics/window.ts'
import type { Suite, Threshold } from '../../../src/suite/spec.ts'
import { batch, counts, encoded, header, openLoad, participant, scenario, suite, window } from './fixtures.ts'

export const browsed = window({
  counts: counts({ sent: 4, dropped: 1, succeeded: 3, failed: 1 }),
  latency: encoded(100_000, 200_000, 300_000, 1_000_000),
  serviceTime: encoded(50_000),
  lateness: encoded(1000),
  bytesSent: 1000,
  bytesReceived: 5000,
  checks: [
    [3, 1],
    [2, 0],
  ],
})
export const run = [batch('a', 1, browsed)]
export const going: ReportHeader = header([participant('a', { lastSequence: 9 })], {
  settled: false,
  status: 'running',
  durationMs: 2000,
})

export function suiteWith(...thresholds: readonly Threshold[]) {
  return suite([scenario('browse', openLoad(2, 2)), scenario('idle', openLoad(2, 2))], { thresholds })
}

export function resultsOf(one: Suite, batches: readonly WindowBatch[], of: ReportHeader = going) {
  return buildReport(of, one, 7, batches).thresholds
}

/** Requests of one second. */
export function second(given: Parameters<typeof counts>[0], ...millis: readonly number[]) {
  return window({ counts: counts(given), latency: encoded(...millis.map((one) => one * 1000)) })
}

export const two = [
  participant('a', { node: 'alpha', lastSequence: 9 }),
  participant('b', { node: 'beta', lastSequence: 9 }),
]
