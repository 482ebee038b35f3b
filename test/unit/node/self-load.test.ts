import assert from 'node:assert/strict'
import { Histogram } from '../../../src/metrics/histogram.ts'
import type { Window } from '../../../src/metrics/window.ts'
import { type CpuTimes, SelfLoad } from '../../../src/node/self-load.ts'
import { window } from '../metrics/fixtures.ts'

function lateWindow(ms: number): Window {
  const histogram = Histogram.forTotals()
  for (let i = 0; i < 100; i++) histogram.record(ms * 1000)
  return window({ lateness: histogram.encode() })
}

describe("a node's own load", () => {
  let times: CpuTimes
  let self: SelfLoad
  let spinning: number
  beforeEach(() => {
    times = { machineIdle: 0, machineTotal: 0, process: 0 }
    spinning = 0
    self = new SelfLoad({
      cpuTimes: () => times,
      cpus: 2,
      workers: () => ({ inFlight: 7, pacing: { setting: 'auto', mode: 'eco' }, spinning }),
    })
  })

  /** Two seconds of a machine with two CPUs. */
  function pass(idle: number, cores: number): ReturnType<SelfLoad['sample']> {
    const { machineIdle, machineTotal, process } = times
    times = {
      machineIdle: machineIdle + 4000 * idle,
      machineTotal: machineTotal + 4000,
      process: process + 2000 * cores,
    }
    return self.sample(2000)
  }

  it('is free CPU time, smoothed, and CPU time used', () => {
    const pacing = { setting: 'auto', mode: 'eco' }
    assert.deepEqual(pass(0, 0.5), { inFlight: 7, cpu: 0.5, headroom: 0.8, latenessMs: 0, pacing })
    for (let i = 0; i < 40; i++) pass(0, 0.5)
    assert.equal(pass(0, 0.5).headroom, 0)
    assert.equal(pass(1, 0).headroom, 0.2)
  })

  it('takes its own CPUs for the measure where the machine has more', () => {
    for (let i = 0; i < 40; i++) pass(0.9, 2)
    assert.equal(pass(0.9, 2).headroom, 0)
  })

  it('does not take spinning for work: a load thread that waits gives its CPU up to whatever has to be done', () => {
    spinning = 0.9
    for (let i = 0; i < 40; i++) pass(0.5, 1)
    assert.equal(pass(0.5, 1).headroom, 0.95)
    assert.equal(pass(0.5, 1).cpu, 1)
  })

  it('is late once it has been late for five windows on end', () => {
    for (let i = 0; i < 4; i++) self.noteWindows([lateWindow(30)])
    assert.equal(pass(1, 0).latenessMs, 0)
    self.noteWindows([lateWindow(30), lateWindow(30)])
    assert.ok(Math.abs(pass(1, 0).latenessMs - 30) < 0.1)
    self.noteWindows([lateWindow(1)])
    assert.ok(pass(1, 0).latenessMs < 1.1)
    for (let i = 0; i < 5; i++) self.noteWindows([lateWindow(30)])
    self.forgetLateness()
    assert.equal(pass(1, 0).latenessMs, 0)
  })
})
