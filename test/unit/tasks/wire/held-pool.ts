/** A pool whose connections and time are in a test's hands, and which holds itself to what must always hold. */

import assert from 'node:assert/strict'
import { prepareRequest } from '../../../../src/tasks/http/prepared-request.ts'
import { ConnectionPool, type PoolClient } from '../../../../src/tasks/http/wire/connection-pool.ts'
import { HeadMemory } from '../../../../src/tasks/http/wire/head-memory.ts'
import type { LinkGroup } from '../../../../src/tasks/http/wire/link-group.ts'
import { WireConnection } from '../../../../src/tasks/http/wire/wire-connection.ts'
import { HeldLink } from './held-link.ts'

export class HeldPool implements PoolClient {
  readonly links: HeldLink[] = []
  readonly settledAs: (readonly [ticket: number, kind: string | null])[] = []
  readonly sentOn = new Map<number, WireConnection>()
  readonly waiting = new Set<number>()
  readonly pool: ConnectionPool
  /**
   * Goes on from the real time, which the pool reads itself where it is told of an event. Whole: so that what is passed is
   * passed exactly.
   */
  now = Math.floor(performance.now())
  submitted = 0
  warmed = 0

  /** @param group pools that it shares links with; null for none */
  constructor(depth = 1, group: LinkGroup | null = null) {
    const parameters = { method: 'GET', url: 'http://held.invalid/', headers: {}, body: undefined, timeoutMs: 10_000 }
    const request = prepareRequest({ ...parameters, pipelining: depth })
    const hold = (events: WireConnection): HeldLink => {
      const link = new HeldLink(events)
      this.links.push(link)
      return link
    }
    const open = hold as never
    const shared = { heads: new HeadMemory(), kept: null }
    const create = (owner: ConnectionPool) => new WireConnection(owner, open, request, depth, shared)
    this.pool = new ConnectionPool(create as never, depth, this, group)
  }

  warm(connections: number): void {
    this.warmed += connections
    this.pool.warm(connections, this.now)
  }

  submit(...tickets: number[]): void {
    for (const ticket of tickets) {
      this.submitted++
      this.waiting.add(ticket)
      this.pool.submit(ticket, this.now)
    }
    assert.ok(this.links.length <= this.submitted + this.warmed, 'more attempts than requests')
  }

  /** Links that are neither destroyed nor ready count as being opened. */
  pass(milliseconds: number): void {
    this.now += milliseconds
    this.pool.look(this.now)
  }

  isWaiting(ticket: number): boolean {
    return this.waiting.has(ticket)
  }

  sending(ticket: number, connection: WireConnection): undefined {
    assert.ok(this.waiting.delete(ticket), `ticket ${ticket} is sent, and did not wait`)
    this.sentOn.set(ticket, connection)
    return undefined
  }

  unconnected(ticket: number, kind: string): void {
    assert.ok(this.waiting.delete(ticket), `ticket ${ticket} has no connection, and did not wait`)
    this.settledAs.push([ticket, kind])
  }

  judge(_ticket: number, _answer: unknown, kind: string | null): string | null {
    return kind
  }

  settled(connection: WireConnection, ticket: number, kind: string | null): void {
    assert.equal(this.sentOn.get(ticket), connection, `ticket ${ticket} is not on this connection`)
    this.sentOn.delete(ticket)
    this.settledAs.push([ticket, kind])
  }
}
