/**
 * One connection, and the one request in flight on it. Reused for request after request: the hot path of a load thread,
 * so nothing is allocated here.
 *
 * A request is sent once and never again. When the server closes an idle connection just as a request goes out, no byte
 * of an answer comes, and nobody can tell whether the request was worked on; it counts as failed (`closed` or
 * `connection_reset`), as with wrk, and as with clients that would send it again only where the user says it does no
 * harm. So every planned request reaches the target at most once, and what it counts is what was counted here. To keep
 * this seldom, a connection that was idle for nearly as long as the server keeps it is not used again.
 */

import type { LaneSink } from '../../lane.ts'
import { errorKind, statusKind } from '../error-kind.ts'
import type { PreparedRequest } from '../prepared-request.ts'
import type { Link, LinkEvents, OpenLink } from './link.ts'
import { ResponseParser, type ResponseSink } from './response-parser.ts'

/** Idle connections are kept this long unless the server keeps them shorter. */
const KEEP_ALIVE_MS = 30_000
/** Given up this much before the server does, or after half of its time if that is later. */
const KEEP_ALIVE_MARGIN_MS = 2000

/**
 * Requests of so many octets fit into what an idle connection has room for in the kernel. They are not asked about:
 * over TLS Node.js may say that they are written only after their answer has come.
 */
const SENT_AT_ONCE = 16 * 1024

const CLOSED = 0
const CONNECTING = 1
const SECURING = 2
const READY = 3

export class WireConnection implements LinkEvents, ResponseSink {
  readonly #ticket: number
  readonly #open: OpenLink
  readonly #request: PreparedRequest
  readonly #bodiless: boolean
  readonly #sink: LaneSink
  readonly #parser = new ResponseParser(this)
  #link: Link | null = null
  #phase = CLOSED
  #active = false
  /** Whether the request has been handed to the link. */
  #written = false
  /** Octets of the request in flight: the next one may be longer. */
  #sent = 0
  #startedAt = 0
  /** When the part began that the request is in: connecting, TLS, or waiting for the answer. */
  #partAt = 0
  #status = 0
  #received = 0
  /** When an idle link is too old to be used. */
  #staleAt = 0

  constructor(ticket: number, open: OpenLink, request: PreparedRequest, sink: LaneSink) {
    this.#ticket = ticket
    this.#open = open
    this.#request = request
    this.#bodiless = request.options.method === 'HEAD'
    this.#sink = sink
  }

  /** @param now in milliseconds of `performance.now()` */
  fire(now: number): void {
    this.#active = true
    this.#written = false
    this.#startedAt = now
    this.#received = 0
    if (this.#phase === READY && now >= this.#staleAt) this.#drop()
    this.#partAt = now
    if (this.#phase === READY) this.#send()
    else if (this.#phase === CLOSED) this.#connect()
  }

  #connect(): void {
    try {
      this.#link = this.#open(this)
      this.#phase = CONNECTING
    } catch (error) {
      this.#settle(errorKind(error))
    }
  }

  #send(): void {
    this.#written = true
    this.#parser.begin(this.#bodiless)
    const { message } = this.#request
    this.#sent = message.length
    this.#link!.write(message)
  }

  get active(): boolean {
    return this.#active
  }

  /** The kind of failure when the request in flight has taken too long, else null. */
  overdue(now: number): string | null {
    const { timeoutMs, phases } = this.#request
    if (now - this.#startedAt >= timeoutMs) return this.#written ? 'timeout' : 'connect_timeout'
    const passed = now - this.#partAt
    if (this.#phase === CONNECTING) return passed < phases.connectMs ? null : 'connect_timeout'
    if (this.#phase === SECURING) return passed < phases.tlsMs ? null : 'tls_timeout'
    return this.#received > 0 || passed < phases.firstByteMs ? null : 'first_byte_timeout'
  }

  /** Ends the request in flight as failed, and its connection. */
  cut(kind: string): void {
    this.#drop()
    this.#settle(kind)
  }

  /** Ends the connection. Nothing settles any more. */
  async destroy(): Promise<void> {
    const link = this.#link
    this.#active = false
    this.#drop()
    await link?.closed()
  }

  /** Before anything settles: a ticket that settles may be fired again at once, over a new link. */
  #drop(): void {
    const link = this.#link
    this.#link = null
    this.#phase = CLOSED
    link?.destroy()
  }

  connected(link: Link): void {
    if (link !== this.#link) return
    this.#phase = SECURING
    this.#partAt = performance.now()
  }

  ready(link: Link): void {
    if (link !== this.#link) return
    this.#phase = READY
    this.#partAt = performance.now()
    this.#staleAt = this.#partAt + KEEP_ALIVE_MS
    if (this.#active) this.#send()
  }

  data(link: Link, octets: Uint8Array, count: number): void {
    if (link !== this.#link) return
    // Nobody has asked for this: what it belongs to is anyone's guess.
    if (!this.#active) return this.#drop()
    const parser = this.#parser
    const end = parser.feed(octets, 0, count)
    this.#received += end
    if (parser.done) this.#finish(link, end === count)
    else if (parser.failed) this.cut('protocol')
  }

  head(status: number): void {
    this.#status = status
  }

  body(): void {}

  /** @param clean nothing came after the answer */
  #finish(link: Link, clean: boolean): void {
    if (clean && this.#parser.persistent && this.#isSent(link)) this.#staleAt = performance.now() + this.#idleLimitMs()
    else this.#drop()
    this.#settle(statusKind(this.#status))
  }

  /** Whether the whole request has gone out: a server may answer before it has read a long one. */
  #isSent(link: Link): boolean {
    return this.#sent <= SENT_AT_ONCE || link.flushed
  }

  #idleLimitMs(): number {
    const seconds = this.#parser.keepAliveSeconds
    if (seconds < 0) return KEEP_ALIVE_MS
    return Math.max(seconds * 1000 - KEEP_ALIVE_MARGIN_MS, seconds * 500)
  }

  ended(link: Link): void {
    if (link !== this.#link) return
    this.#drop()
    if (!this.#active) return
    const complete = this.#written && this.#parser.end()
    this.#settle(complete ? statusKind(this.#status) : 'closed')
  }

  failed(link: Link, error: Error): void {
    if (link !== this.#link) return
    this.#drop()
    this.#settle(errorKind(error))
  }

  #settle(kind: string | null): void {
    if (!this.#active) return
    this.#active = false
    this.#sink.settled(this.#ticket, kind, this.#written ? this.#sent : 0, this.#received)
  }
}
