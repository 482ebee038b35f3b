import assert from 'node:assert/strict'
import { BroadcastChannel, Worker } from 'node:worker_threads'
import type { Suite, TaskSpec } from '../../src/suite/spec.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { openLoad, scenarioOf, suiteOf } from '../unit/worker/suites.ts'
import { workerNodes } from './worker-bench.ts'
import { eventually, newRunId } from './worker-node.ts'
import { CHANNEL, type Told } from './worker-tasks.ts'

const suiteWith = (type: string, rate: number, durationMs: number, parameters: TaskSpec['parameters'] = {}): Suite =>
  suiteOf([scenarioOf(openLoad(rate, durationMs), { type, parameters })])

describe('tasks on load threads', () => {
  const told: Told[] = []
  let channel: BroadcastChannel

  const createNode = workerNodes()
  before(() => {
    channel = new BroadcastChannel(CHANNEL)
    channel.onmessage = (event) => told.push((event as { data: Told }).data)
  })

  beforeEach(() => told.splice(0))

  after(() => channel.close())

  it('execute every arrival once, and are cleaned up on every thread', async () => {
    const node = createNode(2)
    const { runId } = await node.runAlone(suiteWith('tell', 100, 1000))
    await eventually(() => told.length === 102, 'all executions and cleanups told')
    const indexes = told.filter(({ what }) => what === 'executed').map(({ index }) => index)
    assert.deepEqual(
      indexes.toSorted((a, b) => a - b),
      Array.from({ length: 100 }, (_, i) => i),
    )
    const cleaned = told.filter(({ what }) => what === 'cleanup').map(({ worker }) => worker)
    assert.deepEqual(cleaned.toSorted(), [0, 1])
    assert.equal(node.totals(runId).succeeded, 100)
  })

  it('are asked for far more than a thread can do: it accounts for everything, and stops on time', async () => {
    const node = createNode(1)
    const { runId, startAt, drained } = await node.runAlone(suiteWith('nothing', 200_000, 1000))
    const over = monotonicNow() - startAt
    assert.ok(over < 1000 + 1000 + 3000, `over after ${over} ms`)
    const { scheduled, sent, dropped, succeeded } = node.totals(runId)
    assert.equal(scheduled, 200_000)
    assert.equal(sent + dropped, scheduled)
    assert.equal(succeeded, sent)
    assert.ok(sent > 10_000, `${sent}`)
    assert.equal(node.batches.length, drained.lastSequence + 1)
    const first = node.batches[0]!.generator!
    assert.ok(first.busy > 300, `busy for ${first.busy} thousandths`)
  })

  it('may fail, throw and answer nonsense', async () => {
    const node = createNode(1)
    const { runId } = await node.runAlone(suiteWith('mixed', 100, 500))
    assert.deepEqual(node.errors(runId), { refused: 10, exception: 10, invalid_result: 10 })
    const { succeeded, failed } = node.totals(runId)
    assert.deepEqual([succeeded, failed], [20, 30])
    const sum = (key: 'bytesSent' | 'bytesReceived'): number =>
      node.windows(runId).reduce((total, window) => total + window[key], 0)
    assert.deepEqual([sum('bytesSent'), sum('bytesReceived')], [200, 400])
  })

  it('may need the processor, one at a time', async () => {
    const node = createNode(2)
    const { runId } = await node.runAlone(suiteWith('busy', 50, 1000))
    assert.equal(node.totals(runId).succeeded, 50)
  })

  it('are told to end when they do not', async () => {
    const node = createNode(1)
    const { runId } = await node.runAlone({ ...suiteWith('forever', 10, 500), gracefulStopMs: 100 })
    assert.deepEqual(node.errors(runId), { interrupted: 5 })
  })

  it('fail the preparation when their setup throws', async () => {
    const node = createNode(2)
    await assert.rejects(() => node.prepare(newRunId(), suiteWith('fails-at-setup', 10, 500)), {
      code: 'TASK_SETUP_FAILED',
      exitCode: 107,
      message: 'scenario s, task fails-at-setup: no licence',
    })
    await assert.rejects(() => node.prepare(newRunId(), suiteWith('unheard-of', 10, 500)), {
      code: 'TASK_SETUP_FAILED',
    })
    const { runId } = await node.runAlone(suiteWith('mixed', 10, 100))
    assert.equal(node.totals(runId).scheduled, 1)
  })

  it('get their secrets, and fail the preparation when there are none', async () => {
    const node = createNode(1)
    const reference = { key: 'env:VAJRA_TEST_KEY' }
    await assert.rejects(() => node.prepare(newRunId(), suiteWith('needs-secret', 10, 500, reference)), {
      code: 'TASK_SETUP_FAILED',
      message: /env:VAJRA_TEST_KEY/,
    })
    await node.pool.close()
    process.env.VAJRA_TEST_KEY = 'open sesame'
    try {
      const other = createNode(1)
      const { runId } = await other.runAlone(suiteWith('needs-secret', 10, 500, reference))
      assert.equal(other.totals(runId).succeeded, 5)
    } finally {
      delete process.env.VAJRA_TEST_KEY
    }
  })

  it('may take their thread down: another fires its share again, and nothing twice', async () => {
    const node = createNode(2)
    const rate = 200
    const { runId, drained } = await node.runAlone(suiteWith('tells-until-it-dies', rate, 4000, { dies: 101 }))
    assert.deepEqual(
      node.faults.map(({ runId: of, error }) => [of, error.code]),
      [[runId, 'WORKER_CRASHED']],
    )
    assert.match(node.faults[0]?.error.message ?? '', /thrown aside/)
    const executions = told.filter(({ what }) => what === 'executed')
    const indexes = executions.map(({ index }) => index)
    assert.equal(new Set(indexes).size, indexes.length, 'an arrival was fired twice')
    // Thread 1 of 2 has the odd ones: all of them again before the run is over.
    const missed = Array.from({ length: 4 * rate }, (_, i) => i).filter((index) => !indexes.includes(index))
    assert.ok(
      missed.length > 0 && missed.every((index) => index % 2 === 1 && index > 101 && index < 3.5 * rate),
      `${missed}`,
    )
    const { scheduled, sent, dropped, succeeded, failed } = node.totals(runId)
    assert.equal(scheduled, sent + dropped)
    assert.equal(sent, succeeded + failed)
    assert.ok(dropped > 0 && dropped <= missed.length, `${dropped} of ${missed.length}`)
    // What is not counted is what the dead thread did in the second it died in, at most until it was known to be dead.
    assert.ok(4 * rate - scheduled >= 51 && 4 * rate - scheduled < 200, `${scheduled}`)
    assert.deepEqual([drained.firstSequence, drained.lastSequence], [0, 3])
    assert.deepEqual(node.status, { threads: 2, inFlight: 0 })
  })

  it('may take their thread down over and over: the others go on, and the next run has all threads again', async () => {
    const node = createNode(2)
    const runId = newRunId()
    const startAt = await node.begin(runId, suiteWith('crashes', 100, 30_000, { worker: 1 }))
    await eventually(() => node.faults.length === 7, 'given up', 20_000)
    const stopAt = monotonicNow() - startAt + 200
    node.pool.stop(runId, stopAt)
    const drained = await node.drained(runId)
    assert.ok(node.faults.every((fault) => fault.runId === runId && fault.error.code === 'WORKER_CRASHED'))
    assert.match(node.faults[0]?.error.message ?? '', /thrown aside/)
    assert.match(node.faults.at(-1)?.error.message ?? '', /too often/)
    const { scheduled, sent, succeeded, failed } = node.totals(runId)
    assert.equal(drained.firstSequence, 0)
    assert.ok(scheduled >= stopAt / 20 - 1 && scheduled < stopAt / 10, `${scheduled} in ${stopAt} ms`)
    assert.equal(succeeded + failed, sent, 'what was in flight on the lost thread and was reported counts as failed')
    assert.deepEqual(node.status, { threads: 1, inFlight: 0 })
    const next = await node.runAlone(suiteWith('mixed', 100, 300))
    assert.equal(node.totals(next.runId).scheduled, 30)
    assert.equal(node.pool.status().threads, 2)
  })

  it('leave nothing behind when all threads die', async () => {
    const node = createNode(1)
    const runId = newRunId()
    const startAt = await node.begin(runId, suiteWith('crashes', 100, 60_000, { worker: 0 }))
    await node.drained(runId)
    assert.ok(monotonicNow() < startAt + 30_000)
    assert.deepEqual(node.status, { threads: 0, inFlight: 0 })
    assert.equal(await node.pool.assign(runId, { sequence: 2, slots: [], releaseAt: 123, revisions: [] }), 123)
  })

  it('share the clock of the main thread', async () => {
    const url = new URL('../../src/worker/monotonic.ts', import.meta.url).href
    const code = `import('${url}').then(({ monotonicNow }) => {
      const { parentPort } = require('node:worker_threads')
      parentPort.on('message', () => parentPort.postMessage(monotonicNow()))
    })`
    const worker = new Worker(code, { eval: true })
    try {
      for (let i = 0; i < 20; i++) {
        const before = monotonicNow()
        worker.postMessage('')
        const there = await new Promise<number>((resolve) => worker.once('message', resolve))
        const after = monotonicNow()
        assert.ok(there >= before - 0.05 && there <= after + 0.05, `${before} ${there} ${after}`)
      }
    } finally {
      await worker.terminate()
    }
  })
})
