/**
 * The connections of a lane, and the requests that wait for one.
 *
 * A request takes the connection that was used last among those with room, so that few connections stay busy and the
 * rest grow old; with pipelining, one connection is filled before the next is taken. Where none has room, another is
 * opened: requests never queue for each other, so that an open model is not throttled by its own client. A request goes
 * out on whichever connection has room first, the one opened for it or one that another request is done with.
 *
 * Where pools share their links, one without room takes an idle one of another pool before it opens any.
 *
 * Every attempt to connect is made for a request, and a request has at most one: an attempt that fails, fails the request
 * that has waited longest. Only {@link warm} opens connections for nobody, before the first request.
 */

import { performance } from 'node:perf_hooks'
import type { CameBack } from '../step-requests.ts'
import { ConnectWindow, DROPPED_AFTER_MS } from './connect-window.ts'
import type { ConnectionOwner } from './connection-owner.ts'
import type { LentLink, LinkGroup, LinkPool } from './link-group.ts'
import { TicketQueue } from './ticket-queue.ts'
import type { WireConnection } from './wire-connection.ts'

/** What the pool asks of the requests whose tickets it has. */
export interface PoolClient {
  /** Whether a ticket still waits. */
  isWaiting(ticket: number): boolean
  /**
   * Its request is about to be sent on a connection.
   *
   * @returns what is sent; undefined for what is the same for all
   */
  sending(ticket: number, connection: WireConnection): string | undefined
  /** No connection could be opened for it. */
  unconnected(ticket: number, kind: string): void
  settled(connection: WireConnection, ticket: number, kind: string | null, received: number): void
  /** What an answer counts as; see {@link ConnectionOwner.judge}. */
  judge(ticket: number, answer: CameBack, kind: string | null): string | null
}

export class ConnectionPool implements ConnectionOwner<WireConnection>, LinkPool {
  readonly #create: (owner: ConnectionOwner<WireConnection>) => WireConnection
  readonly #depth: number
  readonly #client: PoolClient
  readonly #group: LinkGroup | null
  readonly #window = new ConnectWindow()
  readonly #all: WireConnection[] = []
  /** Those with room, the one used last at the end. Some may have none any more, or have ended. */
  readonly #roomy: WireConnection[] = []
  readonly #closed: WireConnection[] = []
  /** Those being opened, the oldest first, from `#oldest` on; some are not any more. */
  #attempts: WireConnection[] = []
  #oldest = 0
  #opening = 0
  #beginning = false
  readonly #queue = new TicketQueue()
  /** Tickets in the queue that still wait. */
  #waiting = 0
  /** Connections still to be opened for nobody. */
  #toWarm = 0
  /** Something has been submitted. */
  #used = false
  now = 0

  /**
   * @param create makes a connection, closed
   * @param depth most requests in flight on a connection
   * @param group pools that it shares its links with; null for none
   */
  constructor(
    create: (owner: ConnectionOwner<WireConnection>) => WireConnection,
    depth: number,
    client: PoolClient,
    group: LinkGroup | null = null,
  ) {
    this.#create = create
    this.#depth = depth
    this.#client = client
    this.#group = group
    group?.join(this)
  }

  /** Connections that are open or being opened. */
  get size(): number {
    return this.#all.length - this.#closed.length
  }

  /** Whether something is to be looked after: see {@link look}. */
  get busy(): boolean {
    return this.#opening > 0
  }

  /** Sees to so many connections ahead of the first request. One failure ends it: the target is not there yet. */
  warm(connections: number, now: number): void {
    if (this.#used) return
    this.now = now
    this.#toWarm = Math.max(0, connections - this.size)
    this.#openMore()
  }

  /** Sends a request now or as soon as there is a connection for it. */
  submit(ticket: number, now: number): void {
    this.now = now
    this.#used = true
    this.#toWarm = 0
    const connection = this.#takeRoomy(now) ?? this.#borrow(now)
    if (connection !== null) {
      this.#send(connection, ticket)
      return
    }
    this.#queue.push(ticket)
    this.#waiting++
    this.#openMore()
  }

  #takeRoomy(now: number): WireConnection | null {
    const roomy = this.#roomy
    for (let last = roomy.length - 1; last >= 0; last--) {
      const connection = roomy[last]!
      if (connection.hasRoom && !connection.isStale(now)) return connection
      roomy.pop()
      connection.listed = false
      if (connection.isClosed) this.#closed.push(connection)
      else if (connection.hasRoom) connection.cut('closed')
    }
    return null
  }

