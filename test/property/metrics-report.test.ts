import assert from 'node:assert/strict'
import fc from 'fast-check'
import { RunAccumulator } from '../../src/metrics/accumulator.ts'
import { buildReport } from '../../src/metrics/build-report.ts'
import type { Participation, Report, ReportHeader, Totals } from '../../src/metrics/report-document.ts'
import { checkBatch } from '../../src/metrics/validate-batch.ts'
import type { Counts, Window, WindowBatch } from '../../src/metrics/window.ts'
import type { Scenario, Suite } from '../../src/suite/spec.ts'
import {
  batch,
  closedLoad,
  encoded,
  header,
  openLoad,
  participant,
  scenario,
  suite,
  window,
} from '../unit/metrics/fixtures.ts'

const small = fc.nat({ max: 30 })
const countsOf: fc.Arbitrary<Counts> = fc
  .tuple(small, small, small, small)
  .map(([sent, dropped, succeeded, failed]) => ({ scheduled: sent + dropped, sent, dropped, succeeded, failed }))

const windowOf = (scenarioIndex: number, step: number): fc.Arbitrary<Window> =>
  fc
    .tuple(countsOf, countsOf, fc.array(fc.nat({ max: 5_000_000 }), { maxLength: 5 }), small)
    .map(([counts, warmup, micros, bytes]) => {
      const latency = encoded(...micros.slice(0, counts.succeeded + counts.failed))
      return window({
        scenario: scenarioIndex,
        step,
        counts,
        warmup,
        latency,
        serviceTime: latency,
        lateness: latency,
        bytesSent: bytes,
        bytesReceived: bytes * 7,
        errors: counts.failed > 0 ? { [`E${bytes % 4}`]: counts.failed } : {},
        firstAt: bytes,
        lastAt: bytes + 0.25,
      })
    })

/** Up to four nodes, each with a range of seconds of which some batches are missing. */
const batchesOf = (participants: readonly Participation[]) => {
  const sequences = participants.flatMap(({ bootId, firstSequence, lastSequence }) =>
    Array.from({ length: Math.max(0, lastSequence - firstSequence + 1) }, (_, index) => ({
      bootId,
      sequence: firstSequence + index,
    })),
  )
  const windows = fc.tuple(
    ...[0, 1].flatMap((scenario) => [
      fc.option(windowOf(scenario, 0)),
      fc.option(windowOf(scenario, 1), { freq: 1 }),
      // Iterations, or nothing that is known.
      fc.option(windowOf(scenario, 2), { freq: 1 }),
    ]),
  )
  return fc.tuple(
    ...sequences.map(({ bootId, sequence }) =>
      fc
        .option(windows, { freq: 8 })
        .map((present) =>
          present === null ? [] : [batch(bootId, sequence, ...present.filter((one) => one !== null))],
        ),
    ),
  )
}

const participantsOf: fc.Arbitrary<Participation[]> = fc
  .array(
    fc.record({
      firstSequence: fc.nat({ max: 3 }),
      length: fc.nat({ max: 4 }),
      lostAfter: fc.option(fc.nat({ max: 3000 }), { freq: 2 }),
      node: fc.constantFrom('x', 'y'),
    }),
    { maxLength: 4 },
  )
  .map((given) =>
    given.map(({ firstSequence, length, lostAfter, node }, index) => {
      const lastSequence = firstSequence + length - 1
      const lostAt = lostAfter === null ? null : (lastSequence + 1) * 1000 + lostAfter
      return participant(`boot${index}`, { node, firstSequence, lastSequence, lostAt })
    }),
  )

const twoSteps = (one: Scenario) => ['first', 'second'].map((name) => ({ ...one.steps[0]!, name }))
const journeyOf = (one: Scenario): Scenario => ({
  ...one,
  steps: twoSteps(one),
  branches: [{ weight: 1, steps: [0, 1, 1] }],
})
const mixOf = (one: Scenario): Scenario => ({
  ...one,
  steps: twoSteps(one),
  branches: [0, 1].map((step) => ({ weight: step + 1, steps: [step] })),
})

const suiteOf: fc.Arbitrary<Suite> = fc
  .tuple(fc.nat({ max: 40 }), fc.nat({ max: 5 }), fc.nat({ max: 2 }), fc.boolean(), fc.boolean())
  .map(([rate, seconds, warmup, poisson, mixed]) => {
    const load = openLoad(rate, seconds, warmup)
    const first = load.model === 'open' && poisson ? { ...load, arrivals: 'poisson' as const } : load
    const opened = scenario('open', first)
    return suite([mixed ? mixOf(opened) : opened, journeyOf(scenario('closed', closedLoad(3, 4, warmup)))])
  })

interface Case {
  readonly suite: Suite
  readonly header: ReportHeader
  readonly batches: readonly WindowBatch[]
}

const caseOf: fc.Arbitrary<Case> = fc
  .tuple(suiteOf, participantsOf, fc.nat({ max: 7000 }), fc.boolean())
  .chain(([one, participants, durationMs, settled]) =>
    batchesOf(participants).map((batches) => ({
      suite: one,
      header: header(participants, { durationMs, settled, status: settled ? 'completed' : 'running' }),
      batches: batches.flat(),
    })),
  )

function totalsIn(report: Report): Totals[] {
  return [
    report.totals,
    ...report.scenarios.flatMap(({ totals, steps, iterations }) => [
      totals,
      ...steps.map((step) => step.totals),
      ...(iterations === undefined ? [] : [iterations]),
    ]),
  ]
}

