import assert from 'node:assert/strict'
import { gapAfter } from '../../../examples/support/arrivals.ts'

describe('the gap after a loss, as the demo and the benchmarks see it', () => {
  const rate = 600
  const at = 3000
  const until = 8500
  /** Even arrivals of 9 s; of those in a span, every third is left out. */
  const arrivals = (from: number, to: number) =>
    Array.from({ length: 9 * rate }, (_, i) => (i * 1000) / rate).filter((t, i) => t < from || t >= to || i % 3 > 0)
  /** What should come in a span comes at its end. */
  const stalled = (instants: readonly number[], from: number, to: number) =>
    instants.map((instant) => (instant > from && instant < to ? to : instant))

  it('ends when nothing is missing any more', () => {
    const gap = gapAfter(arrivals(at, at + 1200), { at, until, rate })
    assert.ok(Math.abs(gap.restoredAfterMs - 1200) <= 40, `${gap.restoredAfterMs} ms`)
    assert.ok(Math.abs(gap.missing - 240) <= 2, `${gap.missing} missing`)
    assert.equal(gap.restored, true)
  })

  it('is none when nothing is missing', () => {
    assert.deepEqual(gapAfter(arrivals(0, 0), { at, until, rate }), { restoredAfterMs: 0, missing: 0, restored: true })
  })

  it('takes late arrivals for what they are', () => {
    for (const [from, to] of [
      [2950, 3040],
      [3500, 3600],
      [5000, 5200],
      [8000, 8100],
    ] as const) {
      const whole = gapAfter(stalled(arrivals(0, 0), from, to), { at, until, rate })
      assert.equal(whole.restoredAfterMs, 0, `stalled from ${from}`)
      const gap = gapAfter(stalled(arrivals(at, at + 1200), from, to), { at, until, rate })
      assert.ok(Math.abs(gap.restoredAfterMs - 1200) <= 60, `stalled from ${from}: ${gap.restoredAfterMs} ms`)
    }
  })

  it('does not end while the rate is short', () => {
    assert.equal(gapAfter(arrivals(at, 9000), { at, until, rate }).restored, false)
  })
})
