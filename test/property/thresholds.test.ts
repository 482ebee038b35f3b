/** Thresholds while a run goes on and in its report: the same verdicts, in whatever order windows come. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { buildReport } from '../../src/metrics/build-report.ts'
import { PlannedArrivals } from '../../src/metrics/planned-arrivals.ts'
import type { ThresholdResult } from '../../src/metrics/report-document.ts'
import { type Crossing, type Teller, ThresholdWatch } from '../../src/metrics/threshold-watch.ts'
import type { WindowBatch } from '../../src/metrics/window.ts'
import type { Scenario, Suite } from '../../src/suite/spec.ts'
import {
  batch,
  closedLoad,
  counts,
  encoded,
  header,
  journey,
  openLoad,
  participant,
  scenario,
  suite,
  threshold,
  window,
} from '../unit/metrics/fixtures.ts'

const SEED = 7
const SECONDS = 8

const CONDITIONS: readonly (readonly [metric: string, conditions: readonly string[]])[] = [
  ['duration', ['p(90)<400ms', 'avg<250ms', 'p(50)>300ms for 2s', 'max>=450ms for 3s']],
  ['iteration_duration', ['p(90)<400ms', 'max>=450ms for 2s']],
  ['lateness', ['max<3ms', 'min>1ms for 2s']],
  ['failed', ['rate<30%', 'count<5', 'rate>50% for 2s', 'rate==100% for 1s']],
  ['dropped', ['rate<20%', 'count==0', 'rate>30% for 2s']],
  ['rate', ['rate>=80%', 'rate<90% for 2s']],
  ['requests', ['rate>=5/s', 'count>20', 'rate<4/s for 2s', 'count==0 for 1s']],
  ['iterations', ['count<9', 'rate<3/s for 3s']],
  ['checks', ['rate>60%', 'count<40', 'rate<50% for 2s']],
  ['generatorSaturated', ['count==0', 'count>1 for 2s']],
  ['bytes_sent', ['count<700B', 'rate>60B/s for 2s']],
]
/** Of whole iterations first. */
const SELECTIONS = ['', 'scenario:open', 'scenario:users', 'node:x', 'scenario:open,node:y', 'node:nobody', 'of:all']
const OF_STEPS = ['step:login', 'group:shop', 'team:shop,node:x', 'check:ok']
const BY_STEP = ['duration', 'lateness', 'failed', 'requests', 'bytes_sent', 'checks']

const declared = fc
  .tuple(fc.constantFrom(...CONDITIONS), fc.constantFrom(...SELECTIONS, ...OF_STEPS), fc.nat(), fc.nat({ max: 3 }))
  .filter(([[metric], selection]) => !(metric === 'generatorSaturated' && /scenario|of/.test(selection)))
  .filter(([[metric], selection]) => BY_STEP.includes(metric) || !OF_STEPS.includes(selection))
  .filter(([[metric], selection]) => metric === 'checks' || !selection.startsWith('check'))
  .filter(([[metric], selection]) => !(metric === 'rate' && selection.includes('users')))
  .map(([[metric, conditions], selection, which, delay]) =>
    threshold(selection === '' ? metric : `${metric}{${selection}}`, conditions[which % conditions.length]!, {
      abortOnFail: true,
      delayAbortEvalMs: delay * 1000,
    }),
  )
  // A fault that was over before the delay is in the report, and ends no run.
  .map((one) => (one.expression.includes(' for ') ? { ...one, delayAbortEvalMs: 0 } : one))

interface Case {
  readonly suite: Suite
  readonly batches: readonly WindowBatch[]
}

const part = fc.record({
  dropped: fc.nat({ max: 3 }),
  failed: fc.nat({ max: 4 }),
  millis: fc.nat({ max: 500 }),
  late: fc.nat({ max: 4 }),
  passed: fc.nat({ max: 9 }),
  refused: fc.nat({ max: 9 }),
  busy: fc.boolean(),
})

/** Three nodes, two of them of one name, that tell of every arrival planned, second by second. */
const caseOf: fc.Arbitrary<Case> = fc
  .record({
    thresholds: fc.array(declared, { minLength: 1, maxLength: 4 }),
    rate: fc.integer({ min: 0, max: 12 }),
    warmup: fc.nat({ max: 2 }),
    poisson: fc.boolean(),
    parts: fc.array(fc.tuple(part, part), { minLength: 3 * SECONDS, maxLength: 3 * SECONDS }),
  })
  .map(({ thresholds, rate, warmup, poisson, parts }) => {
    const even = openLoad(rate, SECONDS - warmup - 1, warmup)
    const open = even.model === 'open' && poisson ? { ...even, arrivals: 'poisson' as const } : even
    const scenarios = [journeyOf(scenario('open', open)), scenario('users', closedLoad(3, SECONDS))]
    const one = suite(scenarios, { thresholds })
    const arrivals = new PlannedArrivals(one, SEED)
    const batches = Array.from({ length: SECONDS }, (_, sequence) =>
      ['a', 'b', 'c'].map((bootId, node) => {
        const [first, second] = parts[3 * sequence + node]!
        const planned = arrivals.count(0, sequence * 1000, (sequence + 1) * 1000) ?? 0
        const share = Math.floor((planned + node) / 3)
        return {
          ...batch(
            bootId,
            sequence,
            windowOf(0, 0, share, first),
            windowOf(0, 1, share, second),
            windowOf(0, 2, share, { ...first, failed: second.failed }),
            windowOf(1, 0, first.millis % 5, second),
          ),
          generator: { pacing: 'eco', busy: first.busy ? 950 : 100, starved: 0 } as const,
        }
      }),
    ).flat()
    return { suite: one, batches }
  })

