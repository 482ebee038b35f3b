/**
 * Fires one prepared request as often as asked, written and read by ourselves: HTTP/1.1 over TCP or TLS, on the
 * connections of a pool. No redirects followed, nothing decompressed.
 *
 * A request's time runs from when it is fired: while it is held back after a failure (`back-off.ts`), waits for a
 * connection, is on its way, and is answered.
 */

import { performance } from 'node:perf_hooks'
import type { Lane, LaneSink, StepPort } from '../../../journey/lane.ts'
import { FILES_HINT, filesProblem } from '../open-files.ts'
import type { PreparedRequest } from '../prepared-request.ts'
import type { FilledMessage } from '../request-template.ts'
import { type CameBack, type Fill, StepRequests } from '../step-requests.ts'
import { Sweep } from '../sweep.ts'
import { BackOff } from './back-off.ts'
import type { ConnectionOwner } from './connection-owner.ts'
import { ConnectionPool, type PoolClient } from './connection-pool.ts'
import type { Kept } from './exchanges.ts'
import { LastHead } from './head-keeper.ts'
import { HeadMemory } from './head-memory.ts'
import { linksTo, type OpenLink } from './link.ts'
import type { LinkGroup } from './link-group.ts'
import { HELD, IDLE, Requests, SENT, WAITING } from './requests.ts'
import { WireConnection } from './wire-connection.ts'

const NO_USER = -1
/** Of the sweep that lets go of what is held back: it looks every 5 ms. */
const HELD_SWEEP_MS = 40

export interface WireLaneOptions {
  /** Tells people of something that they can do about. */
  readonly warn?: (message: string) => void
  /** What is to be done with each request and its answer. */
  readonly step?: StepPort | undefined
  /** Lanes that it shares its connections with. */
  readonly group?: LinkGroup | undefined
}

/** What of answers is kept for a step; null for nothing. */
function keptFor(step: StepPort | undefined): Kept | null {
  return step === undefined ? null : { last: new LastHead(), bodies: step.wantsBody }
}

export class WireLane implements Lane, PoolClient {
  readonly #request: PreparedRequest
  readonly #sink: LaneSink
  /** What is made for each request, and done with its answer; null where all are the same. */
  readonly #own: StepRequests<FilledMessage> | null
  readonly #requests = new Requests()
  readonly #pool: ConnectionPool
  readonly #backOff: BackOff
  readonly #sweep: Sweep
  readonly #heldSweep: Sweep
  readonly #warn: (message: string) => void
  readonly sharesWith: LinkGroup | undefined
  #warned = false

  /** @param open opens connections; over TCP or TLS unless given */
  constructor(
    request: PreparedRequest,
    sink: LaneSink,
    open: OpenLink = linksTo(request),
    { warn = () => {}, step, group }: WireLaneOptions = {},
  ) {
    this.#warn = warn
    const fill: Fill<FilledMessage> = (values, cookiesOf) => request.template.fillMessage(values, cookiesOf)
    this.#own = step === undefined ? null : new StepRequests(request, step, fill)
    const { pipelining, timeoutMs } = request
    const { connectMs, tlsMs, firstByteMs } = request.phases
    this.#request = request
    this.#sink = sink
    this.#backOff = new BackOff(timeoutMs)
    const shared = { heads: new HeadMemory(), kept: keptFor(step) }
    const create = (owner: ConnectionOwner<WireConnection>) =>
      new WireConnection(owner, open, request, pipelining, shared)
    this.sharesWith = group
    this.#pool = new ConnectionPool(create, pipelining, this, group)
    this.#sweep = new Sweep(Math.min(timeoutMs, connectMs, tlsMs, firstByteMs), (now) => this.#look(now))
    this.#heldSweep = new Sweep(HELD_SWEEP_MS, (now) => this.#letGo(now))
  }

  warm(executions: number, share: number): void {
    const { warmConnections, pipelining } = this.#request
    const connections = warmConnections === undefined ? executions / pipelining : warmConnections * share
    if (connections === 0) return
    const problem = filesProblem(Math.ceil(connections))
    if (problem !== undefined) this.#warnOnce(problem)
    this.#pool.warm(Math.ceil(connections), performance.now())
    this.#sweep.wake()
  }

  #warnOnce(message: string): void {
    if (!this.#warned) this.#warn(message)
    this.#warned = true
  }

