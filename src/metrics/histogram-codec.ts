/**
 * Histograms as bytes: the HdrHistogram V2 encoding, not compressed, that HdrHistogram's own tools read. A 40-byte
 * header, then ZigZag LEB128 numbers, one a bucket from the first on: a count, or minus the length of a run of empty
 * buckets. Written here because the package's own encoder and decoder are slower and trust what they are given; tests
 * hold both against it.
 */

import { VajraError } from '../base/errors.ts'
import { BUCKET_COUNT, bucketIndex, HIGHEST_MICROS, highestValue, lowestValue } from './bucket-layout.ts'
import type { EncodedHistogram } from './window.ts'

/** Counts by bucket. */
export type Buckets = Uint32Array | Float64Array

const HEADER_BYTES = 40
const PAYLOAD_LENGTH_AT = 4
/** A count up to 2^53, doubled by ZigZag, takes 8 bytes of 7 bits. */
const NUMBER_BYTES = 8
/** 128 to the power of {@link NUMBER_BYTES}: the scale of a digit too many. */
const NUMBER_END = 0x80 ** NUMBER_BYTES
const MOST_BYTES = HEADER_BYTES + NUMBER_BYTES * BUCKET_COUNT

const HEADER = buildHeader()
/** Written over by every encoding; one per thread. */
const scratch = new Uint8Array(MOST_BYTES)

function buildHeader(): Uint8Array {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES))
  header.setInt32(0, 0x1c849303 | 0x10)
  header.setInt32(PAYLOAD_LENGTH_AT, 0)
  header.setInt32(8, 0) // normalizing index offset
  header.setInt32(12, 3) // significant digits
  header.setBigInt64(16, 1n) // lowest discernible value
  header.setBigInt64(24, BigInt(HIGHEST_MICROS))
  header.setFloat64(32, 1) // conversion ratio
  return new Uint8Array(header.buffer)
}

/**
 * Encodes the buckets from the first to the last that are not empty.
 *
 * @param first index of the first bucket with a count
 * @param last index of the last bucket with a count
 */
export function encodeBuckets(buckets: Buckets, first: number, last: number): Uint8Array {
  scratch.set(HEADER)
  let at = HEADER_BYTES
  let empty = first
  for (let index = first; index <= last; index++) {
    const count = buckets[index]!
    if (count === 0) {
      empty++
      continue
    }
    if (empty > 0) at = writeEmptyRun(at, empty)
    empty = 0
    at = writeNumber(at, count * 2)
  }
  new DataView(scratch.buffer).setInt32(PAYLOAD_LENGTH_AT, at - HEADER_BYTES)
  return scratch.slice(0, at)
}

/** One empty bucket is a count of 0, more are their negated number: what HdrHistogram itself writes. */
function writeEmptyRun(at: number, length: number): number {
  return writeNumber(at, length === 1 ? 0 : length * 2 - 1)
}

function writeNumber(start: number, zigZag: number): number {
  let at = start
  let rest = zigZag
  while (rest >= 0x80) {
    // Division, not a shift: counts of totals go beyond 32 bits.
    scratch[at++] = (rest % 0x80) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  scratch[at++] = rest
  return at
}

/** The buckets that are not empty, in order: `length` entries of both arrays. Overwritten by the next reading. */
export interface SparseBuckets {
  readonly length: number
  readonly indexes: Int32Array
  readonly counts: Float64Array
}

const sparse = { length: 0, indexes: new Int32Array(BUCKET_COUNT), counts: new Float64Array(BUCKET_COUNT) }

/** Reads the bytes into {@link sparse}. Work is bounded by their number, whatever they say. */
function readBuckets(data: Uint8Array): void {
  checkHeader(data)
  const { indexes, counts } = sparse
  let length = 0
  let at = HEADER_BYTES
  let index = 0
  while (at < data.length) {
    let byte = data[at++]!
    let zigZag = byte & 0x7f
    for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
      if (at === data.length || scale === NUMBER_END) throw invalid('a number has no end')
      byte = data[at++]!
      zigZag += (byte & 0x7f) * scale
    }
    if (zigZag > 2 * Number.MAX_SAFE_INTEGER) throw invalid('a count is too large')
    if (zigZag % 2 === 1) {
      index += (zigZag + 1) / 2
      continue
    }
    if (index >= BUCKET_COUNT) throw invalid('more buckets than the layout has')
    if (zigZag > 0) {
      indexes[length] = index
      counts[length++] = zigZag / 2
    }
    index++
  }
  sparse.length = length
}

function checkHeader(data: Uint8Array): void {
  if (data.length < HEADER_BYTES || data.length > MOST_BYTES) throw invalid(`${data.length} bytes`)
  const stated = new DataView(data.buffer, data.byteOffset, data.byteLength).getInt32(PAYLOAD_LENGTH_AT)
  if (stated !== data.length - HEADER_BYTES) throw invalid('the stated length is not that of the bytes')
  for (let at = 0; at < HEADER_BYTES; at++) {
    const isLength = at >= PAYLOAD_LENGTH_AT && at < PAYLOAD_LENGTH_AT + 4
    if (!isLength && data[at] !== HEADER[at]) throw invalid('not HdrHistogram V2 with 3 digits from 1 µs to 1 h')
  }
}

/**
 * Decodes a histogram and checks that it agrees with itself: the buckets add up to its count, its smallest and largest
 * values lie in the first and last bucket, its sum is one that the buckets allow.
 *
 * @throws VajraError `MESSAGE_INVALID` when it does not, or when the bytes are not an encoding of this layout
 */
export function decodeHistogram(encoded: EncodedHistogram): SparseBuckets {
  const { data, count, min, max, sum } = encoded
  if (!(data instanceof Uint8Array)) throw invalid('the buckets are not bytes')
  for (const value of [count, min, max, sum]) {
    if (!Number.isSafeInteger(value) || value < 0) throw invalid('count, min, max or sum is not a whole number')
  }
  if (count === 0) {
    if (data.length > 0 || min + max + sum > 0) throw invalid('an empty one carries values')
    sparse.length = 0
    return sparse
  }
  if (min > max || max > HIGHEST_MICROS) throw invalid('min and max are out of order or range')
  readBuckets(data)
  checkAgreement(encoded)
  return sparse
}

function checkAgreement({ count, min, max, sum }: EncodedHistogram): void {
  const { length, indexes, counts } = sparse
  let total = 0
  let lowestSum = 0
  let highestSum = 0
  for (let at = 0; at < length; at++) {
    const values = counts[at]!
    total += values
    lowestSum += lowestValue(indexes[at]!) * values
    highestSum += highestValue(indexes[at]!) * values
  }
  if (total !== count) throw invalid(`the buckets hold ${total} values, not ${count}`)
  const first = indexes[0]
  const last = indexes[length - 1]
  if (first !== bucketIndex(min) || last !== bucketIndex(max)) throw invalid('min or max is not in its bucket')
  if (sum < Math.min(lowestSum, Number.MAX_SAFE_INTEGER) || sum > highestSum)
    throw invalid('the sum is not one of these values')
}

function invalid(what: string): VajraError {
  return new VajraError('MESSAGE_INVALID', `histogram: ${what}`, {
    hint: 'a peer sent measurements that do not add up; check that all nodes run the same version',
  })
}
