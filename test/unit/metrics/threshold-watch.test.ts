import assert from 'node:assert/strict'
import { AWAITED_SECONDS, type Crossing, ThresholdWatch } from '../../../src/metrics/threshold-watch.ts'
import type { Threshold } from '../../../src/suite/spec.ts'
import { batch, counts, encoded, openLoad, scenario, suite, threshold, window } from './fixtures.ts'

function watchOf(...thresholds: readonly Partial<Threshold>[]): ThresholdWatch {
  const declared = thresholds.map((one) => threshold('duration', 'max<10ms', { abortOnFail: true, ...one }))
  const watch = new ThresholdWatch(suite([scenario('browse', openLoad(2, 60))], { thresholds: declared }), 7)
  watch.expect([teller('a'), teller('b')])
  return watch
}

const teller = (bootId: string, firstSequence = 0, lastSequence = Number.POSITIVE_INFINITY) => ({
  bootId,
  firstSequence,
  lastSequence,
})
const told = (bootId: string, sequence: number, millis: number) =>
  batch(bootId, sequence, window({ counts: counts({ sent: 1, succeeded: 1 }), latency: encoded(millis * 1000) }))

const found = (watch: ThresholdWatch): Crossing | null => watch.crossing

describe('ThresholdWatch', () => {
  it('judges a second when all who take part have told it', () => {
    const watch = watchOf({})
    watch.add('alpha', told('a', 0, 50))
    assert.equal(found(watch), null)
    watch.add('beta', told('b', 0, 5))
    assert.deepEqual(found(watch), { index: 0, metric: 'duration', expression: 'max<10ms', observed: 50, at: 1000 })
  })

  it('judges it when the one that is missing is given up, or does not take part yet, or any more', () => {
    for (const tellers of [[teller('a')], [teller('a'), teller('b', 1)], [teller('a', 0, 0), teller('b', 0, -1)]]) {
      const watch = watchOf({})
      watch.add('alpha', told('a', 0, 50))
      assert.equal(found(watch), null)
      watch.expect(tellers)
      assert.equal(found(watch)?.at, 1000)
    }
  })

  it('does not wait for those who are to tell of other seconds only', () => {
    const watch = watchOf({})
    watch.expect([teller('a'), teller('b', 7), teller('c', 0, 0)])
    watch.add('gamma', told('c', 0, 5))
    watch.add('alpha', told('a', 0, 5))
    watch.add('alpha', told('a', 1, 50))
    assert.equal(found(watch)?.at, 2000)
  })

  it('does not wait for ever: what is late counts for the whole', () => {
    const watch = watchOf({ expression: 'avg<10ms' }, { expression: 'max>10ms for 1s' })
    for (let sequence = 0; sequence <= AWAITED_SECONDS; sequence++) watch.add('alpha', told('a', sequence, 5))
    assert.equal(found(watch), null)
    watch.add('alpha', told('a', AWAITED_SECONDS + 1, 5))
    watch.add('beta', told('b', 0, 100))
    watch.add('beta', told('b', 1, 5))
    assert.deepEqual([found(watch)?.expression, found(watch)?.at], ['avg<10ms', 2000])
    assert.equal(found(watch)?.observed, (5 + 5 + 5 + 100) / 4)
  })

  it('waits for the delay; a fault must last until then', () => {
    const lasting = { expression: 'max>10ms for 2s', delayAbortEvalMs: 4000 }
    const over = watchOf(lasting)
    for (const [sequence, millis] of [50, 50, 50, 5, 5].entries()) {
      over.add('alpha', told('a', sequence, millis))
      over.add('beta', told('b', sequence, 5))
    }
    assert.equal(found(over), null)
    const going = watchOf(lasting, { delayAbortEvalMs: 5000 })
    for (let sequence = 0; sequence < 5; sequence++) {
      going.add('alpha', told('a', sequence, 50))
      going.add('beta', told('b', sequence, 5))
    }
    assert.deepEqual([found(going)?.index, found(going)?.at], [0, 4000])
  })

  it('names the first in the suite, and stays with what it found first', () => {
    const watch = watchOf({ abortOnFail: false }, { expression: 'max<40ms' }, { expression: 'max<20ms' })
    for (const [sequence, millis] of [30, 50].entries()) {
      watch.add('alpha', told('a', sequence, millis))
      watch.add('beta', told('b', sequence, 5))
    }
    assert.deepEqual([found(watch)?.index, found(watch)?.observed], [2, 30])
  })

  it('waits for a node that has not come yet', () => {
    const watch = watchOf({ metric: 'requests{node:gamma}', expression: 'count>100' })
    for (const name of ['a', 'b']) watch.add(name, told(name, 0, 5))
    assert.equal(found(watch), null)
    watch.expect([teller('a'), teller('b'), teller('c', 1)])
    for (const name of ['a', 'b']) watch.add(name, told(name, 1, 5))
    watch.add('gamma', told('c', 1, 5))
    assert.deepEqual([found(watch)?.observed, found(watch)?.at], [1, 2000])
  })

  it('holds the rate against the plan: what nobody fires counts', () => {
    const watch = watchOf({ metric: 'rate', expression: 'rate<60% for 2s' })
    for (const [sequence, both] of [true, true, false, false].entries()) {
      watch.add('alpha', told('a', sequence, 5))
      if (both) watch.add('beta', told('b', sequence, 5))
      else watch.expect([teller('a')])
    }
    assert.deepEqual([found(watch)?.observed, found(watch)?.at], [0.5, 4000])
  })
})
