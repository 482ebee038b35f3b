import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { decodeBatch, encodeBatch } from '../../../src/mesh/batch-codec.ts'
import type { Window, WindowBatch } from '../../../src/metrics/window.ts'
import { RunPage } from '../../../src/node/run-book.ts'
import type { ShareTable } from '../../../src/run/share-table.ts'
import { TEMPORARY } from '../../../src/store/scratch.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'
import { WindowCollector } from '../../../src/worker/window-collector.ts'
import { member } from '../coordination/fixtures.ts'
import { counts, encoded, openLoad, RUN_ID, scenario, suite, threshold, window } from '../metrics/fixtures.ts'

const SCENARIOS = 5
const NODES = ['a', 'b']

/** What the heap of this thread holds, and what lies outside of it for it, in bytes. */
function heldBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Of a second of a scenario: never the same as that of another. */
function measured(index: number, sequence: number): Window {
  const times = encoded(1000 + sequence, 2000 + 7 * sequence, 50_000)
  const figures = { latency: times, serviceTime: times, lateness: encoded(sequence % 90) }
  return window({ scenario: index, counts: counts({ sent: 3, succeeded: 3 }), bytesSent: 300, ...figures })
}

describe('a long run', () => {
  it('takes no more memory on the main thread than a short one: live totals, thresholds, windows', () => {
    const thresholds = [
      threshold('duration', 'p(95)<10s', { abortOnFail: true }),
      threshold('failed', 'rate>50% for 10s', { abortOnFail: true }),
    ]
    const scenarios = Array.from({ length: SCENARIOS }, (_, index) => scenario(`s${index}`, openLoad(3, 36_000)))
    const page = new RunPage(RUN_ID, suite(scenarios, { thresholds }))
    const table = {
      runId: RUN_ID,
      phase: 'running',
      members: NODES.map(member),
      revisions: [],
    } as unknown as ShareTable
    const store = openStore({ path: TEMPORARY })
    page.totals(() => [], table)
    const take = (batch: WindowBatch): void => {
      const bytes = encodeBatch(batch)
      store.putBatches([{ runId: RUN_ID, bootId: batch.bootId, sequence: batch.sequence, bytes }])
      page.add(decodeBatch(bytes), table)
    }
    const collectors = NODES.map((bootId) => {
      const given = new WindowCollector([0], (sequence, windows) => take({ runId: RUN_ID, bootId, sequence, windows }))
      given.begin(0)
      return given
    })
    const run = (from: number, to: number): void => {
      for (let sequence = from; sequence < to; sequence++) {
        for (const collector of collectors) {
          const windows = Array.from({ length: SCENARIOS }, (_, index) => measured(index, sequence))
          collector.add(0, sequence, windows, { pacing: 'eco', busy: 0.1, spun: 0, starved: 0 })
        }
        assert.equal(page.watch(() => [], table).crossing, null)
      }
    }
    run(0, 500)
    const grown: number[] = []
    for (const from of [500, 1500]) {
      const before = heldBytes()
      run(from, from + 1000)
      grown.push(heldBytes() - before)
    }
    // A number for each second and window would be 80 kB each time. Now and then code is compiled that long after.
    assert.ok(Math.min(...grown) < 60_000, `${grown} bytes more after 1000 seconds each`)
    assert.equal(page.totals(() => [], table).live(live).totals.sent, 2500 * NODES.length * SCENARIOS * 3)
    store.close()
  }).timeout(60_000)
})

const live = { runId: RUN_ID, status: 'running', durationMs: 0, nodes: [] } as const
