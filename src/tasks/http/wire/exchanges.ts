/**
 * The requests in flight on one link, and what has come of the answer to the first of them. Answers come in the order in
 * which requests were sent.
 */

import type { HeadMemory } from './head-memory.ts'
import { idleLimitMs } from './keep-alive.ts'
import { ResponseParser, type ResponseSink } from './response-parser.ts'
import { SentTickets } from './sent-tickets.ts'

export class Exchanges implements ResponseSink {
  readonly #parser: ResponseParser
  readonly #sent: SentTickets
  readonly #bodiless: boolean
  /** Answers on this link. */
  #answers = 0
  #status = 0
  #received = 0

  /**
   * @param depth most requests in flight at a time
   * @param bodiless whether answers have no body whatever they say, as those to HEAD
   * @param heads what all connections of a lane share
   */
  constructor(depth: number, bodiless: boolean, heads: HeadMemory) {
    this.#sent = new SentTickets(depth)
    this.#bodiless = bodiless
    this.#parser = new ResponseParser(this, heads)
  }

  /** Requests in flight. */
  get count(): number {
    return this.#sent.count
  }

  get full(): boolean {
    return this.#sent.full
  }

  /** Whether anything has been answered on this link. */
  get proven(): boolean {
    return this.#answers > 0
  }

  /** Octets of the answer to the first request, so far. */
  get received(): number {
    return this.#received
  }

  /** Status of the answer that was read last. */
  get status(): number {
    return this.#status
  }

  /** The answer at hand is complete. */
  get done(): boolean {
    return this.#parser.done
  }

  /** What came is no answer. */
  get failed(): boolean {
    return this.#parser.failed
  }

  /** Whether the answer that was read last lets the link go on. */
  get persistent(): boolean {
    return this.#parser.persistent
  }

  /** For how long the link may be idle after the answer that was read last, in milliseconds. */
  get idleLimitMs(): number {
    return idleLimitMs(this.#parser.keepAliveSeconds)
  }

  /** Whether octets of the answer to a request have come. */
  isReceiving(ticket: number): boolean {
    return this.#received > 0 && this.#sent.first === ticket
  }

  /** There is a new link. */
  reset(): void {
    this.#answers = 0
    this.#received = 0
  }

  /** A request is sent; only where they are not full. */
  add(ticket: number): void {
    if (this.#sent.count === 0) this.await()
    this.#sent.push(ticket)
  }

  /** Gets ready for the answer to the first request in flight. */
  await(): void {
    this.#received = 0
    this.#parser.begin(this.#bodiless)
  }

  /** Reads on, up to the end of the answer. @returns index of the first octet that is not part of it */
  read(octets: Uint8Array, from: number, to: number): number {
    const end = this.#parser.feed(octets, from, to)
    this.#received += end - from
    return end
  }

  /** The link has ended. @returns whether that completes an answer */
  end(): boolean {
    return this.#sent.count > 0 && this.#parser.end()
  }

  /** Takes the first request, whose answer is complete; only where there is one. */
  takeAnswered(): number {
    this.#answers++
    return this.take()
  }

  /** Takes the first request, whatever has come of its answer; only where there is one. */
  take(): number {
    this.#received = 0
    return this.#sent.shift()
  }

  clear(): void {
    this.#sent.clear()
  }

  head(status: number): void {
    this.#status = status
  }

  body(): void {}
}
