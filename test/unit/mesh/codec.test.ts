import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { VajraError } from '../../../src/base/errors.ts'
import { LIMITS } from '../../../src/base/limits.ts'
import { seededRandom } from '../../../src/base/random.ts'
import { decodeMessage, encodeCompact, encodeMessage, WIRE_VERSION } from '../../../src/mesh/codec.ts'

const LIMIT = LIMITS.controlBytes

const plainData = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double().map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array(),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 40, noNullPrototype: true },
    ),
  ),
})).value

function refuses(bytes: Uint8Array, message: RegExp, limit = LIMIT): void {
  assert.throws(
    () => decodeMessage(bytes, limit),
    (error) => error instanceof VajraError && error.code === 'MESSAGE_INVALID' && message.test(error.message),
  )
}

/** A message whose value is given as MessagePack bytes. */
const raw = (...bytes: number[]): Uint8Array => Uint8Array.from([WIRE_VERSION, ...bytes])

describe('message codec', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(plainData, (value) => assert.deepEqual(decodeMessage(encodeMessage(value), LIMIT), value)),
      { numRuns: 500 },
    )
  })

  it('leaves earlier messages as they were, whatever the lengths of later ones', () => {
    const lengths = [10, 15_000, 16_384, 100_000, 3, 16_300, 20]
    const values = lengths.map((length, i) => ({ i, text: String.fromCharCode(97 + i).repeat(length) }))
    const messages = values.map((value) => encodeMessage(value))
    assert.deepEqual(
      messages.map((bytes) => decodeMessage(bytes, LIMIT)),
      values,
    )
  })

  it('takes no memory for messages that are gone', () => {
    const value = { kind: 'heartbeat', text: 'x'.repeat(700) }
    const written = new Set<ArrayBufferLike>()
    for (let i = 0; i < 3000; i++) {
      encodeMessage(value)
      // msgpackr goes on where the message before ended.
      written.add(new Packr().pack(null).buffer)
    }
    assert.equal(written.size, 1, 'all are written to the same memory')
  })

  it('starts every message with the wire version', () => {
    assert.equal(encodeMessage('x')[0], WIRE_VERSION)
  })

  it('compresses what is large and says things twice, and nothing else', () => {
    fc.assert(
      fc.property(plainData, (value) => assert.deepEqual(decodeMessage(encodeCompact(value), LIMIT), value)),
      { numRuns: 100 },
    )
    const table = Array.from({ length: 1000 }, (_, i) => ({
      bootId: `a rather long name ${i}`,
      weight: 1,
      left: false,
    }))
    assert.deepEqual(decodeMessage(encodeCompact(table), LIMIT), table)
    assert.ok(encodeCompact(table).length < encodeMessage(table).length / 4)
    assert.deepEqual(encodeCompact(['short']), encodeMessage(['short']))
    const random = seededRandom(7)
    const noise = Uint8Array.from({ length: 20_000 }, () => 256 * random())
    assert.ok(Buffer.from(encodeCompact(noise)).equals(encodeMessage(noise)))
  })

  it('refuses what is damaged or too long once it is decompressed', () => {
    const bytes = encodeCompact('x'.repeat(50_000))
    assert.ok(bytes.length < 1000)
    refuses(bytes, /cannot be decompressed/, 40_000)
    refuses(bytes.subarray(0, bytes.length - 3), /cannot be decompressed|ends early|malformed/)
    refuses(Uint8Array.of(bytes[0]!), /cannot be decompressed/)
    refuses(Uint8Array.of(bytes[0]!, 1, 2, 3), /cannot be decompressed/)
    assert.equal((decodeMessage(bytes, 50_010) as string).length, 50_000)
  })

  it('keeps NaN and the infinities, and turns -0 into 0', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      assert.equal(decodeMessage(encodeMessage(value), LIMIT), value)
    }
    assert.ok(Object.is(decodeMessage(encodeMessage(-0), LIMIT), 0))
  })

  it('keeps integers exact up to 2^53', () => {
    for (const value of [2 ** 31, -(2 ** 31) - 1, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1]) {
      assert.equal(decodeMessage(encodeMessage(value), LIMIT), value)
    }
    assert.equal(decodeMessage(raw(0xcf, 0, 0, 0, 1, 0, 0, 0, 0), LIMIT), 2 ** 32)
    assert.equal(decodeMessage(raw(0xd3, 255, 255, 255, 255, 255, 255, 255, 254), LIMIT), -2)
  })

  it('leaves undefined properties out', () => {
    assert.deepEqual(decodeMessage(encodeMessage({ a: undefined, b: 1 }), LIMIT), { b: 1 })
  })

  it('gives binaries of their own memory', () => {
    const bytes = encodeMessage({ data: Uint8Array.of(1, 2, 3) })
    const { data } = decodeMessage(bytes, LIMIT) as { data: Uint8Array }
    bytes.fill(0)
    assert.deepEqual(data, Uint8Array.of(1, 2, 3))
    assert.equal(Object.getPrototypeOf(data), Uint8Array.prototype)
    assert.equal(data.buffer.byteLength, 3)
  })

  it('throws nothing but MESSAGE_INVALID, whatever the bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    fc.assert(
      fc.property(bytes, fc.boolean(), (tail, versioned) => {
        try {
          decodeMessage(versioned ? Uint8Array.from([WIRE_VERSION, ...tail]) : tail, LIMIT)
        } catch (error) {
          assert.ok(error instanceof VajraError && error.code === 'MESSAGE_INVALID', String(error))
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('throws nothing but MESSAGE_INVALID on damaged messages', () => {
    fc.assert(
      fc.property(plainData, fc.nat(), fc.nat(255), (value, at, byte) => {
        const bytes = encodeMessage(value)
        bytes[at % bytes.length] = byte
        try {
          decodeMessage(bytes, LIMIT)
        } catch (error) {
          assert.ok(error instanceof VajraError && error.code === 'MESSAGE_INVALID', String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses every cut of a message, and every message with something after it', () => {
    fc.assert(
      fc.property(plainData, fc.nat(), (value, cut) => {
        const bytes = encodeMessage(value)
        refuses(bytes.subarray(0, cut % bytes.length), /cut off|empty/)
        refuses(Uint8Array.from([...bytes, 0xc0]), /follow its end/)
      }),
    )
  })

  it('refuses another version, naming both', () => {
    refuses(Uint8Array.of(WIRE_VERSION + 1, 0xc0), new RegExp(`version ${WIRE_VERSION + 1}.*version ${WIRE_VERSION}`))
    refuses(new Uint8Array(0), /empty/)
  })

  it('refuses a message over the limit before reading it', () => {
    refuses(encodeMessage(new Uint8Array(100)), /over the limit of 50/, 50)
  })

  it('refuses extension types', () => {
    const date = new Packr({ useRecords: false }).pack(new Date(0))
    refuses(Uint8Array.from([WIRE_VERSION, ...date]), /not plain data/)
    for (const type of [0xc1, 0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8])
      refuses(raw(type, 0, 0), /not plain data/)
  })

  it('refuses keys that reach the prototype or are not strings', () => {
    const proto = Buffer.from('__proto__')
    refuses(raw(0x81, 0xa0 | proto.length, ...proto, 0x80), /prototype/)
    refuses(raw(0x81, 0x01, 0x02), /not a string/)
  })

  it('refuses integers that a number cannot hold', () => {
    refuses(raw(0xcf, 255, 255, 255, 255, 255, 255, 255, 255), /2\^53/)
    refuses(raw(0xd3, 128, 0, 0, 0, 0, 0, 0, 0), /2\^53/)
  })

  it('bounds the nesting', () => {
    const nested = (depth: number): Uint8Array =>
      Uint8Array.from([WIRE_VERSION, ...new Array<number>(depth).fill(0x91), 0xc0])
    assert.doesNotThrow(() => decodeMessage(nested(LIMITS.messageDepth), LIMIT))
    refuses(nested(LIMITS.messageDepth + 1), /nested deeper/)
    refuses(nested(50_000), /nested deeper/)
  })

  it('bounds what few bytes can make it allocate', () => {
    refuses(raw(0xdd, 255, 255, 255, 255), /cut off/)
    refuses(raw(0xdf, 255, 255, 255, 255), /cut off/)
    refuses(raw(0xc6, 255, 255, 255, 255), /cut off/)
    const count = LIMITS.messageValues + 1
    const many = new Uint8Array(1 + 5 + count).fill(0x90)
    many.set([WIRE_VERSION, 0xdd, count >>> 24, count >>> 16, count >>> 8, count])
    refuses(many, /more than .* parts/)
  })
})
