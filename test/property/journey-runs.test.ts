import assert from 'node:assert/strict'
import fc from 'fast-check'
import { seededRandom } from '../../src/base/random.ts'
import { buildReport } from '../../src/metrics/build-report.ts'
import type { Branch, Pause } from '../../src/suite/journey-spec.ts'
import type { Scenario } from '../../src/suite/spec.ts'
import { header, participant } from '../unit/metrics/fixtures.ts'
import { closedLoad, journeyOf, noteStep, openLoad, slotsFrom, suiteOf } from '../unit/worker/suites.ts'
import { type Execution, RUN_ID, totalsOf, VirtualNode, VirtualTime } from '../unit/worker/virtual-node.ts'

const SLOTS = 12
const LENGTH = 600

const pause: fc.Arbitrary<Pause | null> = fc.constantFrom(
  null,
  { kind: 'constant', ms: 20 },
  { kind: 'uniform', minMs: 0, maxMs: 80 },
  { kind: 'normal', meanMs: 30, stddevMs: 20 },
)

const journey: fc.Arbitrary<Scenario> = fc
  .tuple(
    fc.array(
      fc.record({
        takes: fc.option(fc.nat({ max: 60 }), { nil: undefined }),
        fails: fc.option(fc.integer({ min: 2, max: 5 }), { nil: undefined }),
        repeat: fc.integer({ min: 1, max: 3 }),
        continueOnError: fc.boolean(),
        serial: fc.boolean(),
        think: pause,
      }),
      { minLength: 1, maxLength: 4 },
    ),
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
    fc.boolean(),
    fc.integer({ min: 3, max: 1000 }),
    fc.constantFrom(0, 50),
  )
  .map(([parts, weights, open, maxInFlight, pacingMs]) => {
    const steps = parts.map(({ takes: given, fails, serial, ...more }, index) => {
      // Users that have their answers at once would go on for ever on a clock that stands still.
      const takes = open ? given : Math.max(1, given ?? 1)
      const parameters = { ...(takes === undefined ? {} : { takes }), ...(fails === undefined ? {} : { fails }) }
      const step = noteStep(`s${index}`, parameters, more)
      return serial ? { ...step, task: { ...step.task, type: 'serial' } } : step
    })
    // Each branch begins at another step; the first has them all. There are always iterations to count.
    const branches = weights.map((weight, first): Branch => {
      const own = steps.map((_, index) => index).slice(first % steps.length)
      return { weight, steps: first === 0 ? [...own, 0] : own }
    })
    const load = open ? openLoad(60, LENGTH, { maxInFlight }) : closedLoad(5, LENGTH)
    return journeyOf(load, steps, { branches, pacingMs: open ? 0 : pacingMs })
  })

