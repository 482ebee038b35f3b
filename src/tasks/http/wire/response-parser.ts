/**
 * Reads HTTP/1.1 responses (RFC 9112) as they come, in pieces cut anywhere. Pure: octets in, calls of a sink out;
 * nothing is allocated per response.
 *
 * It is strict. Where a message could be read in two ways (both lengths, a length twice, a bare line feed, a space
 * before a colon, a folded line, a coding after `chunked`), it is refused: an answer that was misread would be counted
 * as one that was good, and all that follow on the connection with it.
 */

import { ChunkReader } from './chunk-reader.ts'
import { FieldLines } from './field-lines.ts'
import { FramingFields } from './framing-fields.ts'
import type { HeadKeeper } from './head-keeper.ts'
import type { HeadMemory } from './head-memory.ts'
import { StatusLine } from './status-line.ts'

/** Told what a response consists of. */
export interface ResponseSink {
  /** The header is complete. Once per response; interim ones (1xx) are passed over. */
  head(status: number): void
  /** Octets of the body, without what frames them. The array is the caller's and will be overwritten. */
  content(octets: Uint8Array, from: number, to: number): void
}

/** Octets of a header, and of all trailers; as Node.js has it. */
export const HEAD_LIMIT = 16 * 1024
/** Interim responses before one response. */
export const INTERIM_LIMIT = 32

const STATUS_LINE = 0
const FIELDS = 1
const BODY = 2
const CHUNKS = 3
const UNTIL_CLOSE = 4
const DONE = 5
const FAILED = 6

export class ResponseParser {
  readonly #sink: ResponseSink
  readonly #heads: HeadMemory | null
  readonly #kept: HeadKeeper | null
  readonly #statusLine = new StatusLine()
  readonly #fields = new FramingFields()
  readonly #lines = new FieldLines(this.#fields)
  readonly #chunks = new ChunkReader()
  #state = DONE
  #bodiless = false
  #interim = 0
  #headOctets = 0
  /** Where the head at hand begins in the array at hand; -1 where it began before that. */
  #headFrom = -1
  #trailers = false
  /** Octets of the body still to come. */
  #left = 0

  /**
   * @param heads where the last head is remembered, with other parsers; null to read each
   * @param kept is given the octets of each head; null where nobody looks at them
   */
  constructor(sink: ResponseSink, heads: HeadMemory | null = null, kept: HeadKeeper | null = null) {
    this.#sink = sink
    this.#kept = kept
    this.#heads = heads
  }

  /**
   * Gets ready for the response to a request that has been sent.
   *
   * @param bodiless whatever the header says there is no body, as after HEAD
   */
  begin(bodiless: boolean): void {
    this.#bodiless = bodiless
    this.#interim = 0
    this.#beginHead()
  }

