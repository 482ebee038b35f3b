import assert from 'node:assert/strict'
import { ThreadMeter } from '../../../src/worker/thread-meter.ts'
import { mergeSeconds } from '../../../src/worker/window-merge.ts'

describe("what a load thread's time goes to", () => {
  let now = 0
  let activeMs = 0
  let cpuMs = 0
  const meter = () => new ThreadMeter({ clock: () => now, times: () => ({ activeMs, cpuMs }), mode: () => 'precise' })

  /** Time passes, in milliseconds. */
  function pass(elapsed: number, active: number, cpu = active): void {
    now += elapsed
    activeMs += active
    cpuMs += cpu
  }

  it('is work, spinning and waiting for a CPU', () => {
    const one = meter()
    const before = one.read()
    for (let i = 0; i < 100; i++) one.turned(2)
    pass(1000, 700, 600)
    assert.deepEqual(one.between(before, one.read()), { pacing: 'precise', busy: 0.5, spun: 0.2, starved: 0.1 })
  })

  it('takes long turns of the loop for work: something was done in them', () => {
    const one = meter()
    for (let i = 0; i < 10; i++) one.turned(0.002)
    const before = one.read()
    for (let i = 0; i < 100; i++) one.turned(0.004)
    for (let i = 0; i < 100; i++) one.turned(1)
    pass(1000, 500)
    const { spun } = one.between(before, one.read())!
    assert.ok(Math.abs(spun - 0.0004) < 1e-9, `${spun}`)
  })

  it('forgets a turn that was shorter than any can be', () => {
    const one = meter()
    one.turned(0.0001)
    for (let i = 0; i < 400_000; i++) one.turned(0.002)
    const before = one.read()
    one.turned(0.002)
    pass(10, 5)
    assert.ok(one.between(before, one.read())!.spun > 0)
  })

  it('says nothing of no time, and stays between nothing and all', () => {
    const one = meter()
    const before = one.read()
    assert.equal(one.between(before, one.read()), null)
    pass(10, 11, 20)
    assert.deepEqual(one.between(before, one.read()), { pacing: 'precise', busy: 1, spun: 0, starved: 0 })
  })

  it('is, of a node, that of the thread that was worst off', () => {
    const of = (busy: number, starved: number, pacing: 'precise' | 'eco') => ({ busy, starved, spun: 0, pacing })
    assert.equal(mergeSeconds([]), undefined)
    assert.deepEqual(mergeSeconds([of(0.5, 0.25, 'eco'), of(0.9999, 0, 'eco')]), {
      pacing: 'eco',
      busy: 1000,
      starved: 250,
    })
    assert.equal(mergeSeconds([of(0, 0, 'eco'), of(0, 0, 'precise')])?.pacing, 'mixed')
  })
})
