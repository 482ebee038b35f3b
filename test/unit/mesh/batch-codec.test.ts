import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VajraError } from '../../../src/base/errors.ts'
import { decodeBatch, encodeBatch } from '../../../src/mesh/batch-codec.ts'
import { decodeMessage, encodeMessage } from '../../../src/mesh/codec.ts'
import type { WindowBatch } from '../../../src/metrics/window.ts'

const count = fc.nat({ max: 2 ** 40 })
const counts = fc.record(
  { scheduled: count, sent: count, dropped: count, succeeded: count, failed: count },
  { noNullPrototype: true },
)
const histogram = fc.record(
  { data: fc.uint8Array({ maxLength: 50 }), count, min: count, max: count, sum: count },
  { noNullPrototype: true },
)
const errorKind = fc.string({ minLength: 1, maxLength: 12 }).filter((kind) => kind !== '__proto__')
const window = fc.record(
  {
    scenario: fc.nat(99),
    step: fc.nat(9),
    counts,
    warmup: counts,
    errors: fc.dictionary(errorKind, count, { maxKeys: 10, noNullPrototype: true }),
    latency: histogram,
    serviceTime: histogram,
    lateness: histogram,
    bytesSent: count,
    bytesReceived: count,
    inFlight: count,
    firstAt: fc.integer({ min: -1, max: 1e8 }),
    lastAt: fc.double({ min: 0, max: 1e8, noNaN: true }),
  },
  { noNullPrototype: true },
)
const batch: fc.Arbitrary<WindowBatch> = fc.record(
  {
    runId: fc.string(),
    bootId: fc.string(),
    sequence: fc.nat(),
    windows: fc.array(window, { maxLength: 5 }),
  },
  { noNullPrototype: true },
)

describe('batch codec', () => {
  it('gives back the batch that was encoded', () => {
    fc.assert(fc.property(batch, (value) => assert.deepEqual(decodeBatch(encodeBatch(value)), normal(value))))
  })

  it('writes the same bytes for the same batch, whoever encodes it', () => {
    fc.assert(
      fc.property(batch, (value) => {
        const bytes = encodeBatch(value)
        assert.deepEqual(encodeBatch(decodeBatch(bytes)), bytes)
        const reordered = value.windows.map((one) => ({
          ...Object.fromEntries(Object.entries(one).reverse()),
          errors: Object.fromEntries(Object.entries(one.errors).reverse()),
        })) as unknown as WindowBatch['windows']
        assert.deepEqual(encodeBatch({ ...value, windows: reordered }), bytes)
      }),
    )
  })

  it('spends little beside the histograms', () => {
    const empty = { data: new Uint8Array(0), count: 0, min: 0, max: 0, sum: 0 }
    const none = { scheduled: 0, sent: 0, dropped: 0, succeeded: 0, failed: 0 }
    const idle = { scenario: 0, step: 0, counts: none, warmup: none, errors: {}, latency: empty, serviceTime: empty }
    const rest = { lateness: empty, bytesSent: 0, bytesReceived: 0, inFlight: 0, firstAt: -1, lastAt: -1 }
    const bytes = encodeBatch({ runId: 'r', bootId: 'b', sequence: 1, windows: [{ ...idle, ...rest }] })
    assert.ok(bytes.length < 60, `${bytes.length} bytes`)
  })

  it('refuses anything that has not the shape of a batch', () => {
    const good = decodeMessage(encodeBatch(fc.sample(batch, { numRuns: 1, seed: 1 })[0]!), 1e6) as unknown[]
    const windowless = good.slice(0, 3)
    const shapes: unknown[] = [
      null,
      {},
      [],
      windowless,
      [...windowless, {}],
      [...windowless, [[]]],
      [...windowless, [new Array(33).fill(0)]],
      [1, 'b', 0, []],
      ['r', 'b', '0', []],
      [...good, 1],
    ]
    for (const shape of shapes) refuses(encodeMessage(shape))
  })

  it('refuses error kinds that reach the prototype or are too many', () => {
    const [sample] = fc.sample(
      batch.filter(({ windows }) => windows.length > 0),
      { numRuns: 1, seed: 1 },
    )
    const packed = decodeMessage(encodeBatch(sample!), 1e6) as [string, string, number, unknown[][]]
    packed[3][0]![12] = ['__proto__', 1]
    refuses(encodeMessage(packed))
    packed[3][0]![12] = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? `kind ${i}` : 1))
    refuses(encodeMessage(packed))
    packed[3][0]![12] = ['odd']
    refuses(encodeMessage(packed))
  })
})

function refuses(bytes: Uint8Array): void {
  assert.throws(
    () => decodeBatch(bytes),
    (error) => error instanceof VajraError && error.code === 'MESSAGE_INVALID',
  )
}

/** -0 arrives as 0. */
function normal(value: WindowBatch): WindowBatch {
  return { ...value, windows: value.windows.map((one) => ({ ...one, lastAt: one.lastAt + 0 })) }
}