  #beginHead(): void {
    this.#state = STATUS_LINE
    this.#statusLine.begin()
    this.#headOctets = 0
    this.#trailers = false
    this.#fields.reset()
    this.#kept?.begin()
  }

  /** The response is complete. */
  get done(): boolean {
    return this.#state === DONE
  }

  /** What came is not a response. */
  get failed(): boolean {
    return this.#state === FAILED
  }

  /** Of a response that is done: whether another request may be sent on the connection. */
  get persistent(): boolean {
    return this.#statusLine.minor === 1 ? !this.#fields.close : this.#fields.keepAlive && !this.#fields.close
  }

  /** How long the server keeps the connection while it is idle, in seconds; -1 when it did not say. */
  get keepAliveSeconds(): number {
    return this.#fields.keepAliveSeconds
  }

  /**
   * Reads on, up to the end of the response.
   *
   * @returns index of the first octet that is not part of the response; `to`, unless it is done or failed
   */
  feed(octets: Uint8Array, from: number, to: number): number {
    let at = from
    this.#headFrom = -1
    while (at < to) {
      switch (this.#state) {
        case STATUS_LINE:
          at = this.#readStatusLine(octets, at, to)
          break
        case FIELDS:
          at = this.#readFields(octets, at, to)
          break
        case BODY:
          at = this.#readBody(octets, at, to)
          break
        case CHUNKS:
          at = this.#readChunks(octets, at, to)
          break
        case UNTIL_CLOSE:
          this.#sink.content(octets, at, to)
          return to
        default:
          return at
      }
    }
    return at
  }

  /** The connection has ended. @returns whether that completes the response */
  end(): boolean {
    if (this.#state === UNTIL_CLOSE) this.#state = DONE
    return this.#state === DONE
  }

  #fail(at: number): number {
    this.#state = FAILED
    return at
  }

  /** Counts octets of the header; too many are a failure. */
  #count(from: number, to: number): number {
    this.#headOctets += to - from
    return this.#headOctets > HEAD_LIMIT ? this.#fail(to) : to
  }

  /** Takes over a head that stands at `from` and was read before. @returns index of the octet after it; `from` if none does */
  #recall(heads: HeadMemory, octets: Uint8Array, from: number, to: number): number {
    const length = heads.find(octets, from, to)
    if (length === 0) {
      this.#headFrom = from
      return from
    }
    this.#kept?.add(octets, from, from + length)
    this.#statusLine.copy(heads.statusLine)
    this.#fields.copy(heads.fields)
    this.#endFields()
    return from + length
  }

  #readStatusLine(octets: Uint8Array, from: number, to: number): number {
    if (this.#headOctets === 0 && this.#heads !== null) {
      const after = this.#recall(this.#heads, octets, from, to)
      if (after > from) return after
    }
    const line = this.#statusLine
    const at = line.read(octets, from, to)
    this.#kept?.add(octets, from, at)
    if (line.failed) return this.#fail(at)
    if (line.complete) {
      this.#state = FIELDS
      this.#lines.begin(false)
    }
    return this.#count(from, at)
  }

  #readFields(octets: Uint8Array, from: number, to: number): number {
    const lines = this.#lines
    const at = lines.read(octets, from, to)
    if (!this.#trailers) this.#kept?.add(octets, from, at)
    if (lines.failed) return this.#fail(at)
    const end = this.#count(from, at)
    if (lines.complete && !this.failed) {
      if (this.#headFrom >= 0 && !this.#trailers)
        this.#heads?.keep(octets, this.#headFrom, at, this.#statusLine, this.#fields)
      this.#endFields()
    }
    return end
  }

  #endFields(): void {
    if (this.#trailers) this.#state = DONE
    else if (!this.#isFramed()) this.#state = FAILED
    else if (this.#statusLine.status < 200) this.#endInterim()
    else this.#beginBody()
  }

  /** Whether the header leaves no doubt where the body ends. */
  #isFramed(): boolean {
    const { encoded, chunked, contentLength } = this.#fields
    if (!encoded) return true
    return chunked && contentLength < 0 && this.#statusLine.minor === 1
  }

  /** Switching protocols is never asked for. */
  #endInterim(): void {
    if (this.#statusLine.status === 101 || ++this.#interim > INTERIM_LIMIT) this.#state = FAILED
    else this.#beginHead()
  }

  #beginBody(): void {
    const { chunked, contentLength } = this.#fields
    const { status } = this.#statusLine
    this.#left = contentLength
    if (this.#bodiless || status === 204 || status === 304 || contentLength === 0) this.#state = DONE
    else if (chunked) {
      this.#state = CHUNKS
      this.#chunks.begin()
    } else if (contentLength > 0) this.#state = BODY
    else {
      this.#fields.close = true
      this.#state = UNTIL_CLOSE
    }
    this.#sink.head(status)
  }

  #readBody(octets: Uint8Array, from: number, to: number): number {
    const end = Math.min(to, from + this.#left)
    this.#left -= end - from
    if (this.#left === 0) this.#state = DONE
    this.#sink.content(octets, from, end)
    return end
  }

  #readChunks(octets: Uint8Array, from: number, to: number): number {
    const chunks = this.#chunks
    const at = chunks.readFraming(octets, from, to)
    if (chunks.failed) return this.#fail(at)
    if (chunks.last) {
      this.#state = FIELDS
      this.#lines.begin(true)
      this.#trailers = true
      this.#headOctets = 0
      return at
    }
    const end = Math.min(to, at + chunks.left)
    if (end > at) {
      chunks.taken(end - at)
      this.#sink.content(octets, at, end)
    }
    return end
  }
}
