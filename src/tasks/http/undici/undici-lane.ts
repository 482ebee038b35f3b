/**
 * Fires one prepared request as often as asked. Every ticket has a connection of its own, opened at its first use and
 * kept alive: connections never queue requests, so that an open model is not throttled by its own client, and tickets
 * taken last-in first-out keep the warm ones busy. HTTP/1.1, no pipelining, no redirects followed, nothing
 * decompressed.
 */

import { performance } from 'node:perf_hooks'
import type { Lane, LaneSink, StepPort } from '../../../journey/lane.ts'
import type { PreparedRequest } from '../prepared-request.ts'
import type { FilledParts } from '../request-template.ts'
import { type Fill, StepRequests } from '../step-requests.ts'
import { Sweep } from '../sweep.ts'
import { buildConnector, Client, type ClientType, type Connector } from './client.ts'
import { UndiciExchange } from './undici-exchange.ts'

/** Idle connections are kept this long unless the server asks for less. */
const KEEP_ALIVE_MS = 30_000
const NO_USER = -1
/** How long a user waits whose request could not be made. */
const REFUSED_MS = 10

function connectorFor({ timeoutMs, secureContext }: PreparedRequest): Connector {
  return buildConnector({
    allowH2: false,
    timeout: timeoutMs,
    ...(secureContext === undefined ? {} : { secureContext }),
  })
}

/** Connections by ticket. */
export type Clients = (ClientType | undefined)[]

export interface UndiciLaneOptions {
  /** Opens connections; over TCP or TLS unless given. */
  readonly connect?: Connector
  /** What is to be done with each request and its answer. */
  readonly step?: StepPort | undefined
  /** What it shares with other lanes, of which one at a time has a ticket. */
  readonly clients?: Clients | undefined
}

export class UndiciLane implements Lane {
  readonly #request: PreparedRequest
  readonly #sink: LaneSink
  readonly #connect: Connector
  readonly #step: StepPort | null
  /** What is made for each request, and done with its answer; null where all are the same. */
  readonly #own: StepRequests<FilledParts> | null
  readonly #clients: Clients
  readonly sharesWith: Clients | undefined
  readonly #exchanges: (UndiciExchange | undefined)[] = []
  readonly #sweep: Sweep
  /** Tickets of users whose request could not be made, for a moment. */
  readonly #refused = new Set<number>()

  constructor(request: PreparedRequest, sink: LaneSink, { connect, step, clients }: UndiciLaneOptions = {}) {
    this.#clients = clients ?? []
    this.sharesWith = clients
    this.#request = request
    this.#sink = sink
    this.#connect = connect ?? connectorFor(request)
    this.#step = step ?? null
    const fill: Fill<FilledParts> = (values, cookiesOf) => request.template.fillParts(values, cookiesOf)
    this.#own = step === undefined ? null : new StepRequests(request, step, fill)
    this.#sweep = new Sweep(request.timeoutMs, (now) => this.#cutOverdue(now))
  }

  fire(ticket: number, _index = 0, user = NO_USER): void {
    const kind = this.#own === null ? null : this.#own.begin(ticket)
    if (kind !== null) return this.#refuse(ticket, user, kind)
    let exchange = this.#exchanges[ticket]
    if (exchange === undefined || exchange.client !== this.#clients[ticket]) exchange = this.#open(ticket)
    this.#sweep.wake()
    exchange.fire(performance.now())
  }

  /** A request that cannot be made. Its user would come back at once, again and again. */
  #refuse(ticket: number, user: number, kind: string): void {
    if (user === NO_USER) return this.#sink.settled(ticket, kind, 0, 0)
    this.#refused.add(ticket)
    const settle = (): void => {
      if (this.#refused.delete(ticket)) this.#sink.settled(ticket, kind, 0, 0)
    }
    setTimeout(settle, REFUSED_MS).unref()
  }

  #open(ticket: number): UndiciExchange {
    const client = this.#clients[ticket] ?? this.#connectTo(this.#request.origin)
    this.#clients[ticket] = client
    const exchange = new UndiciExchange(ticket, client, this.#request, {
      sink: this.#sink,
      own: this.#own,
      keepsBodies: this.#step?.wantsBody === true,
    })
    this.#exchanges[ticket] = exchange
    return exchange
  }

  #connectTo(origin: string): ClientType {
    return new Client(origin, {
      connect: this.#connect,
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  cut(ticket: number, kind: string): void {
    if (this.#refused.delete(ticket)) return this.#sink.settled(ticket, kind, 0, 0)
    const exchange = this.#exchanges[ticket]
    if (exchange?.active !== true) return
    // Forgotten first: settling may fire the ticket again at once, which must open a new connection.
    this.#exchanges[ticket] = undefined
    this.#clients[ticket] = undefined
    exchange.cut(kind)
  }

  #cutOverdue(now: number): boolean {
    const overdue = now - this.#request.timeoutMs
    let active = false
    for (let ticket = 0; ticket < this.#exchanges.length; ticket++) {
      const exchange = this.#exchanges[ticket]
      if (exchange === undefined || !exchange.active) continue
      if (exchange.startedAt <= overdue) this.cut(ticket, exchange.written ? 'timeout' : 'connect_timeout')
      else active = true
    }
    return active
  }

  async close(): Promise<void> {
    this.#sweep.stop()
    this.#own?.clear()
    this.#refused.clear()
    const open = this.#exchanges.splice(0)
    await Promise.all(open.map((exchange) => exchange?.destroy()))
  }
}
