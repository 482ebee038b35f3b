/** The codec against bytes from anywhere: it gives back what was encoded, or refuses; nothing else ever happens. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VajraError } from '../../src/base/errors.ts'
import { LIMITS } from '../../src/base/limits.ts'
import { checkMessage } from '../../src/coordination/message-schema.ts'
import { decodeBatch, encodeBatch } from '../../src/mesh/batch-codec.ts'
import { decodeMessage, encodeMessage, WIRE_VERSION } from '../../src/mesh/codec.ts'
import { FrameDecoder } from '../../src/mesh/frames.ts'
import { decodeNote } from '../../src/mesh/notes.ts'
import { checkBatch } from '../../src/metrics/validate-batch.ts'
import { batch, counts, encoded, window } from '../unit/metrics/fixtures.ts'
import { anyMessage, byKind } from './message-arbitrary.ts'
import { damaged, patience, tries } from './runs.ts'

/** Every way in that bytes of a peer take. Returns what was accepted, for those that give something back. */
const DOORS: readonly ((bytes: Uint8Array) => unknown)[] = [
  (bytes) => checkMessage(decodeMessage(bytes, LIMITS.controlBytes)),
  (bytes) => checkBatch(decodeBatch(bytes)),
  (bytes) => decodeNote(bytes),
]

function refusesOrReads(bytes: Uint8Array): void {
  for (const door of DOORS) {
    try {
      door(bytes)
    } catch (thrown) {
      assert.ok(thrown instanceof VajraError, `not a refusal: ${String((thrown as Error).stack)}`)
      assert.equal(thrown.code, 'MESSAGE_INVALID')
      assert.ok(thrown.message.length < 1000, `a refusal of ${thrown.message.length} characters`)
    }
  }
}

const soundBatch = fc
  .tuple(
    fc.constantFrom('a', 'b'),
    fc.nat(1000),
    fc.array(fc.integer({ min: 1, max: 3_600_000_000 }), { maxLength: 40 }),
  )
  .map(([bootId, sequence, micros]) => {
    const histogram = encoded(...micros)
    const sent = micros.length
    return batch(
      bootId,
      sequence,
      window({
        counts: counts({ sent, succeeded: sent }),
        latency: histogram,
        serviceTime: histogram,
        lateness: histogram,
        firstAt: sent === 0 ? -1 : 0,
        lastAt: sent === 0 ? -1 : 999,
      }),
    )
  })

describe('fuzz: the codec', function () {
  this.timeout(patience(20))

  for (const [kind, arbitrary] of Object.entries(byKind)) {
    it(`gives back every ${kind} message as it was`, () => {
      fc.assert(
        fc.property(arbitrary as fc.Arbitrary<object>, (message) => {
          const plain = JSON.parse(JSON.stringify(message)) as unknown
          assert.deepEqual(checkMessage(decodeMessage(encodeMessage(message), LIMITS.controlBytes)), plain)
        }),
        tries(60),
      )
    })
  }

  it('gives back every window batch as it was', () => {
    fc.assert(
      fc.property(soundBatch, (original) => {
        assert.deepEqual(checkBatch(decodeBatch(encodeBatch(original))), original)
      }),
      tries(60),
    )
  })

  it('refuses or reads any bytes', () => {
    const body = fc.uint8Array({ maxLength: 200 })
    const versioned = body.map((bytes) => Uint8Array.of(WIRE_VERSION, ...bytes))
    fc.assert(fc.property(fc.oneof(body, versioned), refusesOrReads), tries(3000))
  })

  it('refuses or reads damaged messages and batches', () => {
    const sound = fc.oneof(anyMessage.map(encodeMessage), soundBatch.map(encodeBatch))
    fc.assert(fc.property(damaged(sound), refusesOrReads), tries(2000))
  })

  it('refuses or reads pieces of two messages put together', () => {
    const bytes = fc.oneof(anyMessage.map(encodeMessage), soundBatch.map(encodeBatch))
    const spliced = fc
      .tuple(bytes, bytes, fc.nat(), fc.nat())
      .map(([a, b, i, j]) => Uint8Array.of(...a.subarray(0, i % (a.length + 1)), ...b.subarray(j % (b.length + 1))))
    fc.assert(fc.property(spliced, refusesOrReads), tries(1000))
  })

  it('believes no length, and makes nothing for one', () => {
    // Headers of texts, binaries, lists and maps that promise up to 4 GiB, one in another, with little behind them.
    const header = fc
      .tuple(fc.constantFrom(0xc6, 0xdb, 0xdd, 0xdf, 0xc5, 0xda, 0xdc, 0xde), fc.integer({ min: 0, max: 0xffffffff }))
      .map(([type, length]) => {
        const four = type === 0xc6 || type === 0xdb || type === 0xdd || type === 0xdf
        const bytes = Buffer.alloc(four ? 5 : 3)
        bytes[0] = type
        if (four) bytes.writeUInt32BE(length, 1)
        else bytes.writeUInt16BE(length & 0xffff, 1)
        return bytes
      })
    const message = fc
      .array(fc.oneof(header, fc.constantFrom(Buffer.of(0x91), Buffer.of(0x81, 0xa1, 0x61))), {
        minLength: 1,
        maxLength: 200,
      })
      .map((parts) => new Uint8Array(Buffer.concat([Buffer.of(WIRE_VERSION), ...parts])))
    const before = process.memoryUsage().rss
    fc.assert(fc.property(message, refusesOrReads), tries(1000))
    const grown = process.memoryUsage().rss - before
    assert.ok(grown < 256 * 1024 * 1024, `memory grew by ${Math.round(grown / 1048576)} MiB`)
  })

  it('cuts any stream into frames, in whatever pieces it comes, and keeps no more than one', () => {
    const stream = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 30 })
    fc.assert(
      fc.property(stream, (pieces) => {
        const whole: string[] = []
        const split: string[] = []
        const framesOf = (into: string[]) =>
          new FrameDecoder(1000, (kind, payload) => {
            assert.ok(payload.length <= 1000)
            into.push(`${kind}:${Buffer.from(payload).toString('hex')}`)
          })
        const outcome = (decoder: FrameDecoder, parts: readonly Uint8Array[]): boolean => {
          try {
            for (const part of parts) decoder.push(part)
            return true
          } catch (thrown) {
            assert.ok(thrown instanceof VajraError && thrown.code === 'MESSAGE_INVALID', String(thrown))
            return false
          }
        }
        const together = outcome(framesOf(whole), [new Uint8Array(Buffer.concat(pieces))])
        const apart = outcome(framesOf(split), pieces)
        assert.equal(together, apart)
        assert.deepEqual(split, whole)
      }),
      tries(500),
    )
  })
})
