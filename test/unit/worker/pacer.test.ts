import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { PacingMode } from '../../../src/base/pacing.ts'
import type { Alarm } from '../../../src/worker/alarm.ts'
import { Pacer } from '../../../src/worker/pacer.ts'

const TURN_MS = 0.02
/** How late a timer of eco mode is at most. */
const TIMER_MS = 1

/** An event loop, an alarm that rings a little early or late, and a timer that is late. */
class VirtualLoop {
  time = 0.3
  mode: PacingMode = 'precise'
  turns = 0
  rings = 0
  timers = 0
  readonly idleTurns: number[] = []
  readonly #errors: readonly number[]
  #ringAt = Number.POSITIVE_INFINITY
  #timerAt = Number.POSITIVE_INFINITY
  #onRing: () => void = () => {}
  #onTimer: () => void = () => {}
  #yielded: (() => void) | undefined

  /** @param errors of the alarm, in turn */
  constructor(errors: readonly number[] = [0], mode: PacingMode = 'precise') {
    this.#errors = errors
    this.mode = mode
  }

  readonly #alarm: Alarm = {
    set: (at) => {
      assert.ok(at > this.time)
      this.#ringAt = Math.max(this.time + TURN_MS, at + this.#errors[this.rings % this.#errors.length]!)
    },
  }

  readonly #timer: Alarm = {
    set: (at) => {
      assert.ok(at > this.time)
      this.#timerAt = Math.min(this.#timerAt, this.time + Math.ceil((at - this.time) / TIMER_MS) * TIMER_MS)
    },
  }

  pacer(turn: (now: number) => number): Pacer {
    return new Pacer({
      clock: () => this.time,
      mode: () => this.mode,
      alarm: (onRing) => {
        this.#onRing = onRing
        return this.#alarm
      },
      timer: (onRing) => {
        this.#onTimer = onRing
        return this.#timer
      },
      yield: (callback) => {
        assert.equal(this.#yielded, undefined)
        this.#yielded = callback
      },
      turn,
      onIdleTurn: (ms) => this.idleTurns.push(ms),
    })
  }

  /** Lets the loop turn until a time. */
  runTo(end: number): void {
    while (this.time < end) {
      const yielded = this.#yielded
      if (yielded !== undefined) {
        this.time += TURN_MS
        this.turns++
        this.#yielded = undefined
        yielded()
      } else if (Math.min(this.#ringAt, this.#timerAt) <= end) {
        this.#ring()
      } else {
        this.time = end
      }
    }
  }

  #ring(): void {
    const timer = this.#timerAt < this.#ringAt
    this.time = Math.max(this.time, timer ? this.#timerAt : this.#ringAt)
    if (timer) {
      this.#timerAt = Number.POSITIVE_INFINITY
      this.timers++
      this.#onTimer()
    } else {
      this.#ringAt = Number.POSITIVE_INFINITY
      this.rings++
      this.#onRing()
    }
  }
}

describe('the pacer', () => {
  const times = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { maxLength: 40 })

  /** Asks for turns and checks that each comes at its time, and no later than is said. */
  function holds(loop: VirtualLoop, asked: readonly number[], latest: number): void {
    const due = asked.toSorted((a, b) => a - b)
    let turns = 0
    const pacer = loop.pacer((now) => {
      turns++
      assert.ok(due[0]! <= now)
      while (due.length > 0 && due[0]! <= now) assert.ok(now - Math.max(due.shift()!, 0.3) <= latest)
      return due[0] ?? Number.POSITIVE_INFINITY
    })
    pacer.wakeBy(due[0] ?? Number.POSITIVE_INFINITY, loop.time)
    loop.runTo(500)
    assert.deepEqual(due, [])
    assert.ok(turns <= asked.length)
  }

  it('turns at every time asked for, never early and no later than the alarm or a turn of the loop', () => {
    const errors = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(times, errors, (asked, alarmErrors) => {
        holds(new VirtualLoop(alarmErrors), asked, Math.max(0, ...alarmErrors) + 0.05)
      }),
    )
  })

  it('waits by timers only in eco mode, and is a timer late at most', () => {
    fc.assert(
      fc.property(times, (asked) => {
        const loop = new VirtualLoop([0], 'eco')
        holds(loop, asked, TIMER_MS)
        assert.equal(loop.rings, 0)
        assert.deepEqual(loop.idleTurns, [])
        assert.ok(loop.timers <= asked.length)
      }),
    )
  })

  it('changes its ways in mid-run', () => {
    const loop = new VirtualLoop([0])
    const turned: number[] = []
    loop
      .pacer((now) => {
        turned.push(now)
        return Math.ceil(now + 1e-9) + 9.5
      })
      .wakeBy(0.5, loop.time)
    loop.runTo(100)
    assert.equal(loop.timers, 0)
    const { turns } = loop
    loop.mode = 'eco'
    loop.runTo(200)
    assert.ok(loop.turns - turns <= 25, 'the wait that had begun is ended as it was')
    assert.ok(loop.timers >= 8)
    loop.mode = 'precise'
    const { timers } = loop
    loop.runTo(300)
    assert.equal(loop.timers, timers + 1)
  })

  it('spins for longer when its alarm has been late, and for less when it is not any more', () => {
    const errors = [...new Array<number>(20).fill(0.1), ...new Array<number>(20).fill(0.6)]
    const loop = new VirtualLoop([...errors, ...new Array<number>(1000).fill(0)])
    const late: number[] = []
    loop
      .pacer((now) => {
        late.push(now % 5)
        return Math.ceil((now + 1e-9) / 5) * 5
      })
      .wakeBy(5, loop.time)
    loop.runTo(5 * 42)
    // Once it has been late it is not so again: from the second ring that comes 0.6 ms late.
    assert.equal(late.filter((ms) => ms > 0.1 && ms < 4.9).length, 1)
    const before = loop.turns
    loop.runTo(5 * 43)
    assert.ok(loop.turns - before > 30, `${loop.turns - before} turns of the loop`)
    loop.runTo(5 * 700)
    const settled = loop.turns
    loop.runTo(5 * 701)
    assert.ok(loop.turns - settled <= 10, `${loop.turns - settled} turns of the loop`)
  })

  it('tells how long turns took in which nothing was due', () => {
    const loop = new VirtualLoop()
    loop.pacer(() => Number.POSITIVE_INFINITY).wakeBy(0.4, loop.time)
    loop.runTo(10)
    // The first turn began with the asking, which may have been any time before.
    assert.equal(loop.turns, 5)
    assert.equal(loop.idleTurns.length, 3)
    for (const ms of loop.idleTurns) assert.ok(Math.abs(ms - TURN_MS) < 1e-9)
  })

  it('sleeps while nothing is due soon', () => {
    const loop = new VirtualLoop([-0.1])
    loop.pacer(() => Number.POSITIVE_INFINITY).wakeBy(10_000.9, loop.time)
    loop.runTo(20_000)
    assert.ok(loop.turns <= 15, `${loop.turns}`)
  })

  it('waits for half an hour as well as for a moment, as one an hour needs', () => {
    for (const mode of ['precise', 'eco'] as const) {
      const loop = new VirtualLoop([0.1], mode)
      let turnedAt = 0
      loop
        .pacer((now) => {
          turnedAt = now
          return Number.POSITIVE_INFINITY
        })
        .wakeBy(1_800_000.25, loop.time)
      loop.runTo(1_900_000)
      assert.ok(turnedAt >= 1_800_000.25 && turnedAt < 1_800_001.5, `${turnedAt}`)
      assert.ok(loop.turns <= 10, `${loop.turns}`)
    }
  })

  it('wakes earlier when asked to, also during a turn', () => {
    for (const mode of ['precise', 'eco'] as const) {
      const loop = new VirtualLoop([0], mode)
      const turns: number[] = []
      const pacer: Pacer = loop.pacer((now) => {
        turns.push(Math.floor(now))
        if (turns.length === 1) pacer.wakeBy(7, loop.time)
        return turns.length < 4 ? 50 : Number.POSITIVE_INFINITY
      })
      pacer.wakeBy(100, loop.time)
      loop.runTo(2)
      pacer.wakeBy(5, loop.time)
      pacer.wakeBy(80, loop.time)
      loop.runTo(60)
      assert.deepEqual(turns.slice(0, 3), [5, 7, 50])
    }
  })

  it('turns soon for a time that has passed', () => {
    for (const mode of ['precise', 'eco'] as const) {
      const loop = new VirtualLoop([0], mode)
      let turned = 0
      const pacer = loop.pacer(() => {
        turned++
        return Number.POSITIVE_INFINITY
      })
      pacer.wakeBy(-5, loop.time)
      loop.runTo(1)
      assert.equal(turned, 1)
    }
  })
})
