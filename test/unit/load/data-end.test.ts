import assert from 'node:assert/strict'
import { deriveSeed } from '../../../src/base/random.ts'
import { planArrivals } from '../../../src/load/arrivals.ts'
import { endWithRows, upToRows } from '../../../src/load/data-end.ts'
import { plannedLoad } from '../../../src/load/planned-load.ts'
import { summarizeSuite } from '../../../src/load/summary.ts'
import { withDataEvents } from '../../../src/metrics/data-events.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { Suite } from '../../../src/suite/spec.ts'

function suiteOf(rows: number, load: Readonly<Record<string, unknown>>): Suite {
  const scenario = (name: string) => ({
    name,
    load: { rate: '10/s', duration: '10s', ...load },
    http: { url: 'http://x.example/', headers: { user: '{{users.id}}' } },
  })
  const data = { users: { file: 'users.csv', onEnd: 'stop' } }
  const text = JSON.stringify({ name: 't', mode: 'sequential', data, scenarios: [scenario('a'), scenario('b')] })
  const content = { sha256: '0'.repeat(64), bytes: 1, rows, columns: ['id'] }
  const parsed = parseSuite({ text, format: 'json', data: [{ key: 'users', onNodes: false, ...content }] })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return endWithRows(parsed.suite)
}

describe('a load that ends with its rows', () => {
  it('is as long as they last, and what comes after it begins as much earlier', () => {
    const suite = suiteOf(61, {})
    assert.deepEqual(
      suite.scenarios.map(({ startMs, durationMs, iterations }) => [startMs, durationMs, iterations]),
      [
        [0, 3150, 31],
        [3150, 3050, 30],
      ],
    )
    assert.equal(suite.durationMs, 6200)
    const { scenarios } = summarizeSuite(suite)
    assert.deepEqual(
      scenarios.map(({ planned }) => planned),
      [31, 30],
    )
    const [together] = plannedLoad(suite, 100).series
    const total = together!.points.reduce((sum, { mean }) => sum + mean / 10, 0)
    assert.ok(Math.abs(total - 61) < 1e-6, `${total} planned in the plot`)
  })

  it('goes on to its own end where there are rows enough', () => {
    const suite = suiteOf(200, {})
    assert.deepEqual([suite.durationMs, suite.scenarios[1]!.startMs], [20_000, 10_000])
    assert.deepEqual(withDataEvents([], suite, 1, [], 20_000), [])
  })

  for (const arrivals of ['even', 'poisson']) {
    it(`has so many ${arrivals} arrivals, whichever slots they are asked of, and says when it ends`, () => {
      const suite = suiteOf(120, { arrivals, rate: '50/s' })
      const [scenario] = suite.scenarios as [Suite['scenarios'][number]]
      const { load, durationMs } = scenario
      assert.ok(load.model === 'open')
      for (const seed of [1, 2, 3]) {
        const plan = upToRows(planArrivals(load, 8, seed), scenario)
        assert.equal(plan.count(0, durationMs), 60)
        const ranks: number[] = []
        for (let slot = 0; slot < 8; slot++) {
          const cursor = plan.cursor([{ slot, from: 0 }], 0)
          while (cursor.next()) ranks.push(plan.rank(cursor.index))
        }
        assert.deepEqual(
          ranks.sort((a, b) => a - b),
          Array.from({ length: 60 }, (_, rank) => rank),
        )
      }
      const events = withDataEvents([{ at: 1e6, kind: 'run-ended', message: '' }], suite, 1, [], 1e6)
      assert.deepEqual(
        events.map(({ kind, at }) => [kind, at]),
        [
          ['data-ended', durationMs],
          ['data-ended', suite.durationMs],
          ['run-ended', 1e6],
        ],
      )
    })
  }

  describe('when the load is changed while it goes on', () => {
    const CHANGE_MS = 1000

    function changed(arrivals: string, value: number) {
      const suite = suiteOf(120, { arrivals, rate: '20/s' })
      const scenario = suite.scenarios[0]!
      const { load } = scenario
      assert.ok(load.model === 'open')
      const plan = upToRows(planArrivals(load, 8, 1, [{ at: CHANGE_MS, value }]), scenario)
      const times: number[] = []
      for (let slot = 0; slot < 8; slot++) {
        const cursor = plan.cursor([{ slot, from: 0 }], 0)
        while (cursor.next()) times.push(cursor.at)
      }
      const seed = deriveSeed(9, 0)
      const all = planArrivals(load, 8, seed, [{ at: CHANGE_MS, value }])
      const events = withDataEvents([], suite, 9, [{ scenario: 0, at: CHANGE_MS, value }], suite.durationMs)
      return { suite, scenario, plan, times, used: all.count(0, scenario.durationMs), event: events[0]! }
    }

    for (const arrivals of ['even', 'poisson']) {
      it(`fires no ${arrivals} arrival after the end, though rows are left, and says how many are used`, () => {
        const { suite, scenario, plan, times, used, event } = changed(arrivals, 2)
        const { durationMs } = scenario
        assert.ok(times.length < 60 && Math.max(...times) < durationMs, `${times.length}, the last at ${times.at(-1)}`)
        assert.equal(plan.count(0, suite.durationMs), times.length)
        assert.equal(suite.scenarios[1]!.startMs, durationMs)
        assert.equal(event.at, durationMs)
        assert.match(event.message, new RegExp(`^a ends when its 60 rows .*: ${used} of them are used$`))
      })

      it(`uses its rows up earlier with more ${arrivals} arrivals, and says when`, () => {
        const { scenario, times, event } = changed(arrivals, 200)
        assert.equal(times.length, 60)
        assert.ok(event.at > Math.max(...times) && event.at < scenario.durationMs, `${event.at}`)
        assert.equal(event.message, 'a has used its 60 rows of users, and ends with them')
      })
    }

    it('says nothing of an end that is not that of the rows', () => {
      const suite = suiteOf(200, {})
      assert.deepEqual(withDataEvents([], suite, 1, [{ scenario: 0, at: CHANGE_MS, value: 2 }], 20_000), [])
    })
  })
})
