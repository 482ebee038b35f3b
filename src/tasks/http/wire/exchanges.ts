/**
 * The requests in flight on one link, and what has come of the answer to the first of them. Answers come in the order in
 * which requests were sent.
 */

import { BodyKeeper } from '../answer-body.ts'
import type { CameBack } from '../step-requests.ts'
import { HeadKeeper, type LastHead } from './head-keeper.ts'
import type { HeadMemory } from './head-memory.ts'
import { idleLimitMs } from './keep-alive.ts'
import { ResponseParser, type ResponseSink } from './response-parser.ts'
import { SentTickets } from './sent-tickets.ts'

/** What is kept of answers to look at. */
export interface Kept {
  readonly last: LastHead
  readonly bodies: boolean
}

export class Exchanges implements ResponseSink, CameBack {
  readonly #parser: ResponseParser
  readonly #sent: SentTickets
  readonly #bodiless: boolean
  readonly #head: HeadKeeper | null
  /** Body of the answer that was read last; null where nobody looks at them. */
  readonly body: BodyKeeper | null
  #answers = 0
  #status = 0
  #received = 0

  /**
   * @param depth most requests in flight at a time
   * @param bodiless whether answers have no body whatever they say, as those to HEAD
   * @param heads what all connections of a lane share
   * @param kept what of answers somebody looks at; null for nothing
   */
  constructor(depth: number, bodiless: boolean, heads: HeadMemory, kept: Kept | null) {
    this.#sent = new SentTickets(depth)
    this.#bodiless = bodiless
    this.#head = kept === null ? null : new HeadKeeper(kept.last)
    this.body = kept?.bodies === true ? new BodyKeeper() : null
    this.#parser = new ResponseParser(this, heads, this.#head)
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

  /** Names and values of the header of the answer that was read last; none where nobody looks at them. */
  get headers(): readonly string[] {
    return this.#head?.headers ?? []
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

  /** Answers on this link. */
  get answers(): number {
    return this.#answers
  }

  /** There is another link. @param answers that have come on it */
  reset(answers = 0): void {
    this.#answers = answers
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
    this.body?.begin()
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

  content(octets: Uint8Array, from: number, to: number): void {
    this.body?.add(octets, from, to)
  }
}
