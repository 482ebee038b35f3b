import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VajraError } from '../../../src/base/errors.ts'
import { decodeBatch, encodeBatch } from '../../../src/mesh/batch-codec.ts'
import { decodeMessage, encodeMessage } from '../../../src/mesh/codec.ts'
import { type GeneratorSecond, NOTHING_MEASURED, type WindowBatch, ZERO_COUNTS } from '../../../src/metrics/window.ts'

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
const generator: fc.Arbitrary<GeneratorSecond> = fc.record(
  { pacing: fc.constantFrom('precise', 'eco', 'mixed'), busy: fc.nat(1000), starved: fc.nat(1000) },
  { noNullPrototype: true },
)
const batch: fc.Arbitrary<WindowBatch> = fc.record(
  {
    runId: fc.string(),
    bootId: fc.string(),
    sequence: fc.nat(),
    windows: fc.array(window, { maxLength: 5 }),
    generator,
  },
  { noNullPrototype: true, requiredKeys: ['runId', 'bootId', 'sequence', 'windows'] },
)
const BYTES_LIMIT = 1e6

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

  it('writes what nobody measured the generator for as wire version 1 did, and reads it', () => {
    // As written by 0.1.0 before wire version 2: stores hold such bytes, and finals have hashes over them.
    const bytes = Buffer.from('0194a172a1620190', 'hex')
    assert.deepEqual(decodeBatch(bytes), { runId: 'r', bootId: 'b', sequence: 1, windows: [] })
    assert.deepEqual(Buffer.from(encodeBatch({ runId: 'r', bootId: 'b', sequence: 1, windows: [] })), bytes)
    assert.throws(() => decodeMessage(bytes, BYTES_LIMIT), /version 1; this node reads wire version 2/)
  })

  it('spends little beside the histograms', () => {
    const idle = { scenario: 0, step: 0, counts: ZERO_COUNTS, warmup: ZERO_COUNTS, ...NOTHING_MEASURED }
    const bytes = encodeBatch({ runId: 'r', bootId: 'b', sequence: 1, windows: [idle] })
    assert.ok(bytes.length < 60, `${bytes.length} bytes`)
    const more = encodeBatch({
      runId: 'r',
      bootId: 'b',
      sequence: 1,
      windows: [idle],
      generator: { pacing: 'precise', busy: 450, starved: 12 },
    })
    assert.ok(more.length - bytes.length <= 8, `${more.length - bytes.length} bytes`)
  })

  it('refuses anything that has not the shape of a batch', () => {
    const [sample] = fc.sample(batch, { numRuns: 1, seed: 1 })
    const good = [...plainValues(sample!), [0, 0, 0]]
    assert.doesNotThrow(() => decodeBatch(encodeMessage(good)))
    const windowless = good.slice(0, 3)
    const shapes: unknown[] = [
      null,
      {},
      [],
      windowless,
      [...windowless, {}, [0, 0, 0]],
      [...windowless, [[]], [0, 0, 0]],
      [...windowless, [new Array(33).fill(0)], [0, 0, 0]],
      [1, 'b', 0, [], [0, 0, 0]],
      ['r', 'b', '0', [], [0, 0, 0]],
      [...good, 1],
      good.slice(0, 4),
      ...[null, [], [3, 0, 0], [0.5, 0, 0], [0, 0], [0, 0, 0, 0], ['eco', 0, 0], [0, '1', 0]].map((one) => [
        ...good.slice(0, 4),
        one,
      ]),
    ]
    for (const shape of shapes) refuses(encodeMessage(shape))
    refuses(encodeMessage(good, 1))
    refuses(encodeMessage(good.slice(0, 4), 0))
  })

  it('refuses error kinds that reach the prototype or are too many', () => {
    const [sample] = fc.sample(
      batch.filter(({ windows }) => windows.length > 0),
      { numRuns: 1, seed: 1 },
    )
    const packed = plainValues(sample!) as [string, string, number, unknown[][]]
    const refused = () => refuses(encodeMessage(packed, 1))
    packed[3][0]![12] = ['__proto__', 1]
    refused()
    packed[3][0]![12] = Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? `kind ${i}` : 1))
    refused()
    packed[3][0]![12] = ['odd']
    refused()
  })
})

/** What a batch is on the wire, of wire version 1. */
function plainValues({ generator: _, ...value }: WindowBatch): unknown[] {
  return decodeMessage(encodeBatch(value), BYTES_LIMIT, 1) as unknown[]
}

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
