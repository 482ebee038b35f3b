/**
 * What every message of the mesh looks like: one byte of wire version, then one MessagePack value, which is compressed
 * where it is large and worth it.
 *
 * Writing is msgpackr's; reading is the strict reader of `msgpack-reader.ts`, because a peer's bytes may be anything.
 */

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { Packr } from 'msgpackr'
import { messageOf, VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { readMessagePack } from './msgpack-reader.ts'

/** First byte of every message on a stream or in gossip. Raised when older nodes could misread the rest. */
export const WIRE_VERSION = 2

/** In place of the version: the same, with the value compressed by Zstandard. */
const COMPRESSED = WIRE_VERSION | 0x80

/**
 * Messages from this length on are compressed, in bytes. A share table of a thousand nodes names each of them twice: it
 * goes from 200 to 50 kB in half a millisecond, and to a thousand nodes at once while a take-over waits for it.
 */
const COMPRESS_FROM = 8 * 1024

const COMPRESSION = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

/** A reader keeps no more than this of what it has read, as a power of two: no message is longer. */
const WINDOW_LOG = 22

const packr = new Packr({ useRecords: false, skipValues: [undefined], encodeUndefinedAsNil: true } as object)

/**
 * What messages are written into, to be copied from there. Left to itself, msgpackr takes another 8 kB every few messages,
 * and holds each for so long that it counts as old: garbage that V8 seldom looks for.
 */
const scratch = Buffer.allocUnsafeSlow(16 * 1024)

/**
 * A message's bytes: the wire version, then the value as MessagePack.
 *
 * The value is plain data: null, booleans, numbers, strings, `Uint8Array`, arrays and plain objects. Properties that
 * are undefined are left out, undefined elements of an array become null, and −0 becomes 0; NaN and the infinities
 * travel as they are.
 *
 * @param version only of values that are kept: what was written as an earlier version stays the same bytes
 * @throws Error when the value holds a symbol or a bigint beyond 64 bits, which is a defect of the caller
 */
export function encodeMessage(value: unknown, version = WIRE_VERSION): Uint8Array {
  packr.useBuffer(scratch)
  const packed = packr.pack(value)
  const bytes = new Uint8Array(packed.length + 1)
  bytes[0] = version
  bytes.set(packed, 1)
  return bytes
}

/** The same for what may be large and says things more than once, as share tables do. */
export function encodeCompact(value: unknown): Uint8Array {
  const plain = encodeMessage(value)
  if (plain.length < COMPRESS_FROM) return plain
  const packed = zstdCompressSync(plain.subarray(1), COMPRESSION)
  if (packed.length + 1 >= plain.length) return plain
  const bytes = new Uint8Array(packed.length + 1)
  bytes[0] = COMPRESSED
  bytes.set(packed, 1)
  return bytes
}

/**
 * The value of a message from outside, as plain data that shares no memory with `bytes`.
 *
 * @param limitBytes longest message accepted, the version byte included, compressed or not
 * @param earlier a version before {@link WIRE_VERSION} that is read as well, for values that are kept
 * @throws VajraError MESSAGE_INVALID when it is longer than the limit, of another version, malformed, nested deeper
 *   than `LIMITS.messageDepth`, made of more than `LIMITS.messageValues` parts, has an extension type, a key that is
 *   not a string or that reaches a prototype, or bytes after its end
 */
export function decodeMessage(bytes: Uint8Array, limitBytes: number, earlier = WIRE_VERSION): unknown {
  if (bytes.length > limitBytes) {
    throw new VajraError('MESSAGE_INVALID', `a message of ${bytes.length} bytes is over the limit of ${limitBytes}`)
  }
  const version = bytes[0]
  if (version === COMPRESSED) return readMessagePack(decompressed(bytes, limitBytes), 0)
  if (version !== WIRE_VERSION && version !== earlier) {
    throw new VajraError('MESSAGE_INVALID', describeVersion(version), {
      hint: 'run the same version of vajra on every node of a mesh',
    })
  }
  return readMessagePack(bytes, 1)
}

function decompressed(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG }
  try {
    return zstdDecompressSync(bytes.subarray(1), { maxOutputLength: Math.max(1, limitBytes - 1), params })
  } catch (error) {
    throw new VajraError('MESSAGE_INVALID', `a message cannot be decompressed: ${messageOf(error)}`)
  }
}

/** Whether these bytes start with the version this node reads. */
export function isReadableVersion(bytes: Uint8Array): boolean {
  return bytes[0] === WIRE_VERSION || bytes[0] === COMPRESSED
}

/** A sentence naming the version that came and the one this node reads. */
export function describeVersion(version: number | undefined): string {
  return version === undefined
    ? `an empty message; this node reads wire version ${WIRE_VERSION}`
    : `a message of wire version ${version}; this node reads wire version ${WIRE_VERSION}`
}

/** Longest message of each channel, in bytes. */
export const CHANNEL_BYTES = Object.freeze({
  control: LIMITS.controlBytes,
  windows: LIMITS.windowsBytes,
  gossip: LIMITS.gossipBytes,
})
