/** Reports and live totals that are made up: of a run of two seconds on one node, `alpha`. */

import type { RunId } from '../../../src/base/ids.ts'
import type { LiveTotals } from '../../../src/metrics/live-document.ts'
import type { LatencySummary, Report, Totals } from '../../../src/metrics/report-document.ts'

const LATENCY: LatencySummary = Object.freeze({
  unit: 'ms',
  min: 1,
  mean: 2.5,
  stddev: 0.5,
  p50: 2,
  p75: 3,
  p90: 4,
  p95: 5,
  p99: 6,
  p99_9: 7,
  max: 8,
})

const TOTALS: Totals = Object.freeze({
  scheduled: 100,
  sent: 98,
  dropped: 2,
  succeeded: 97,
  failed: 1,
  unaccounted: 0,
  rate: 49,
  bytesSent: 1000,
  bytesReceived: 2000,
  latency: LATENCY,
  serviceTime: LATENCY,
  lateness: LATENCY,
  errors: { timeout: 1 },
})

export function fakeReport(runId: RunId, over: Partial<Report> = {}): Report {
  return {
    runId,
    suite: 'shop',
    status: 'completed',
    startedAt: '2030-01-01T00:00:00.000Z',
    durationMs: 2000,
    degraded: false,
    complete: true,
    coverage: {
      windowsExpected: 2,
      windowsReceived: 2,
      nodes: [
        {
          node: 'alpha',
          bootId: 'boot-alpha',
          windows: 2,
          requests: 98,
          firstAt: 0,
          lastAt: 1990,
          lost: false,
          pacing: 'precise',
        },
      ],
    },
    generatorSaturated: [
      {
        node: 'alpha',
        bootId: 'boot-alpha',
        reason: 'lateness',
        observed: 20,
        unit: 'ms',
        bound: 10,
        seconds: null,
        hint: 'add nodes',
      },
    ],
    totals: TOTALS,
    scenarios: [
      {
        name: 'browse',
        driver: 'wire',
        totals: TOTALS,
        warmup: { sent: 0, succeeded: 0, failed: 0, dropped: 0 },
        steps: [{ name: 'browse', totals: TOTALS }],
      },
    ],
    thresholds: [],
    events: [{ at: 0, kind: 'run-started', message: 'the run started' }],
    timeline: [
      {
        at: 0,
        scheduled: 50,
        sent: 49,
        succeeded: 49,
        failed: 0,
        dropped: 1,
        rate: 49,
        p50: 2,
        p99: 6,
        latenessP50: 0,
        latenessP99: 1,
      },
      {
        at: 1000,
        scheduled: 50,
        sent: 49,
        succeeded: 48,
        failed: 1,
        dropped: 1,
        rate: 49,
        p50: 2,
        p99: 6,
        latenessP50: 0,
        latenessP99: 1,
      },
    ],
    digest: 'd'.repeat(64),
    ...over,
  }
}

export function fakeLive(runId: RunId, at: number): LiveTotals {
  return {
    runId,
    status: 'running',
    at,
    durationMs: 2000,
    nodes: ['alpha'],
    totals: TOTALS,
    scenarios: [
      {
        name: 'browse',
        startMs: 0,
        durationMs: 2000,
        warmupMs: 0,
        rate: 49,
        inFlight: 3,
        errorsPerSecond: 1,
        p50: 2,
        p99: 6,
        sent: 98,
        failed: 1,
        dropped: 2,
      },
    ],
  }
}
