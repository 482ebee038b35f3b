/**
 * A strict MessagePack reader for bytes from outside (https://github.com/msgpack/msgpack/blob/master/spec.md).
 *
 * It reads one value of plain data and refuses the rest of the format: extension types (which a general reader turns
 * into dates, maps, classes or references), integers beyond 2^53, keys that are not strings. Depth and the number of
 * parts are bounded, and no length is believed before the bytes it promises are known to be there, so a short message
 * cannot ask for a large allocation.
 */

import { VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'

interface Cursor {
  readonly bytes: Buffer
  at: number
  depth: number
  /** Strings, binaries, arrays and maps that may still be made. */
  budget: number
}

/**
 * The one value in `bytes` from `start` to the end.
 *
 * @throws VajraError MESSAGE_INVALID
 */
export function readMessagePack(bytes: Uint8Array, start: number): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const cursor: Cursor = { bytes: buffer, at: start, depth: 0, budget: LIMITS.messageValues }
  const value = readValue(cursor)
  if (cursor.at !== buffer.length) throw invalid(`${buffer.length - cursor.at} bytes follow its end`)
  return value
}

function readValue(cursor: Cursor): unknown {
  const type = cursor.bytes[need(cursor, 1)]!
  if (type < 0x80) return type
  if (type >= 0xe0) return type - 0x100
  if (type < 0x90) return readMap(cursor, type & 0x0f)
  if (type < 0xa0) return readArray(cursor, type & 0x0f)
  if (type < 0xc0) return readText(cursor, type & 0x1f)
  return readTyped(cursor, type)
}

/** The types whose first byte holds nothing but the type. */
function readTyped(cursor: Cursor, type: number): unknown {
  switch (type) {
    case 0xc0:
      return null
    case 0xc2:
      return false
    case 0xc3:
      return true
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return readBinary(cursor, readUnsigned(cursor, 1 << (type - 0xc4)))
    case 0xca:
      return cursor.bytes.readFloatBE(need(cursor, 4))
    case 0xcb:
      return cursor.bytes.readDoubleBE(need(cursor, 8))
    case 0xcc:
    case 0xcd:
    case 0xce:
      return readUnsigned(cursor, 1 << (type - 0xcc))
    case 0xcf:
      return safe(cursor.bytes.readBigUInt64BE(need(cursor, 8)))
    case 0xd0:
      return cursor.bytes.readInt8(need(cursor, 1))
    case 0xd1:
      return cursor.bytes.readInt16BE(need(cursor, 2))
    case 0xd2:
      return cursor.bytes.readInt32BE(need(cursor, 4))
    case 0xd3:
      return safe(cursor.bytes.readBigInt64BE(need(cursor, 8)))
    case 0xd9:
    case 0xda:
    case 0xdb:
      return readText(cursor, readUnsigned(cursor, 1 << (type - 0xd9)))
    case 0xdc:
      return readArray(cursor, readUnsigned(cursor, 2))
    case 0xdd:
      return readArray(cursor, readUnsigned(cursor, 4))
    case 0xde:
      return readMap(cursor, readUnsigned(cursor, 2))
    case 0xdf:
      return readMap(cursor, readUnsigned(cursor, 4))
    default:
      throw invalid(`type 0x${type.toString(16)} is not plain data`)
  }
}

function readUnsigned(cursor: Cursor, width: number): number {
  return cursor.bytes.readUIntBE(need(cursor, width), width)
}

function readText(cursor: Cursor, length: number): string {
  spend(cursor)
  const start = need(cursor, length)
  return cursor.bytes.toString('utf8', start, start + length)
}

function readBinary(cursor: Cursor, length: number): Uint8Array {
  spend(cursor)
  const start = need(cursor, length)
  // A copy: a view would keep the whole message alive, and change with it.
  return new Uint8Array(cursor.bytes.subarray(start, start + length))
}

function readArray(cursor: Cursor, length: number): unknown[] {
  enter(cursor, length)
  const array: unknown[] = []
  for (let i = 0; i < length; i++) array.push(readValue(cursor))
  cursor.depth--
  return array
}

function readMap(cursor: Cursor, length: number): Record<string, unknown> {
  enter(cursor, 2 * length)
  const map: Record<string, unknown> = {}
  for (let i = 0; i < length; i++) {
    const key = readValue(cursor)
    if (typeof key !== 'string') throw invalid('a key is not a string')
    if (key === '__proto__') throw invalid('a key reaches the prototype')
    map[key] = readValue(cursor)
  }
  cursor.depth--
  return map
}

/** Enters an array or map of so many parts, each of at least one byte. */
function enter(cursor: Cursor, parts: number): void {
  spend(cursor)
  if (parts > cursor.bytes.length - cursor.at) throw invalid('it is cut off')
  if (++cursor.depth > LIMITS.messageDepth) throw invalid(`it is nested deeper than ${LIMITS.messageDepth} levels`)
}

function spend(cursor: Cursor): void {
  if (--cursor.budget < 0) throw invalid(`it has more than ${LIMITS.messageValues} parts`)
}

/** Moves over `count` bytes and says where they start. */
function need(cursor: Cursor, count: number): number {
  const start = cursor.at
  if (count > cursor.bytes.length - start) throw invalid('it is cut off')
  cursor.at = start + count
  return start
}

function safe(value: bigint): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw invalid('an integer is beyond 2^53')
  return number
}

function invalid(why: string): VajraError {
  return new VajraError('MESSAGE_INVALID', `a message cannot be read: ${why}`)
}
