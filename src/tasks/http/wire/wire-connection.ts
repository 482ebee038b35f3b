/**
 * One connection, and the requests in flight on it: one, or with pipelining several, which are answered in the order in
 * which they were sent (RFC 9112, section 9.3.2). Reused for request after request, and opened again when it has ended:
 * the hot path of a load thread, so nothing is allocated here.
 *
 * A request is sent once and never again. When the server closes an idle connection just as a request goes out, no byte
 * of an answer comes, and nobody can tell whether the request was worked on; it counts as failed (`closed` or
 * `connection_reset`), as with wrk, and as with clients that would send it again only where the user says it does no
 * harm. So every planned request reaches the target at most once, and what it counts is what was counted here. To keep
 * this seldom, a connection that was idle for nearly as long as the server keeps it is not used again.
 *
 * What ends a connection fails all requests on it, and all as the same kind: those behind the first were sent, and
 * whether they were worked on nobody knows either.
 */

import { performance } from 'node:perf_hooks'
import { errorKind, statusKind } from '../error-kind.ts'
import type { PreparedRequest } from '../prepared-request.ts'
import type { ConnectionOwner } from './connection-owner.ts'
import { Exchanges, type Kept } from './exchanges.ts'
import type { HeadMemory } from './head-memory.ts'
import { KEEP_ALIVE_MS } from './keep-alive.ts'
import type { Link, LinkEvents, OpenLink } from './link.ts'
import type { LentLink } from './link-group.ts'

/**
 * Requests of so many octets fit into what an idle connection has room for in the kernel. They are not asked about:
 * over TLS Node.js may say that they are written only after their answer has come.
 */
const SENT_AT_ONCE = 16 * 1024

const CLOSED = 0
const CONNECTING = 1
const SECURING = 2
const READY = 3
/** The link is gone, and what was in flight on it is being told. */
const ENDING = 4

/** What all connections of a lane share. */
export interface LaneParts {
  readonly heads: HeadMemory
  /** What of answers is kept to be looked at; null for nothing. */
  readonly kept: Kept | null
}

export class WireConnection implements LinkEvents {
  readonly #owner: ConnectionOwner<WireConnection>
  readonly #open: OpenLink
  readonly #request: PreparedRequest
  readonly #exchanges: Exchanges
  readonly #judged: boolean
  /** Octets of the request that was sent last. */
  #lastLength = 0
  #link: Link | null = null
  #phase = CLOSED
  /** When the attempt began, or its TLS part. */
  #partAt = 0
  /** When an idle link is too old to be used. */
  #staleAt = 0
  /** For the owner: whether it is listed among those with room. */
  listed = false
  /** For the owner: whether it counts among those being opened at once. */
  pending = false

  /**
   * @param depth most requests in flight at a time
   * @param shared what all connections of a lane share
   */
  constructor(
    owner: ConnectionOwner<WireConnection>,
    open: OpenLink,
    request: PreparedRequest,
    depth: number,
    shared: LaneParts,
  ) {
    this.#owner = owner
    this.#open = open
    this.#request = request
    this.#exchanges = new Exchanges(depth, request.options.method === 'HEAD', shared.heads, shared.kept)
    this.#judged = shared.kept !== null
  }

  /** Begins to open it, when it is closed. May be refused before this returns. */
  open(now: number): void {
    this.#partAt = now
    this.#phase = CONNECTING
    try {
      this.#link = this.#open(this)
    } catch (error) {
      this.#phase = CLOSED
      this.#owner.refused(this, errorKind(error))
    }
  }

  get isOpening(): boolean {
    return this.#phase === CONNECTING || this.#phase === SECURING
  }

  /** Since when TCP is being connected, or since when TLS is being shaken hands on. */
  get partAt(): number {
    return this.#partAt
  }

  /** Whether another request can be sent. */
  get hasRoom(): boolean {
    return this.#phase === READY && !this.#exchanges.full
  }

  get isClosed(): boolean {
    return this.#phase === CLOSED
  }

  /** Whether the server has answered anything since it was opened. */
  get isProven(): boolean {
    return this.#exchanges.proven
  }

  /** Whether it has been idle for so long that the server may be about to close it. */
  isStale(now: number): boolean {
    return this.#exchanges.count === 0 && now >= this.#staleAt
  }

  /** Whether octets of the answer to a request have come. */
  isReceiving(ticket: number): boolean {
    return this.#exchanges.isReceiving(ticket)
  }

  /**
   * Sends a request; only where there is room.
   *
   * @param message its own; undefined for the one that is the same for all
   */
  send(ticket: number, message: string | undefined): void {
    this.#exchanges.add(ticket)
    const sent = message ?? this.#request.message
    this.#lastLength = sent.length
    this.#link!.write(sent)
  }

