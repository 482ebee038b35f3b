/**
 * Frames on a stream: one byte of kind, four bytes of length (big-endian), the payload.
 *
 * A length is checked before anything is kept for it, so that what a stream can make this node hold is one message of
 * the channel's limit.
 */

import { VajraError } from '../base/errors.ts'

/** What a frame carries. */
export const FRAME = Object.freeze({
  /** A message of the layer above. */
  message: 0,
  /** A note of the mesh itself: who is there, and where. */
  note: 1,
  /** A gossiped message, to a peer that gossip does not reach at the moment. */
  gossip: 2,
  /** A sign of life, with what was last heard from the other side. */
  beat: 3,
} as const)

const HEADER_BYTES = 5

/** Room made for a payload before any of it has come. */
const FIRST_BYTES = 16 * 1024

const EMPTY = new Uint8Array(0)

/** A whole frame in one piece, so that it costs one write. */
export function encodeFrame(kind: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + payload.length)
  frame[0] = kind
  new DataView(frame.buffer).setUint32(1, payload.length)
  frame.set(payload, HEADER_BYTES)
  return frame
}

/** Bytes that a payload of this length takes on the stream. */
export function frameBytes(payloadBytes: number): number {
  return HEADER_BYTES + payloadBytes
}

/** Cuts a stream's bytes into frames, in whatever pieces they come. */
export class FrameDecoder {
  readonly #limitBytes: number
  readonly #onFrame: (kind: number, payload: Uint8Array) => void
  readonly #header = new Uint8Array(HEADER_BYTES)
  #headerFilled = 0
  #payload = EMPTY
  #filled = 0
  #length = 0

  /**
   * @param limitBytes longest payload accepted
   * @param onFrame gets each frame; the payload is a copy and the receiver's to keep
   */
  constructor(limitBytes: number, onFrame: (kind: number, payload: Uint8Array) => void) {
    this.#limitBytes = limitBytes
    this.#onFrame = onFrame
  }

  /** @throws VajraError MESSAGE_INVALID on a frame over the limit; the stream is of no use from then on */
  push(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length) {
      at = this.#headerFilled < HEADER_BYTES ? this.#readHeader(bytes, at) : this.#readPayload(bytes, at)
    }
  }

  #readHeader(bytes: Uint8Array, at: number): number {
    const taken = Math.min(HEADER_BYTES - this.#headerFilled, bytes.length - at)
    this.#header.set(bytes.subarray(at, at + taken), this.#headerFilled)
    this.#headerFilled += taken
    if (this.#headerFilled === HEADER_BYTES) this.#begin()
    return at + taken
  }

  #begin(): void {
    const length = new DataView(this.#header.buffer).getUint32(1)
    if (length > this.#limitBytes) {
      throw new VajraError('MESSAGE_INVALID', `a message of ${length} bytes is over the limit of ${this.#limitBytes}`)
    }
    this.#length = length
    this.#filled = 0
    this.#payload = length === 0 ? EMPTY : new Uint8Array(Math.min(length, FIRST_BYTES))
    if (length === 0) this.#finish()
  }

  #readPayload(bytes: Uint8Array, at: number): number {
    const taken = Math.min(this.#length - this.#filled, bytes.length - at)
    this.#makeRoom(this.#filled + taken)
    this.#payload.set(bytes.subarray(at, at + taken), this.#filled)
    this.#filled += taken
    if (this.#filled === this.#length) this.#finish()
    return at + taken
  }

  /** Grows with what has come, not with what was announced: a length alone must not cost memory. */
  #makeRoom(bytes: number): void {
    if (bytes <= this.#payload.length) return
    const larger = new Uint8Array(Math.min(this.#length, Math.max(bytes, 2 * this.#payload.length)))
    larger.set(this.#payload.subarray(0, this.#filled))
    this.#payload = larger
  }

  #finish(): void {
    const payload = this.#payload
    this.#payload = EMPTY
    this.#headerFilled = 0
    this.#onFrame(this.#header[0]!, payload)
  }
}