  fire(ticket: number, _index = 0, user = NO_USER): void {
    const now = performance.now()
    const requests = this.#requests
    requests.begin(ticket, now, user)
    this.#sweep.wake()
    const delay = user === NO_USER ? 0 : this.#backOff.delayOf(user)
    if (delay === 0) return this.#submit(ticket, now)
    requests.state[ticket] = HELD
    requests.partAt[ticket] = now + delay
    this.#heldSweep.wake()
  }

  #submit(ticket: number, now: number): void {
    const kind = this.#own === null ? null : this.#own.begin(ticket)
    if (kind === null) {
      this.#requests.state[ticket] = WAITING
      this.#pool.submit(ticket, now)
      return
    }
    // Users whose values are not there would come back at once, again and again.
    this.#backOff.failed(this.#requests.user[ticket]!)
    this.#settle(ticket, kind, 0, 0)
  }

  /** Submits what has been held back long enough. @returns whether more is held back */
  #letGo(now: number): boolean {
    const requests = this.#requests
    let more = false
    for (let ticket = 0; ticket < requests.size; ticket++) {
      if (requests.state[ticket] !== HELD) continue
      if (requests.partAt[ticket]! > now) more = true
      else this.#submit(ticket, now)
    }
    return more
  }

  isWaiting(ticket: number): boolean {
    return this.#requests.state[ticket] === WAITING
  }

  sending(ticket: number, connection: WireConnection): string | undefined {
    const requests = this.#requests
    requests.state[ticket] = SENT
    requests.partAt[ticket] = this.#pool.now
    requests.connection[ticket] = connection
    const message = this.#own?.filled(ticket)?.message
    requests.bytes[ticket] = message === undefined ? this.#request.message.length : message.length
    return message
  }

  judge(ticket: number, answer: CameBack, kind: string | null): string | null {
    return this.#own === null ? kind : this.#own.judge(ticket, answer, kind)
  }

  unconnected(ticket: number, kind: string): void {
    if (kind === 'exhausted') this.#warnOnce(`this machine has run out of files or ports (exhausted); ${FILES_HINT}`)
    this.#backOff.failed(this.#requests.user[ticket]!)
    this.#settle(ticket, kind, 0, 0)
  }

  settled(connection: WireConnection, ticket: number, kind: string | null, received: number): void {
    const user = this.#requests.user[ticket]!
    // A server that takes connections only to end them is as good as one that takes none.
    if (connection.isProven) this.#backOff.succeeded(user)
    else this.#backOff.failed(user)
    this.#settle(ticket, kind, this.#requests.bytes[ticket]!, received)
  }

  #settle(ticket: number, kind: string | null, sent: number, received: number): void {
    this.#requests.state[ticket] = IDLE
    this.#sink.settled(ticket, kind, sent, received)
  }

  cut(ticket: number, kind: string): void {
    const requests = this.#requests
    const state = requests.state[ticket]
    if (state === SENT) requests.connection[ticket]!.cut(kind)
    else if (state === WAITING) {
      requests.state[ticket] = IDLE
      this.#pool.withdraw()
      this.#settle(ticket, kind, 0, 0)
    } else if (state === HELD) this.#settle(ticket, kind, 0, 0)
  }

  /** Cuts what has taken too long. @returns whether there is more to look after */
  #look(now: number): boolean {
    const requests = this.#requests
    let active = false
    for (let ticket = 0; ticket < requests.size; ticket++) {
      if (requests.state[ticket] === IDLE) continue
      const kind = this.#overdue(ticket, now)
      if (kind === null) active = true
      else this.cut(ticket, kind)
    }
    this.#pool.look(now)
    return active || this.#pool.busy
  }

  #overdue(ticket: number, now: number): string | null {
    const { timeoutMs, phases } = this.#request
    const { state, startedAt, partAt, connection } = this.#requests
    const sent = state[ticket] === SENT
    if (now - startedAt[ticket]! >= timeoutMs) return sent ? 'timeout' : 'connect_timeout'
    if (!sent || now - partAt[ticket]! < phases.firstByteMs) return null
    return connection[ticket]!.isReceiving(ticket) ? null : 'first_byte_timeout'
  }

  async close(): Promise<void> {
    this.#sweep.stop()
    this.#heldSweep.stop()
    this.#requests.state.fill(IDLE)
    this.#own?.clear()
    await this.#pool.close()
  }
}