  /** The kind of failure when opening it takes longer than is allowed, else null. */
  overdue(now: number): string | null {
    const { connectMs, tlsMs } = this.#request.phases
    const passed = now - this.#partAt
    if (this.#phase === CONNECTING) return passed < connectMs ? null : 'connect_timeout'
    return passed < tlsMs ? null : 'tls_timeout'
  }

  /** Ends it, and fails what is in flight on it. */
  cut(kind: string): void {
    if (this.#phase === READY) this.#end(kind)
    else if (this.isOpening) {
      this.#drop()
      this.#phase = CLOSED
      this.#owner.refused(this, kind)
    }
  }

  /** Whether its link can be given to another connection. */
  get isIdle(): boolean {
    return this.#phase === READY && this.#exchanges.count === 0
  }

  /** Gives its link away, and is closed then; only where it is idle. */
  release(): LentLink {
    const link = this.#link!
    this.#link = null
    this.#phase = CLOSED
    return { link, staleAt: this.#staleAt, answers: this.#exchanges.answers }
  }

  /** Takes on the link of another connection to the same place; only where it is closed. */
  adopt({ link, staleAt, answers }: LentLink): void {
    link.handTo(this)
    this.#link = link
    this.#phase = READY
    this.#staleAt = staleAt
    this.#exchanges.reset(answers)
  }

  /** Ends it without a word to anybody. */
  async destroy(): Promise<void> {
    const link = this.#link
    this.#exchanges.clear()
    this.#drop()
    await link?.closed()
  }

  /** First of all: a ticket that settles may be fired again at once. */
  #drop(): void {
    const link = this.#link
    this.#link = null
    this.#phase = ENDING
    link?.destroy()
  }

  /** Ends a link that was ready. */
  #end(kind: string): void {
    this.#drop()
    const exchanges = this.#exchanges
    while (exchanges.count > 0) {
      // Of the answer to the first something may have come.
      const { received } = exchanges
      this.#owner.settled(this, exchanges.take(), kind, received)
    }
    this.#phase = CLOSED
    this.#owner.ended(this)
  }

  connected(link: Link): void {
    if (link !== this.#link) return
    this.#phase = SECURING
    this.#partAt = performance.now()
    this.#owner.connected(this)
  }

  ready(link: Link): void {
    if (link !== this.#link) return
    const { now } = this.#owner
    if (this.#phase === CONNECTING) this.#owner.connected(this)
    this.#phase = READY
    this.#exchanges.reset()
    this.#staleAt = now + KEEP_ALIVE_MS
    this.#owner.opened(this)
  }

  data(link: Link, octets: Uint8Array, count: number): void {
    if (link !== this.#link) return
    // What is sent while this is read cannot be what it answers.
    const exchanges = this.#exchanges
    let owed = exchanges.count
    let at = 0
    while (at < count) {
      // Nobody has asked for this: what it belongs to is anyone's guess.
      if (owed === 0) return this.#end('protocol')
      at = exchanges.read(octets, at, count)
      if (exchanges.failed) return this.#end('protocol')
      if (!exchanges.done) return
      owed--
      if (!this.#finish(link, owed === 0 && at < count)) return
    }
  }

  /**
   * The first answer is complete.
   *
   * @param unasked more has come than was asked for
   * @returns whether the link goes on
   */
  #finish(link: Link, unasked: boolean): boolean {
    const exchanges = this.#exchanges
    const { received } = exchanges
    const ticket = exchanges.takeAnswered()
    const own = statusKind(exchanges.status)
    const kind = this.#judged ? this.#owner.judge(ticket, exchanges, own) : own
    if (unasked || !exchanges.persistent || !this.#isSent(link)) {
      this.#drop()
      this.#owner.settled(this, ticket, kind, received)
      this.#end(unasked ? 'protocol' : 'closed')
      return false
    }
    this.#staleAt = this.#owner.now + exchanges.idleLimitMs
    if (exchanges.count > 0) exchanges.await()
    this.#owner.roomy(this)
    this.#owner.settled(this, ticket, kind, received)
    return link === this.#link
  }

  /** Whether the whole request has gone out: a server may answer before it has read a long one. */
  #isSent(link: Link): boolean {
    return this.#lastLength <= SENT_AT_ONCE || link.flushed
  }

  ended(link: Link): void {
    if (link !== this.#link) return
    if (this.isOpening) return this.cut('closed')
    if (this.#exchanges.end()) this.#finish(link, false)
    else this.#end('closed')
  }

  failed(link: Link, error: Error): void {
    if (link === this.#link) this.cut(errorKind(error))
  }
}
