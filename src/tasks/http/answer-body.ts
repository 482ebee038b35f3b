/** Bodies of answers that somebody wants to look at: gathered up to a limit, and decoded where they come compressed. */

import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { LIMITS } from '../../base/limits.ts'

/** Kind of an answer whose body is longer than `LIMITS.answerBytes`, as it came or decoded. */
export const BODY_TOO_LARGE = 'body_too_large'
/** Kind of an answer whose body is compressed in a way that cannot be undone. */
export const BODY_ENCODING = 'body_encoding'

const NOTHING = Buffer.alloc(0)
const FIRST_BYTES = 4096

/** The body of one answer after the other. */
export class BodyKeeper {
  #octets = NOTHING
  #length = 0
  /** More has come than is kept. */
  overflowed = false

  begin(): void {
    this.#length = 0
    this.overflowed = false
  }

  add(octets: Uint8Array, from: number, to: number): void {
    const length = this.#length + to - from
    if (length > LIMITS.answerBytes) {
      this.overflowed = true
      return
    }
    if (length > this.#octets.length) this.#grow(length)
    this.#octets.set(from === 0 && to === octets.length ? octets : octets.subarray(from, to), this.#length)
    this.#length = length
  }

  #grow(length: number): void {
    const octets = Buffer.allocUnsafeSlow(Math.min(LIMITS.answerBytes, Math.max(FIRST_BYTES, length * 2)))
    octets.set(this.#octets.subarray(0, this.#length))
    this.#octets = octets
  }

  /** Valid until {@link begin}. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#length)
  }
}

type Decode = (octets: Uint8Array, options: { readonly maxOutputLength: number }) => Uint8Array

const CODINGS: Readonly<Record<string, Decode>> = {
  identity: (octets) => octets,
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
  // Some send the bare stream, though RFC 9110, section 8.4.1.2, means one with a header.
  deflate: (octets, options) =>
    ((octets[0] ?? 0) & 0x0f) === 8 ? inflateSync(octets, options) : inflateRawSync(octets, options),
}

/** Undoes what the header `content-encoding` says, or says of what kind the failure is. */
export function decodeBody(octets: Uint8Array, headers: readonly string[]): Uint8Array | string {
  const codings = codingsOf(headers)
  let decoded = octets
  for (const coding of codings.reverse()) {
    const decode = CODINGS[coding]
    if (decode === undefined) return BODY_ENCODING
    if (decoded.length === 0) return decoded
    try {
      decoded = decode(decoded, { maxOutputLength: LIMITS.answerBytes })
    } catch (error) {
      return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE' ? BODY_TOO_LARGE : BODY_ENCODING
    }
  }
  return decoded
}

function codingsOf(headers: readonly string[]): string[] {
  const codings: string[] = []
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (headers[at]!.toLowerCase() !== 'content-encoding') continue
    codings.push(...headers[at + 1]!.split(',').map((word) => word.trim().toLowerCase()))
  }
  return codings.filter((word) => word !== '')
}
