/** Suites, windows and headers for tests: the smallest ones, with what a test is about given over. */

import { Histogram } from '../../../src/metrics/histogram.ts'
import type { Participation, ReportHeader, Totals } from '../../../src/metrics/report-document.ts'
import {
  type Counts,
  type EncodedHistogram,
  NOTHING_MEASURED,
  type Window,
  type WindowBatch,
  ZERO_COUNTS,
} from '../../../src/metrics/window.ts'
import type { Step } from '../../../src/suite/journey-spec.ts'
import type { Load, Scenario, Suite, Threshold } from '../../../src/suite/spec.ts'
import { oneStep } from '../one-step.ts'

export const RUN_ID = 'r00000001-0000000001'

export function encoded(...micros: readonly number[]): EncodedHistogram {
  const histogram = Histogram.forSecond()
  for (const value of micros) histogram.record(value)
  return histogram.encode()
}

export function counts(given: Partial<Counts>): Counts {
  const { sent = 0, dropped = 0 } = given
  return { ...ZERO_COUNTS, scheduled: sent + dropped, ...given }
}

export function window(given: Partial<Window> = {}): Window {
  return {
    scenario: 0,
    step: 0,
    counts: ZERO_COUNTS,
    warmup: ZERO_COUNTS,
    ...NOTHING_MEASURED,
    ...given,
  }
}

/** Requests that were sent, and how many of them were answered. */
export function sentWindow(sent: number, answered = sent, dropped = 0) {
  return window({ counts: counts({ sent, dropped, succeeded: answered }) })
}

export function batch(bootId: string, sequence: number, ...windows: readonly Window[]): WindowBatch {
  return { runId: RUN_ID, bootId, sequence, windows }
}

export function openLoad(rate: number, seconds: number, warmupSeconds = 0): Load {
  return {
    model: 'open',
    warmupMs: warmupSeconds * 1000,
    segments: [{ durationMs: seconds * 1000, fromRate: rate, toRate: rate }],
    repeat: 1,
    arrivals: 'even',
    maxInFlight: 1000,
  }
}

export function closedLoad(users: number, seconds: number, warmupSeconds = 0): Load {
  return {
    model: 'closed',
    warmupMs: warmupSeconds * 1000,
    users,
    segments: [{ durationMs: seconds * 1000, fromUsers: users, toUsers: users }],
    repeat: 1,
    durationMs: seconds * 1000,
    thinkTimeMs: 0,
  }
}

export function scenario(name: string, load: Load, startMs = 0): Scenario {
  const measured =
    load.model === 'open' ? load.segments.reduce((sum, { durationMs }) => sum + durationMs, 0) : load.durationMs
  return {
    name,
    startMs,
    durationMs: load.warmupMs + measured,
    load,
    ...oneStep({ type: 'http', parameters: {} }),
  }
}

export function suite(scenarios: readonly Scenario[], given: Partial<Suite> = {}): Suite {
  return {
    name: 'shop',
    mode: 'parallel',
    onNodeLoss: 'redistribute',
    shares: 'equal',
    gracefulStopMs: 30_000,
    scenarios,
    thresholds: [],
    durationMs: Math.max(...scenarios.map(({ startMs, durationMs }) => startMs + durationMs)),
    ...given,
  }
}

export function threshold(metric: string, expression: string, given: Partial<Threshold> = {}): Threshold {
  return { metric, expression, abortOnFail: false, delayAbortEvalMs: 0, ...given }
}

export function participant(bootId: string, given: Partial<Participation> = {}): Participation {
  return { bootId, node: `node-${bootId}`, firstSequence: 0, lastSequence: 0, lostAt: null, ...given }
}

export function header(participants: readonly Participation[], given: Partial<ReportHeader> = {}): ReportHeader {
  return {
    runId: RUN_ID,
    status: 'completed',
    startedAt: '2026-01-02T03:04:05.678Z',
    durationMs: 1000,
    degraded: false,
    participants,
    events: [],
    revisions: [],
    setup: null,
    teardown: null,
    settled: true,
    ...given,
  }
}

/** The scenario as a journey of these steps, one after the other. */
export function journey(one: Scenario, ...steps: readonly Partial<Step>[]): Scenario {
  const [first] = one.steps
  return {
    ...one,
    steps: steps.map((given) => ({ ...first!, ...given })),
    branches: [{ weight: 1, steps: steps.map((_, index) => index) }],
  }
}

/** What a report says became of the requests that were planned. */
export function accounts({ scheduled, sent, dropped, succeeded, failed, unaccounted }: Totals) {
  return { scheduled, sent, dropped, succeeded, failed, unaccounted }
}
