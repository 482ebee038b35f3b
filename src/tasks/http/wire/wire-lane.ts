/**
 * Fires one prepared request as often as asked, written and read by ourselves: HTTP/1.1 over TCP or TLS. Every ticket
 * has a connection of its own, opened at its first use and kept alive: connections never queue requests, so that an
 * open model is not throttled by its own client, and tickets taken last-in first-out keep the warm ones busy. No
 * pipelining, no redirects followed, nothing decompressed.
 *
 * A connection that is gone is opened again by the next request that needs it, which waits for it as a user would. There
 * is no back-off: a request that is planned is tried, and how often is bounded by what is in flight.
 */

import type { Lane, LaneSink } from '../../lane.ts'
import type { PreparedRequest } from '../prepared-request.ts'
import { Sweep } from '../sweep.ts'
import { linksTo, type OpenLink } from './link.ts'
import { WireConnection } from './wire-connection.ts'

export class WireLane implements Lane {
  readonly #request: PreparedRequest
  readonly #sink: LaneSink
  readonly #open: OpenLink
  readonly #connections: WireConnection[] = []
  readonly #sweep: Sweep

  /** @param open opens connections; over TCP or TLS unless given */
  constructor(request: PreparedRequest, sink: LaneSink, open: OpenLink = linksTo(request)) {
    this.#request = request
    this.#sink = sink
    this.#open = open
    const { connectMs, tlsMs, firstByteMs } = request.phases
    this.#sweep = new Sweep(Math.min(request.timeoutMs, connectMs, tlsMs, firstByteMs), (now) => this.#cutOverdue(now))
  }

  fire(ticket: number): void {
    const connection = this.#connections[ticket] ?? this.#add(ticket)
    this.#sweep.wake()
    connection.fire(performance.now())
  }

  #add(ticket: number): WireConnection {
    const connection = new WireConnection(ticket, this.#open, this.#request, this.#sink)
    this.#connections[ticket] = connection
    return connection
  }

  cut(ticket: number, kind: string): void {
    const connection = this.#connections[ticket]
    if (connection?.active === true) connection.cut(kind)
  }

  #cutOverdue(now: number): boolean {
    let active = false
    for (let ticket = 0; ticket < this.#connections.length; ticket++) {
      const connection = this.#connections[ticket]
      if (connection?.active !== true) continue
      const kind = connection.overdue(now)
      if (kind === null) active = true
      else connection.cut(kind)
    }
    return active
  }

  async close(): Promise<void> {
    this.#sweep.stop()
    await Promise.all(this.#connections.splice(0).map((connection) => connection.destroy()))
  }
}