describe('journeys, whatever happens', () => {
  it('account for every step and iteration, and fire nothing without a lease', async () => {
    await fc.assert(
      fc.asyncProperty(
        journey,
        fc.array(fc.tuple(fc.integer({ min: 20, max: 150 }), fc.integer({ min: 10, max: 150 })), { maxLength: 3 }),
        fc.option(fc.integer({ min: 50, max: LENGTH })),
        fc.option(fc.integer({ min: 50, max: LENGTH })),
        fc.nat(),
        async (scenario, leases, killAt, moveAt, seed) => {
          const suite = suiteOf([scenario], { gracefulStopMs: 200 })
          const time = new VirtualTime()
          const executions: Execution[] = []
          const options = { time, suite, slotCount: SLOTS, executions, threads: 2 }
          const node = new VirtualNode({ name: 'a', random: seededRandom(seed), ...options })
          const prepared = node.run.prepare()
          await time.advanceTo(time.now + 10, [node])
          await prepared
          void node.assign(1, slotsFrom(SLOTS), 0)
          await time.advanceTo(time.now + 20, [node])
          const startAt = time.now + 50
          node.run.start(startAt)
          /** Run times between which there is no lease. */
          const lapses: [number, number][] = []
          let until = 0
          for (const [valid, lapsed] of leases) {
            lapses.push([until + valid, until + valid + lapsed])
            until += valid + lapsed
          }
          const renew = (at: number, end: number) =>
            time.after(startAt + at - time.now, () => node.run.lease(startAt + end))
          let from = -50
          for (const [lapse, renewed] of lapses) {
            renew(from, lapse)
            from = renewed
          }
          renew(from, 1e6)
          if (killAt !== null) time.after(startAt + killAt - time.now, () => void node.kill(0, 5))
          if (moveAt !== null) {
            const kept = slotsFrom(SLOTS).filter(({ slot }) => slot % 2 === 0)
            time.after(startAt + moveAt - time.now, () => void node.assign(2, kept, moveAt + 50))
          }
          await time.advanceTo(startAt + LENGTH + 1500, [node], 1)
          assert.ok(node.drained !== undefined, 'not drained')
          for (const { at } of executions) {
            const run = at - startAt
            assert.ok(!lapses.some(([lapse, renewed]) => run > lapse + 2 && run < renewed - 2), `fired at ${run}`)
          }
          const steps = scenario.steps.length
          for (let step = 0; step <= steps; step++) {
            const { scheduled, sent, dropped, succeeded, failed } = totalsOf(node.batches, step)
            assert.equal(scheduled, sent + dropped)
            assert.equal(sent, succeeded + failed)
            if (step === steps) continue
            assert.equal(dropped, 0)
            const fired = executions.filter(({ task }) => task === `s${step}`).length
            // What still waits for its turn when it is cut was never executed.
            if (killAt !== null) continue
            if (scenario.steps[step]!.task.type === 'serial') assert.ok(fired <= sent)
            else assert.equal(fired, sent)
          }
          const { firstSequence, lastSequence } = node.drained
          const took = participant('boot-a', { node: 'a', firstSequence, lastSequence })
          const report = buildReport(header([took], { runId: RUN_ID, durationMs: LENGTH }), suite, 1, node.batches)
          const { totals } = report
          assert.equal(totals.scheduled, totals.sent + totals.dropped + totals.unaccounted)
          assert.equal(totals.sent, totals.succeeded + totals.failed)
          if (killAt === null) assert.ok(totals.sent >= executions.length)
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('a mix on a mesh', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 })

  it('is exact on every node, and so in the whole, wherever the slots are and whenever they move', async () => {
    await fc.assert(
      fc.asyncProperty(
        weights,
        fc.boolean(),
        fc.array(fc.nat({ max: 2 }), { minLength: SLOTS, maxLength: SLOTS }),
        fc.array(fc.nat({ max: 2 }), { minLength: SLOTS, maxLength: SLOTS }),
        fc.integer({ min: 3, max: 400 }),
        async (list, open, before, after, maxInFlight) => {
          const steps = list.map((_, index) => noteStep(`s${index}`, { takes: 3 * index }))
          const branches = list.map((weight, step) => ({ weight, steps: [step] }))
          const load = open ? openLoad(300, LENGTH, { maxInFlight }) : closedLoad(7, LENGTH, { thinkTimeMs: 5 })
          const suite = suiteOf([journeyOf(load, steps, { branches })])
          const time = new VirtualTime()
          const executions: Execution[] = []
          const nodes = ['a', 'b', 'c'].map((name, i) => {
            const random = seededRandom(i)
            return new VirtualNode({ name, time, random, suite, slotCount: SLOTS, threads: 1 + (i % 2), executions })
          })
          const prepared = Promise.all(nodes.map(({ run }) => run.prepare()))
          await time.advanceTo(time.now + 10, nodes)
          await prepared
          const assign = (sequence: number, holders: readonly number[], at: number) => {
            for (const [i, node] of nodes.entries()) {
              void node.assign(
                sequence,
                slotsFrom(SLOTS, at).filter(({ slot }) => holders[slot] === i),
                at,
              )
            }
          }
          assign(1, before, 0)
          await time.advanceTo(time.now + 20, nodes)
          const startAt = time.now + 50
          for (const { run } of nodes) {
            run.lease(startAt + 1e6)
            run.start(startAt)
          }
          await time.advanceTo(startAt + 200, nodes, 1)
          assign(2, after, 250)
          await time.advanceTo(startAt + LENGTH + 300, nodes, 1)
          const sum = list.reduce((a, b) => a + b, 0)
          for (const { name } of nodes) {
            const own = executions.filter(({ node }) => node === name)
            const taken = list.map(() => 0)
            for (const [index, { task }] of own.entries()) {
              taken[Number(task!.slice(1))]!++
              for (const [part, weight] of list.entries()) {
                const off = Math.abs(taken[part]! - ((index + 1) * weight) / sum)
                assert.ok(off < 1, `${name}: part ${part} is off by ${off} after ${index + 1}`)
              }
            }
          }
        },
      ),
      { numRuns: 20 },
    )
  })
})
