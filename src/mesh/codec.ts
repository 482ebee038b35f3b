/**
 * What every message of the mesh looks like: one byte of wire version, then one MessagePack value.
 *
 * Writing is msgpackr's; reading is the strict reader of `msgpack-reader.ts`, because a peer's bytes may be anything.
 */

import { Packr } from 'msgpackr'
import { VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { readMessagePack } from './msgpack-reader.ts'

/** First byte of every message on a stream or in gossip. Raised when older nodes could misread the rest. */
export const WIRE_VERSION = 1

const packr = new Packr({ useRecords: false, skipValues: [undefined], encodeUndefinedAsNil: true } as object)

/**
 * A message's bytes: the wire version, then the value as MessagePack.
 *
 * The value is plain data: null, booleans, numbers, strings, `Uint8Array`, arrays and plain objects. Properties that
 * are undefined are left out, undefined elements of an array become null, and −0 becomes 0; NaN and the infinities
 * travel as they are.
 *
 * @throws Error when the value holds a symbol or a bigint beyond 64 bits, which is a defect of the caller
 */
export function encodeMessage(value: unknown): Uint8Array {
  const packed = packr.pack(value)
  const bytes = new Uint8Array(packed.length + 1)
  bytes[0] = WIRE_VERSION
  bytes.set(packed, 1)
  return bytes
}

/**
 * The value of a message from outside, as plain data that shares no memory with `bytes`.
 *
 * @param limitBytes longest message accepted, the version byte included
 * @throws VajraError MESSAGE_INVALID when it is longer than the limit, of another version, malformed, nested deeper
 *   than `LIMITS.messageDepth`, made of more than `LIMITS.messageValues` parts, has an extension type, a key that is
 *   not a string or that reaches a prototype, or bytes after its end
 */
export function decodeMessage(bytes: Uint8Array, limitBytes: number): unknown {
  if (bytes.length > limitBytes) {
    throw new VajraError('MESSAGE_INVALID', `a message of ${bytes.length} bytes is over the limit of ${limitBytes}`)
  }
  const version = bytes[0]
  if (version !== WIRE_VERSION) {
    throw new VajraError('MESSAGE_INVALID', describeVersion(version), {
      hint: 'run the same version of vajra on every node of a mesh',
    })
  }
  return readMessagePack(bytes, 1)
}

/** Whether these bytes start with the version this node reads. */
export function isReadableVersion(bytes: Uint8Array): boolean {
  return bytes[0] === WIRE_VERSION
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
