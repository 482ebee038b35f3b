import assert from 'node:assert/strict'
import fc from 'fast-check'
import { AutoPacing, type ThreadShare } from '../../../src/worker/auto-pacing.ts'

const SPINNING: ThreadShare = { busy: 0.3, spun: 0.6, starved: 0 }
const STARVED: ThreadShare = { busy: 0.3, spun: 0.4, starved: 0.3 }
const RESTING: ThreadShare = { busy: 0.3, spun: 0, starved: 0 }

/** Seconds of a machine, one after the other. */
class Seconds {
  now = 1000
  readonly pacing: AutoPacing

  constructor(cpus = 2, threads = 1) {
    this.pacing = new AutoPacing(cpus, threads)
  }

  pass(seconds: number, idleCores: number, ...threads: readonly ThreadShare[]): string {
    for (let i = 0; i < seconds; i++) {
      this.now += 1000
      this.pacing.sample(this.now, idleCores, threads)
    }
    return this.pacing.mode
  }
}

describe('pacing auto', () => {
  it('is precise where a CPU is left beside the load threads, and eco for good where none is', () => {
    assert.equal(new Seconds(2, 1).pacing.mode, 'precise')
    assert.equal(new Seconds(8, 7).pacing.mode, 'precise')
    for (const [cpus, threads] of [
      [1, 1],
      [2, 2],
      [4, 9],
    ] as const) {
      assert.equal(new Seconds(cpus, threads).pass(100, 10, RESTING), 'eco')
    }
  })

  it("gives way after three seconds on end in which spinning was in somebody's way", () => {
    for (const [idle, thread] of [
      [0.05, SPINNING],
      [0.9, STARVED],
    ] as const) {
      const seconds = new Seconds()
      assert.equal(seconds.pass(2, idle, thread), 'precise')
      seconds.pass(1, 0.5, SPINNING)
      assert.equal(seconds.pass(2, idle, thread), 'precise')
      assert.equal(seconds.pass(1, idle, thread), 'eco')
    }
  })

  it('stays as it is when the machine is full of work and not of spinning', () => {
    assert.equal(new Seconds().pass(60, 0, { busy: 0.99, spun: 0.01, starved: 0.2 }), 'precise')
  })

  it('comes back when there is room for all to spin and some more, not before a hold is over', () => {
    const seconds = new Seconds(4, 2)
    assert.equal(seconds.pass(3, 0, SPINNING, SPINNING), 'eco')
    assert.equal(seconds.pass(15, 1.6, RESTING, RESTING), 'eco', '1.65 cores are needed')
    assert.equal(seconds.pass(4, 1.7, RESTING, RESTING), 'eco')
    assert.equal(seconds.pass(1, 1.7, RESTING, RESTING), 'precise')
  })

  it('tries again ever more seldom while it does not last, and as often as at first after it has', () => {
    const seconds = new Seconds()
    const waits: number[] = []
    const waitForPrecise = () => {
      let waited = 0
      while (seconds.pass(1, 2, RESTING) === 'eco') waited++
      waits.push(waited)
    }
    for (let i = 0; i < 7; i++) {
      seconds.pass(3, 0, SPINNING)
      waitForPrecise()
    }
    assert.deepEqual(waits.slice(1), [19, 39, 79, 159, 299, 299])
    seconds.pass(60, 1, SPINNING)
    seconds.pass(3, 0, SPINNING)
    waitForPrecise()
    assert.equal(waits.at(-1), 9)
  })

  it('never changes twice within three seconds, whatever is measured', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true })
    const share = fc.record({ busy: part, spun: part, starved: part })
    const second = fc.tuple(fc.double({ min: 0, max: 4, noNaN: true }), fc.array(share, { minLength: 1, maxLength: 3 }))
    fc.assert(
      fc.property(fc.array(second, { maxLength: 200 }), (all) => {
        const seconds = new Seconds(4, 3)
        let mode = seconds.pacing.mode
        let since = 0
        for (const [idle, threads] of all) {
          since++
          seconds.pass(1, idle, ...threads)
          if (seconds.pacing.mode === mode) continue
          assert.ok(since >= 3)
          mode = seconds.pacing.mode
          since = 0
        }
      }),
    )
  })
})
