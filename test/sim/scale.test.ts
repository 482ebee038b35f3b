/** What a node sends and gets in a mesh of some size, and that a kill is got over: the benchmark of growth, in small. */

import assert from 'node:assert/strict'
import { measureScale } from '../../bench/scale/measure.ts'
import { controlOf, volumeOf, WINDOWS } from '../../bench/scale/traffic.ts'

const NODES = 24

/** Most control messages a second that a node may get from one other: heartbeats each 300 ms, renewals each 500 ms. */
const MOST_PER_PEER = 1000 / 300 + 2

describe('a mesh of many nodes', () => {
  it('speaks no more than its intervals say, and is back at full rate in time after a kill', async () => {
    const result = await measureScale({ nodes: NODES, steadySeconds: 3, budgetSeconds: 40 })
    assert.deepEqual(result.refusals, {}, 'every message would be taken by a peer')
    for (const { flow } of [result.node, result.coordinator]) {
      for (const volumes of [flow.in, flow.out]) {
        const { messages } = controlOf(volumes)
        assert.ok(messages > 0 && messages <= NODES * MOST_PER_PEER, `${messages} control messages a second`)
      }
      assert.equal(Math.round(volumeOf(flow.in, WINDOWS).messages), NODES - 1)
    }
    for (const { fullRateMs } of [result.takeOver, result.loss]) {
      assert.ok(fullRateMs !== null && fullRateMs > 0 && fullRateMs <= 2000, `full rate after ${fullRateMs} ms`)
    }
  })
})
