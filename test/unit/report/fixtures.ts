/** A small report of two scenarios on two nodes, one of which can be lost. */

import { RunAccumulator } from '../../../src/metrics/accumulator.ts'
import { buildReport } from '../../../src/metrics/build-report.ts'
import type { LiveTotals } from '../../../src/metrics/live-document.ts'
import type { Report, ReportHeader } from '../../../src/metrics/report-document.ts'
import type { WindowBatch } from '../../../src/metrics/window.ts'
import type { Suite } from '../../../src/suite/spec.ts'
import {
  batch,
  counts,
  encoded,
  header,
  openLoad,
  participant,
  RUN_ID,
  scenario,
  suite,
  threshold,
  window,
} from '../metrics/fixtures.ts'

const thresholds = [
  ['duration', 'p(95)<200ms'],
  ['duration', 'max<1s'],
  ['failed', 'rate<1%'],
  ['requests{scenario:buy}', 'rate>=5/s'],
].map(([metric, expression]) => threshold(metric!, expression!))

export const shop: Suite = suite([scenario('browse', openLoad(1000, 3, 1)), scenario('buy', openLoad(10, 4))], {
  thresholds,
})

function second(bootId: string, sequence: number, late: boolean): WindowBatch {
  const fired = counts({ sent: 499, dropped: 1, succeeded: 498, failed: 1 })
  const common = {
    bytesSent: 60_000,
    bytesReceived: 1_000_000,
    firstAt: sequence * 1000,
    lastAt: sequence * 1000 + 998,
  }
  const browse =
    sequence === 0
      ? window({ ...common, warmup: fired })
      : window({
          ...common,
          counts: fired,
          errors: { timeout: 1 },
          latency: encoded(900, 1200, 15_000, 250_000),
          serviceTime: encoded(800, 1100, 14_000, 249_000),
          lateness: encoded(100, 100, late ? 30_000 : 1000),
          inFlight: 12,
        })
  const buy = window({
    scenario: 1,
    counts: counts({ sent: 5, succeeded: 5 }),
    latency: encoded(2_000_000),
    inFlight: 1,
  })
  const generator = { pacing: bootId === 'a' ? 'precise' : 'eco', busy: 400, starved: 0 } as const
  return { ...batch(bootId, sequence, browse, buy), generator }
}

export function batches(late = false): WindowBatch[] {
  return [0, 1, 2, 3].flatMap((sequence) => [second('a', sequence, late), second('b', sequence, late)])
}

const alpha = participant('a', { node: 'alpha', lastSequence: 3 })
const beta = participant('b', { node: 'beta', lastSequence: 3 })

export function completeReport(given: Partial<ReportHeader> = {}, of: Suite = shop): Report {
  const head = header([alpha, beta], {
    durationMs: 4000,
    events: [{ at: 0, kind: 'run-started', message: 'the run started on 2 nodes' }],
    ...given,
  })
  return buildReport(head, of, 1, batches())
}

/** Node beta is lost after two seconds, the generator is late, and one event is hostile. */
export function lostReport(): Report {
  const head = header([alpha, { ...beta, lastSequence: 1, lostAt: 2900 }], {
    durationMs: 4000,
    degraded: true,
    events: [
      { at: 0, kind: 'run-started', message: 'the run started on 2 nodes' },
      {
        at: 2900,
        kind: 'node-lost',
        node: 'beta',
        message: 'node beta was lost: its connection closed and it refuses new ones; its share moves to alpha',
      },
      { at: 3100, kind: 'node-failed', message: 'a task said \u001b[31mred\u001b[0m' },
    ],
  })
  return buildReport(head, shop, 1, batches(true))
}

export function liveTotals(seconds = 3): LiveTotals {
  const accumulator = new RunAccumulator(shop)
  for (const one of batches().slice(0, 2 * seconds)) accumulator.add(one)
  const nodes = [
    { node: 'alpha', bootId: 'a' },
    { node: 'beta', bootId: 'b' },
  ]
  return accumulator.live({ runId: RUN_ID, status: 'running', durationMs: 4000, nodes })
}