  #borrow(now: number): WireConnection | null {
    const lent = this.#group?.borrow(this, now) ?? null
    if (lent === null) return null
    const connection = this.#closed.pop() ?? this.#add()
    connection.adopt(lent)
    connection.listed = true
    this.#roomy.push(connection)
    return connection
  }

  lend(now: number): LentLink | null {
    const connection = this.#takeRoomy(now)
    if (connection === null || !connection.isIdle) return null
    this.#roomy.pop()
    connection.listed = false
    this.#closed.push(connection)
    return connection.release()
  }

  borrowForWaiting(): void {
    while (this.#waiting > 0) {
      this.now = performance.now()
      const connection = this.#borrow(this.now)
      if (connection === null) return
      this.#send(connection, this.#takeWaiting())
    }
  }

  #send(connection: WireConnection, ticket: number): void {
    connection.send(ticket, this.#client.sending(ticket, connection))
    if (connection.hasRoom || !connection.listed) return
    // It is the last of the list but where a connection that is just being served was listed meanwhile.
    if (this.#roomy.at(-1) === connection) {
      this.#roomy.pop()
      connection.listed = false
    }
  }

  /** Gives a connection with room to those who wait, and lists it if there is room left. */
  roomy(connection: WireConnection): void {
    if (this.#waiting > 0) this.now = performance.now()
    while (this.#waiting > 0 && connection.hasRoom) this.#send(connection, this.#takeWaiting())
    if (!connection.hasRoom || connection.listed) return
    connection.listed = true
    this.#roomy.push(connection)
    this.#group?.offer(this)
  }

  /** A ticket that was submitted does not wait any more. */
  withdraw(): void {
    this.#waiting--
    // The attempt was made for it: the next request is to have one of its own, not one the kernel has all but given up.
    if (this.#opening === 0 || (this.#opening - 1) * this.#depth < this.#waiting) return
    while (this.#attempts[this.#oldest]?.isOpening === false) this.#oldest++
    this.#attempts[this.#oldest++]?.cut('closed')
  }

  /** Opens as many as those who wait need, and those to be warmed, within the window. */
  #openMore(): void {
    // What is refused at once asks for more from within.
    if (this.#beginning) return
    this.#beginning = true
    while (this.#window.open && (this.#opening * this.#depth < this.#waiting || this.#toWarm > 0)) {
      if (this.#toWarm > 0) this.#toWarm--
      const connection = this.#closed.pop() ?? this.#add()
      this.#window.begin()
      connection.pending = true
      this.#opening++
      this.#attempts.push(connection)
      connection.open(this.now)
    }
    this.#beginning = false
  }

  #add(): WireConnection {
    const connection = this.#create(this)
    this.#all.push(connection)
    return connection
  }

  connected(connection: WireConnection): void {
    if (!connection.pending) return
    connection.pending = false
    this.#window.end(true)
    if (this.#window.open) this.#openMore()
  }

  opened(connection: WireConnection): void {
    this.now = performance.now()
    this.#opening--
    this.roomy(connection)
  }

  refused(connection: WireConnection, kind: string): void {
    this.#opening--
    this.#toWarm = 0
    if (connection.pending) this.#window.end(false)
    connection.pending = false
    this.#closed.push(connection)
    // Where the others will do for those who wait, nobody has lost anything.
    if (this.#opening * this.#depth < this.#waiting) this.#client.unconnected(this.#takeWaiting(), kind)
    this.#openMore()
  }

  /** Only where one waits. */
  #takeWaiting(): number {
    let ticket = this.#queue.shift()
    while (!this.#client.isWaiting(ticket)) ticket = this.#queue.shift()
    this.#waiting--
    return ticket
  }

  ended(connection: WireConnection): void {
    // Whoever finds it in the list closes it there.
    if (!connection.listed) this.#closed.push(connection)
  }

  settled(connection: WireConnection, ticket: number, kind: string | null, received: number): void {
    this.#client.settled(connection, ticket, kind, received)
  }

  judge(ticket: number, answer: CameBack, kind: string | null): string | null {
    return this.#client.judge(ticket, answer, kind)
  }

  /** Gives up attempts that have taken too long, and begins others in the place of those that were dropped. */
  look(now: number): void {
    this.now = now
    this.#attempts = this.#attempts.filter((connection) => connection.isOpening)
    this.#oldest = 0
    for (const connection of this.#attempts.slice()) {
      if (connection.pending && now - connection.partAt >= DROPPED_AFTER_MS) {
        connection.pending = false
        this.#window.drop()
      }
      const kind = connection.isOpening ? connection.overdue(now) : null
      if (kind !== null) connection.cut(kind)
    }
    this.#openMore()
  }

  /** Ends all connections without a word. */
  async close(): Promise<void> {
    this.#group?.leave(this)
    this.#toWarm = 0
    this.#waiting = 0
    this.#roomy.length = 0
    this.#closed.length = 0
    await Promise.all(this.#all.splice(0).map((connection) => connection.destroy()))
  }
}