function journeyOf(one: Scenario): Scenario {
  const ok = { name: 'ok', part: { kind: 'status' }, test: { kind: 'exists' } } as const
  return journey(
    one,
    { name: 'login', tags: { of: 'all' }, expect: [ok] },
    { name: 'buy', group: 'shop', tags: { of: 'all', team: 'shop' }, expect: [{ ...ok, name: 'other' }] },
  )
}

function windowOf(index: number, step: number, scheduled: number, given: PartValue) {
  const dropped = Math.min(given.dropped, scheduled)
  const sent = scheduled - dropped
  const failed = Math.min(given.failed, sent)
  const latency = encoded(...Array.from({ length: sent }, (_, i) => given.millis * 1000 + i))
  return window({
    scenario: index,
    step,
    counts: counts({ sent, dropped, failed, succeeded: sent - failed }),
    latency,
    serviceTime: latency,
    lateness: encoded(...Array.from({ length: sent }, () => given.late * 1000)),
    errors: failed > 0 ? { E: failed } : {},
    checks: [[given.passed, given.refused]],
    bytesSent: 10 * sent,
  })
}

type PartValue = { dropped: number; failed: number; millis: number; late: number; passed: number; refused: number }

const nodes = [
  { bootId: 'a', node: 'x' },
  { bootId: 'b', node: 'y' },
  { bootId: 'c', node: 'x' },
]
const nameOf = (bootId: string) => nodes.find((each) => each.bootId === bootId)!.node
const tellers: Teller[] = nodes.map(({ bootId }) => ({ bootId, firstSequence: 0, lastSequence: SECONDS - 1 }))

/** The report of a run that ended after a second. */
function resultsAfter(one: Case, second: number): readonly ThresholdResult[] {
  const participants = nodes.map(({ bootId, node }) => participant(bootId, { node, lastSequence: second }))
  const batches = one.batches.filter(({ sequence }) => sequence <= second)
  return buildReport(header(participants, { durationMs: (second + 1) * 1000 }), one.suite, SEED, batches).thresholds
}

/** What should end the run, by the reports of all its beginnings. */
function expectedOf(one: Case): Crossing | null {
  for (let second = 0; second < SECONDS; second++) {
    const at = (second + 1) * 1000
    for (const [index, { ok, observed, metric, expression }] of resultsAfter(one, second).entries()) {
      if (ok || observed === null || at < one.suite.thresholds[index]!.delayAbortEvalMs) continue
      return { index, metric, expression, observed, at }
    }
  }
  return null
}

function watched(one: Case, batches: readonly WindowBatch[]): Crossing | null {
  const watch = new ThresholdWatch(one.suite, SEED)
  watch.expect(tellers)
  for (const each of batches) watch.add(nameOf(each.bootId), each)
  return watch.crossing
}

describe('thresholds, whatever the windows', () => {
  it('end a run with the second in which its report would have them crossed', () => {
    fc.assert(
      fc.property(caseOf, (one) => {
        assert.deepEqual(watched(one, one.batches), expectedOf(one))
      }),
      { numRuns: 40 },
    )
  })

  it('end it with the same in any order in which windows may come, with any of them repeated', () => {
    fc.assert(
      fc.property(
        caseOf,
        fc.infiniteStream(fc.nat({ max: 3999 })),
        fc.infiniteStream(fc.boolean()),
        (one, delays, twice) => {
          const coming = one.batches
            .flatMap((each) => (twice.next().value ? [each, each] : [each]))
            .map((each) => ({ each, at: each.sequence * 1000 + delays.next().value! }))
            .sort((a, b) => a.at - b.at)
            .map(({ each }) => each)
          assert.deepEqual(watched(one, coming), watched(one, one.batches))
        },
      ),
    )
  })

  it('are the same when another coordinator goes on from what is stored', () => {
    fc.assert(
      fc.property(caseOf, fc.nat({ max: 3 * SECONDS }), (one, known) => {
        const watch = new ThresholdWatch(one.suite, SEED)
        for (const each of one.batches.slice(0, known)) watch.add(nameOf(each.bootId), each)
        watch.expect(tellers)
        for (const each of one.batches.slice(Math.max(0, known - 2))) watch.add(nameOf(each.bootId), each)
        assert.deepEqual(watch.crossing, watched(one, one.batches))
      }),
    )
  })

  it('have the same results in the report in any order, with any windows repeated', () => {
    fc.assert(
      fc.property(caseOf, fc.infiniteStream(fc.nat()), fc.infiniteStream(fc.boolean()), (one, keys, twice) => {
        const shuffled = one.batches
          .flatMap((each) => (twice.next().value ? [each, each] : [each]))
          .map((each) => ({ each, key: keys.next().value! }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each)
        const last = SECONDS - 1
        assert.deepEqual(resultsAfter({ ...one, batches: shuffled }, last), resultsAfter(one, last))
      }),
      { numRuns: 40 },
    )
  })
})
