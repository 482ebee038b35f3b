import assert from 'node:assert/strict'
import { ABANDON_MS, BEAT_MS, Heartbeat, STALE_MS } from '../../../src/mesh/heartbeat.ts'

describe('heartbeat', () => {
  /** Two sides that beat in turn; `carries` says which direction works at a time. */
  function run(until: number, carries: (now: number, from: 'a' | 'b') => boolean) {
    const a = new Heartbeat(0)
    const b = new Heartbeat(0)
    for (let now = 0; now <= until; now += 1000) {
      if (a.isDue(now)) {
        const beat = a.beat(now)
        if (carries(now, 'a')) b.take(beat, now)
      }
      if (b.isDue(now)) {
        const beat = b.beat(now)
        if (carries(now, 'b')) a.take(beat, now)
      }
    }
    return { a, b }
  }

  it('finds nothing wrong with a connection that works', () => {
    const { a, b } = run(300_000, () => true)
    assert.ok(!a.isStale(300_000) && !b.isStale(300_000))
  })

  it('puts a silent connection in doubt, later gives it up', () => {
    const { a, b } = run(100_000, (now) => now < 50_000)
    assert.ok(a.acknowledgedAt <= 50_000 && a.acknowledgedAt >= 50_000 - 2 * BEAT_MS)
    assert.ok(a.isStale(50_000 + STALE_MS) && b.isStale(50_000 + STALE_MS))
    assert.ok(!a.isHopeless(50_000 + STALE_MS) && a.isHopeless(50_000 + ABANDON_MS))
  })

  it('notices that only one direction works, on both sides', () => {
    const { a, b } = run(100_000, (now, from) => now < 50_000 || from === 'b')
    assert.ok(a.isStale(65_000) && b.isStale(65_000))
  })

  it('recovers', () => {
    const { a, b } = run(100_000, (now) => now < 30_000 || now > 60_000)
    assert.ok(!a.isStale(100_000) && !b.isStale(100_000))
  })

  it('blames nobody for the time this process slept', () => {
    const { a } = run(30_000, () => true)
    a.beat(3_600_000)
    assert.ok(!a.isStale(3_600_000))
  })

  it('ignores acknowledgements of beats it has not sent', () => {
    const a = new Heartbeat(0)
    const forged = new Uint8Array(8).fill(0xff)
    assert.ok(a.take(forged, 50_000))
    assert.ok(a.isStale(50_000))
    assert.equal(a.take(new Uint8Array(7), 0), false)
  })
})
