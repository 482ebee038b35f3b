import assert from 'node:assert/strict'
import { RunAccumulator } from '../../../src/metrics/accumulator.ts'
import { batch, counts, encoded, openLoad, RUN_ID, scenario, suite, window } from './fixtures.ts'

const shop = suite([scenario('browse', openLoad(10, 60, 1)), scenario('buy', openLoad(10, 60))])
const nodes = [
  { node: 'alpha', bootId: 'a' },
  { node: 'beta', bootId: 'b' },
]
const live = (accumulator: RunAccumulator) =>
  accumulator.live({ runId: RUN_ID, status: 'running', durationMs: 61_000, nodes })

const second = (scenarioIndex: number, sent: number, ...latencies: readonly number[]) =>
  window({
    scenario: scenarioIndex,
    counts: counts({ sent, dropped: 1, succeeded: latencies.length - 1, failed: 1 }),
    latency: encoded(...latencies),
    inFlight: 4,
  })

describe('RunAccumulator', () => {
  it('shows an empty run', () => {
    const { at, totals, scenarios } = live(new RunAccumulator(shop))
    assert.deepEqual([at, totals.sent, totals.rate, scenarios.length], [0, 0, 0, 2])
    assert.deepEqual(scenarios[0], {
      name: 'browse',
      startMs: 0,
      durationMs: 61_000,
      warmupMs: 1000,
      rate: 0,
      inFlight: 0,
      errorsPerSecond: 0,
      p50: 0,
      p99: 0,
      sent: 0,
      failed: 0,
      dropped: 0,
    })
  })

  it('adds each batch once', () => {
    const accumulator = new RunAccumulator(shop)
    assert.equal(accumulator.add(batch('a', 0, second(1, 5, 100, 200))), 'added')
    assert.equal(accumulator.add(batch('b', 0, second(1, 5, 300))), 'added')
    assert.equal(accumulator.add(batch('a', 0, second(1, 5, 100, 200))), 'duplicate')
    assert.equal(live(accumulator).totals.sent, 10)
  })

  it('shows totals so far, with what is in flight', () => {
    const accumulator = new RunAccumulator(shop)
    accumulator.add(batch('a', 0, window({ warmup: counts({ sent: 9, succeeded: 9 }) }), second(1, 6, 1000, 3000)))
    accumulator.add(batch('b', 1, second(0, 8, 2000)))
    const { runId, status, at, durationMs, totals, ...rest } = live(accumulator)
    assert.deepEqual([runId, status, at, durationMs, rest.nodes], [RUN_ID, 'running', 2000, 61_000, ['alpha', 'beta']])
    assert.deepEqual(
      [totals.scheduled, totals.sent, totals.dropped, totals.succeeded, totals.failed, totals.unaccounted],
      [16, 14, 2, 1, 2, 0],
    )
    assert.deepEqual([totals.rate, totals.latency.max], [7, 3])
  })

  it('shows the newest second that all nodes have told', () => {
    const accumulator = new RunAccumulator(shop)
    accumulator.add(batch('a', 0, second(1, 5, 1000)))
    accumulator.add(batch('b', 0, second(1, 7, 3000, 4000), window({ warmup: counts({ sent: 3, failed: 2 }) })))
    accumulator.add(batch('a', 1, second(1, 100, 9000)))
    const [browse, buy] = live(accumulator).scenarios
    assert.deepEqual([browse!.rate, browse!.errorsPerSecond, browse!.sent], [3, 2, 0])
    assert.deepEqual([buy!.rate, buy!.inFlight, buy!.errorsPerSecond, buy!.p50, buy!.p99], [12, 8, 2, 3.001, 4])
    assert.deepEqual([buy!.sent, buy!.failed, buy!.dropped], [112, 3, 3])
    accumulator.add(batch('b', 1, second(1, 50, 9000)))
    assert.equal(live(accumulator).scenarios[1]!.rate, 150)
  })

  it('does not wait for a node that has fallen silent', () => {
    const accumulator = new RunAccumulator(shop)
    accumulator.add(batch('b', 0, second(1, 7, 3000)))
    for (let sequence = 0; sequence <= 4; sequence++) accumulator.add(batch('a', sequence, second(1, sequence, 5)))
    assert.equal(live(accumulator).scenarios[1]!.rate, 4)
  })

  it('puts late windows into the totals, not into the newest second', () => {
    const accumulator = new RunAccumulator(shop)
    accumulator.add(batch('a', 40, second(1, 5, 1000)))
    accumulator.add(batch('a', 0, second(1, 900, 1000)))
    const { totals, scenarios } = live(accumulator)
    assert.deepEqual([totals.sent, scenarios[1]!.rate], [905, 5])
  })
})
