import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Alarm } from '../../../src/worker/alarm.ts'
import { Pacer } from '../../../src/worker/pacer.ts'

/** An event loop, and an alarm that rings a little early or late. */
class VirtualLoop implements Alarm {
  time = 0.3
  turns = 0
  rings = 0
  readonly #errors: readonly number[]
  #ringAt = Number.POSITIVE_INFINITY
  #onRing: () => void = () => {}
  #yielded: (() => void) | undefined

  /** @param errors of the alarm, in turn */
  constructor(errors: readonly number[] = [0]) {
    this.#errors = errors
  }

  set(at: number): void {
    assert.ok(at > this.time)
    this.#ringAt = Math.max(this.time, at + this.#errors[this.rings % this.#errors.length]!)
  }

  pacer(turn: (now: number) => number): Pacer {
    return new Pacer({
      clock: () => this.time,
      alarm: (onRing) => {
        this.#onRing = onRing
        return this
      },
      yield: (callback) => {
        assert.equal(this.#yielded, undefined)
        this.#yielded = callback
      },
      turn: () => turn(this.time),
    })
  }

  /** Lets the loop turn until a time. */
  runTo(end: number): void {
    while (this.time < end) {
      const yielded = this.#yielded
      if (yielded !== undefined) {
        this.time += 0.02
        this.turns++
        this.#yielded = undefined
        yielded()
      } else if (this.#ringAt <= end) {
        this.time = Math.max(this.time, this.#ringAt)
        this.#ringAt = Number.POSITIVE_INFINITY
        this.rings++
        this.#onRing()
      } else {
        this.time = end
      }
    }
  }
}

describe('the pacer', () => {
  it('turns at every time asked for, never early and no later than the alarm or a turn of the loop', () => {
    const times = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { maxLength: 40 })
    const errors = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(times, errors, (asked, alarmErrors) => {
        const due = asked.toSorted((a, b) => a - b)
        const loop = new VirtualLoop(alarmErrors)
        const late = Math.max(0, ...alarmErrors) + 0.05
        let turns = 0
        const pacer = loop.pacer((now) => {
          turns++
          assert.ok(due[0]! <= now)
          while (due.length > 0 && due[0]! <= now) assert.ok(now - Math.max(due.shift()!, 0.3) <= late)
          return due[0] ?? Number.POSITIVE_INFINITY
        })
        pacer.wakeBy(due[0] ?? Number.POSITIVE_INFINITY)
        loop.runTo(500)
        assert.deepEqual(due, [])
        assert.ok(turns <= asked.length)
      }),
    )
  })

  it('sleeps while nothing is due soon', () => {
    const loop = new VirtualLoop([-0.1])
    loop.pacer(() => Number.POSITIVE_INFINITY).wakeBy(10_000.9)
    loop.runTo(20_000)
    assert.ok(loop.turns <= 6, `${loop.turns}`)
  })

  it('wakes earlier when asked to, also during a turn', () => {
    const loop = new VirtualLoop()
    const turns: number[] = []
    const pacer: Pacer = loop.pacer((now) => {
      turns.push(Math.round(now))
      if (turns.length === 1) pacer.wakeBy(7)
      return turns.length < 4 ? 50 : Number.POSITIVE_INFINITY
    })
    pacer.wakeBy(100)
    loop.runTo(2)
    pacer.wakeBy(5)
    pacer.wakeBy(80)
    loop.runTo(60)
    assert.deepEqual(turns.slice(0, 3), [5, 7, 50])
  })

  it('turns soon for a time that has passed', () => {
    const loop = new VirtualLoop()
    let turned = 0
    const pacer = loop.pacer(() => {
      turned++
      return Number.POSITIVE_INFINITY
    })
    pacer.wakeBy(-5)
    loop.runTo(1)
    assert.equal(turned, 1)
  })
})
