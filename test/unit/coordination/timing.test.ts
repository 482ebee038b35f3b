import assert from 'node:assert/strict'
import {
  countAgainMs,
  DEFAULT_TIMING,
  heartbeatTurns,
  rollCallMs,
  silentAfterMs,
} from '../../../src/coordination/timing.ts'

const { heartbeatBusyMs, heartbeatIdleMs, promiseMs, silentMs } = DEFAULT_TIMING

describe('intervals that grow with the mesh', () => {
  it('leave a mesh of up to 30 nodes as it is', () => {
    for (const nodes of [1, 2, 12, 30]) {
      assert.equal(heartbeatTurns(DEFAULT_TIMING, nodes, heartbeatBusyMs), 1)
      assert.equal(heartbeatTurns(DEFAULT_TIMING, nodes, heartbeatIdleMs), 1)
      assert.equal(rollCallMs(DEFAULT_TIMING, nodes), 0)
      assert.equal(countAgainMs(DEFAULT_TIMING, nodes), 0)
      assert.equal(silentAfterMs(DEFAULT_TIMING, nodes), silentMs)
    }
  })

  it('let a follower speak to about a hundred others a second, and to each of them in its turn', () => {
    for (const interval of [heartbeatBusyMs, heartbeatIdleMs]) {
      for (let nodes = 31; nodes <= 1024; nodes++) {
        const turns = heartbeatTurns(DEFAULT_TIMING, nodes, interval)
        assert.ok((nodes / turns) * (1000 / interval) <= 100 + 1e-9, `${nodes} nodes`)
        assert.ok((turns - 1) * interval < nodes * DEFAULT_TIMING.followerShareMs)
      }
    }
  })

  it('let a count of followers grow no older than half of the margin of a promise', () => {
    for (let nodes = 31; nodes <= 1024; nodes++) {
      const pause = countAgainMs(DEFAULT_TIMING, nodes)
      assert.ok(pause > 0 && pause <= DEFAULT_TIMING.promiseMarginMs / 2, `${nodes} nodes`)
    }
  })

  it('call the roll where followers may not have heard each other within a promise', () => {
    for (let nodes = 1; nodes <= 1024; nodes++) {
      const pause = heartbeatTurns(DEFAULT_TIMING, nodes, heartbeatBusyMs) * heartbeatBusyMs
      if (rollCallMs(DEFAULT_TIMING, nodes) === 0) assert.ok(pause + heartbeatBusyMs <= promiseMs, `${nodes} nodes`)
    }
    assert.ok(rollCallMs(DEFAULT_TIMING, 1000) > 0)
  })
})
