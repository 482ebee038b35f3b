import assert from 'node:assert/strict'
import { VajraError } from '../../../src/base/errors.ts'
import { LIMITS } from '../../../src/base/limits.ts'
import { batchLimitsOf, checkBatch, WIDEST_BATCH } from '../../../src/metrics/validate-batch.ts'
import { batch, counts, encoded, openLoad, scenario, suite, window } from './fixtures.ts'

const good = window({
  counts: counts({ sent: 3, dropped: 1, succeeded: 1, failed: 1 }),
  warmup: counts({ sent: 2, failed: 1 }),
  errors: { timeout: 1 },
  latency: encoded(10, 20),
  serviceTime: encoded(5),
  lateness: encoded(1, 1, 1),
  bytesSent: 100,
  bytesReceived: 2000,
  inFlight: 1,
  firstAt: 0.5,
  lastAt: 900,
})

function refused(value: unknown, message: RegExp): void {
  assert.throws(
    () => checkBatch(value, { scenarios: 2, lastSequence: 60 }),
    (error) => {
      assert.ok(error instanceof VajraError && error.code === 'MESSAGE_INVALID' && error.hint !== undefined)
      assert.match(error.message, message)
      return true
    },
  )
}

describe('checkBatch', () => {
  it('gives back what is sound, the same object', () => {
    const value = batch('a', 60, good, window({ scenario: 1 }), window({ scenario: 1, step: 1 }))
    assert.equal(checkBatch(value, { scenarios: 2, lastSequence: 60 }), value)
    assert.doesNotThrow(() => checkBatch(batch('a', 0), WIDEST_BATCH))
  })

  it('takes answers to sends of earlier windows, and sends a little before the start', () => {
    checkBatch(batch('a', 3, window({ counts: counts({ succeeded: 5, failed: 2 }) })))
    checkBatch(batch('a', 0, window({ firstAt: -0.4, lastAt: 3 })))
  })

  it('allows what a suite can span', () => {
    const limits = batchLimitsOf(suite([scenario('browse', openLoad(1, 60))], { gracefulStopMs: 30_000 }))
    assert.deepEqual(limits, { scenarios: 1, lastSequence: 690 })
  })

  it('refuses what is not a batch', () => {
    for (const value of [undefined, null, 7, 'x', [], {}]) refused(value, /window batch/)
    refused({ ...batch('a', 0), runId: '../../etc' }, /runId: not an id/)
    refused({ ...batch('a', 0), bootId: '' }, /bootId: not an id/)
    refused({ ...batch('a', 0), windows: {} }, /windows: not a list/)
    refused(batch('a', 0, ...Array(LIMITS.windowsPerBatch + 1).fill(good)), /more than 1024/)
  })

  it('takes what load threads say of themselves, and refuses what cannot be', () => {
    const generator = { pacing: 'mixed', busy: 1000, starved: 0 } as const
    assert.doesNotThrow(() => checkBatch({ ...batch('a', 0, good), generator }))
    const wrong = [null, [], {}, { ...generator, pacing: 'auto' }, { ...generator, busy: 1001 }]
    for (const one of [...wrong, { ...generator, starved: -1 }, { ...generator, busy: 0.5 }]) {
      refused({ ...batch('a', 0, good), generator: one }, /generator/)
    }
  })

  it('refuses sequences, scenarios and steps out of range', () => {
    for (const sequence of [-1, 0.5, 61, Number.NaN, '1']) refused({ ...batch('a', 0), sequence }, /sequence/)
    refused(batch('a', 0, window({ scenario: 2 })), /windows\[0\]\.scenario: not a whole number from 0 to 1/)
    refused(batch('a', 0, window({ step: -1 })), /windows\[0\]\.step/)
  })

  it('refuses two windows of one identity', () => {
    refused(batch('a', 0, good, good), /windows\[1\]: scenario 0, step 0 is there twice/)
  })

  it('refuses counts that do not add up', () => {
    const unbalanced = { ...good.counts, scheduled: 9 }
    refused(batch('a', 0, { ...good, counts: unbalanced }), /counts: 9 scheduled, but 3 sent, 1 dropped/)
    refused(batch('a', 0, { ...good, warmup: unbalanced }), /warmup: 9 scheduled/)
    refused(batch('a', 0, { ...good, counts: { ...good.counts, failed: -1 } }), /counts\.failed/)
    refused(batch('a', 0, { ...good, counts: { ...good.counts, failed: 2 ** 32 } }), /counts\.failed/)
    refused(batch('a', 0, { ...good, errors: { timeout: 2 } }), /errors: 2 errors, but 1 failed/)
    refused(batch('a', 0, { ...good, latency: encoded(1, 2, 3) }), /latency: 3 values of at most 2/)
  })

  it('refuses errors without bound', () => {
    const many = Object.fromEntries(Array.from({ length: LIMITS.errorKinds + 2 }, (_, index) => [`kind${index}`, 0]))
    refused(batch('a', 0, { ...good, errors: many }), /errors: more than 64 kinds/)
    refused(batch('a', 0, { ...good, errors: { ['x'.repeat(129)]: 1 } }), /a kind of 129 characters/)
  })

  it('refuses broken histograms, naming them', () => {
    const broken = { ...good.latency, sum: 1 }
    refused(batch('a', 0, { ...good, latency: broken }), /windows\[0\]\.latency: histogram: the sum/)
    refused(batch('a', 0, { ...good, lateness: null as never }), /windows\[0\]\.lateness: not an object/)
  })

  it('refuses times that are none', () => {
    for (const [firstAt, lastAt] of [
      [5, 4],
      [Number.NaN, Number.NaN],
      [0, Number.POSITIVE_INFINITY],
      [-5000, 0],
    ]) {
      refused(batch('a', 0, { ...good, firstAt: firstAt!, lastAt: lastAt! }), /firstAt and lastAt/)
    }
  })
})
