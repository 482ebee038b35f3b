import assert from 'node:assert/strict'
import { openLoad, scenarioOf, suiteOf } from '../unit/worker/suites.ts'
import { eventually, newRunId, WorkerNode } from './worker-node.ts'

const SPARE_MS = 300
const suite = suiteOf([
  scenarioOf(openLoad(100, 300), {
    type: 'http',
    parameters: { method: 'GET', url: 'http://127.0.0.1:1/', headers: {}, timeoutMs: 1000 },
  }),
])

describe('load threads that a run is expected for', () => {
  let node: WorkerNode
  beforeEach(() => {
    node = new WorkerNode('a', 2, SPARE_MS)
  })
  afterEach(() => node.pool.close())

  it('are ended when none comes, and started again', async () => {
    node.pool.expect()
    assert.equal(node.status.threads, 2)
    await eventually(() => node.status.threads === 0, 'no threads')
    node.pool.expect()
    assert.equal(node.status.threads, 2)
    assert.deepEqual(node.faults, [])
  })

  it('stay for the run, and after it', async () => {
    node.pool.expect()
    await node.prepare(newRunId(), suite)
    await new Promise((resolve) => setTimeout(resolve, 2 * SPARE_MS))
    assert.equal(node.status.threads, 2)
    // Another one is expected: what is there is no spare.
    node.pool.expect()
    await new Promise((resolve) => setTimeout(resolve, 2 * SPARE_MS))
    assert.equal(node.status.threads, 2)
    assert.deepEqual(node.faults, [])
  })

  it('stay for a run that is known, and on its way', async () => {
    node.pool.expect()
    node.pool.standBy()
    await new Promise((resolve) => setTimeout(resolve, 2 * SPARE_MS))
    assert.equal(node.status.threads, 2)
  })

  it('end with the node while they start, and are not started after it', async () => {
    node.pool.expect()
    await node.pool.close()
    node.pool.expect()
    assert.equal(node.status.threads, 0)
    assert.deepEqual(node.faults, [])
  })
})