const build = (one: Case, batches: readonly WindowBatch[]) => buildReport(one.header, one.suite, 7, batches)

describe('reports, whatever the windows', () => {
  it('are the same bytes in any order, with any batches repeated', () => {
    fc.assert(
      fc.property(caseOf, fc.infiniteStream(fc.nat()), fc.infiniteStream(fc.boolean()), (one, keys, repeats) => {
        const once = JSON.stringify(build(one, one.batches))
        const shuffled = one.batches
          .flatMap((each) => (repeats.next().value ? [each, each] : [each]))
          .map((each) => ({ each, key: keys.next().value! }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each)
        const participants = one.header.participants.toReversed()
        const other = { ...one, header: { ...one.header, participants } }
        assert.equal(JSON.stringify(build(other, shuffled)), once)
      }),
    )
  })

  it('account for every request', () => {
    fc.assert(
      fc.property(caseOf, (one) => {
        const report = build(one, one.batches)
        for (const totals of totalsIn(report)) {
          const { scheduled, sent, dropped, succeeded, failed, unaccounted } = totals
          assert.equal(scheduled, sent + dropped + unaccounted)
          if (one.header.settled) assert.equal(sent, succeeded + failed)
          else assert.ok(sent >= succeeded + failed)
          for (const value of Object.values({ scheduled, sent, dropped, succeeded, failed, unaccounted })) {
            assert.ok(Number.isInteger(value) && value >= 0)
          }
        }
      }),
    )
  })

  it('add up: the whole is the sum of the scenarios', () => {
    fc.assert(
      fc.property(caseOf, (one) => {
        const { totals, scenarios } = build(one, one.batches)
        for (const field of [
          'scheduled',
          'sent',
          'dropped',
          'succeeded',
          'failed',
          'unaccounted',
          'bytesSent',
        ] as const) {
          assert.equal(
            scenarios.reduce((sum, part) => sum + part.totals[field], 0),
            totals[field],
          )
        }
        const errors = Object.values(totals.errors).reduce((a, b) => a + b, 0)
        assert.equal(errors, totals.failed)
      }),
    )
  })

  it('add up in scenarios, too: what was sent is the sum over the steps, and what was not is so by iterations', () => {
    fc.assert(
      fc.property(caseOf, (one) => {
        for (const { totals, steps, iterations } of build(one, one.batches).scenarios) {
          const sum = (field: 'sent' | 'succeeded' | 'failed' | 'unaccounted' | 'dropped') =>
            steps.reduce((total, step) => total + step.totals[field], 0)
          for (const field of ['sent', 'succeeded', 'failed'] as const) assert.equal(totals[field], sum(field))
          if (iterations === undefined) continue
          assert.equal(totals.dropped, sum('dropped') + iterations.dropped)
          assert.equal(totals.unaccounted, Math.max(sum('unaccounted'), iterations.unaccounted))
        }
      }),
    )
  })

  it('are complete only with every window of every node', () => {
    fc.assert(
      fc.property(caseOf, (one) => {
        const { complete, coverage } = build(one, one.batches)
        const lost = one.header.participants.some(({ lostAt }) => lostAt !== null)
        assert.ok(coverage.windowsReceived <= coverage.windowsExpected)
        assert.equal(coverage.windowsReceived, one.batches.length)
        const all = coverage.windowsReceived === coverage.windowsExpected
        assert.equal(complete, one.header.settled && !lost && all)
      }),
    )
  })

  it('tell the same counts as the live totals, while the run goes on and nobody is lost', () => {
    fc.assert(
      fc.property(caseOf, (one) => {
        const participants = one.header.participants.map((each) => ({ ...each, lostAt: null }))
        const running = { ...one.header, participants, settled: false }
        const report = buildReport(running, one.suite, 7, one.batches)
        const accumulator = new RunAccumulator(one.suite)
        for (const each of one.batches) accumulator.add(checkBatch(each))
        const live = accumulator.live({ runId: running.runId, status: 'running', durationMs: 0, nodes: [] })
        assert.deepEqual(live.totals.latency, report.totals.latency)
        assert.deepEqual(live.totals.errors, report.totals.errors)
        assert.equal(live.totals.succeeded, report.totals.succeeded)
        assert.equal(live.totals.dropped, report.totals.dropped)
      }),
    )
  })
})

describe('checking batches, whatever comes', () => {
  it('throws nothing but MESSAGE_INVALID', () => {
    const nearly = fc.record(
      { runId: fc.anything(), bootId: fc.anything(), sequence: fc.anything(), windows: fc.array(fc.anything()) },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.anything(), nearly), (value) => {
        try {
          checkBatch(value)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'MESSAGE_INVALID', String(error))
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('throws nothing else for a good batch with any one member replaced', () => {
    const good = batch(
      'a',
      1,
      window({ counts: { scheduled: 2, sent: 2, dropped: 0, succeeded: 1, failed: 0 }, latency: encoded(5) }),
    )
    const paths = [
      ['windows'],
      ['sequence'],
      ['bootId'],
      ...Object.keys(good.windows[0]!).map((key) => ['windows', 0, key]),
    ]
    fc.assert(
      fc.property(fc.constantFrom(...paths), fc.anything(), (path, value) => {
        const changed = structuredClone(good) as unknown as Record<string | number, unknown>
        let at = changed
        for (const key of path.slice(0, -1)) at = at[key] as typeof changed
        at[path.at(-1)!] = value
        try {
          checkBatch(changed)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'MESSAGE_INVALID', String(error))
        }
      }),
      { numRuns: 1000 },
    )
  })
})
