/** Lanes of both HTTP drivers, with executions that can be waited for. */

import type { Lane, LaneSink } from '../../../src/journey/lane.ts'
import {
  type HttpRequestParameters,
  type PreparedRequest,
  prepareRequest,
} from '../../../src/tasks/http/prepared-request.ts'
import { UndiciLane } from '../../../src/tasks/http/undici/undici-lane.ts'
import { WireLane } from '../../../src/tasks/http/wire/wire-lane.ts'

export const DRIVERS: Readonly<Record<'undici' | 'wire', (request: PreparedRequest, sink: LaneSink) => Lane>> = {
  undici: (request, sink) => new UndiciLane(request, sink),
  wire: (request, sink) => new WireLane(request, sink),
}

export interface Settled {
  readonly ticket: number
  readonly kind: string | null
  readonly bytesSent: number
  readonly bytesReceived: number
}

export class FiredLane {
  readonly settled: Settled[] = []
  readonly request: PreparedRequest
  readonly #lane: Lane
  readonly #waiting = new Map<number, (settled: Settled) => void>()

  constructor(driver: keyof typeof DRIVERS, url: string, more: Partial<HttpRequestParameters> = {}) {
    const parameters = { method: 'GET', url, headers: {}, body: undefined, timeoutMs: 2000, ...more }
    this.request = prepareRequest(parameters)
    this.#lane = DRIVERS[driver](this.request, {
      settled: (ticket, kind, bytesSent, bytesReceived) => {
        const settled = { ticket, kind, bytesSent, bytesReceived }
        this.settled.push(settled)
        this.#waiting.get(ticket)?.(settled)
      },
    })
  }

  fire(ticket = 0): Promise<Settled> {
    return new Promise((resolve) => {
      this.#waiting.set(ticket, resolve)
      this.#lane.fire(ticket, ticket, 0)
    })
  }

  async kind(ticket = 0): Promise<string | null> {
    return (await this.fire(ticket)).kind
  }

  cut(ticket: number, kind: string): void {
    this.#lane.cut(ticket, kind)
  }

  close(): Promise<void> {
    return this.#lane.close()
  }
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))
