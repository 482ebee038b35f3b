/** What the http task needs of a driver: `wire`, written for it, or `undici`. */

import type { Lane, LaneSink, StepPort } from '../../journey/lane.ts'
import type { PreparedRequest } from './prepared-request.ts'
import type { Sharing } from './shared-connections.ts'

export interface OpenOptions {
  /** Tells people of something that they can do about. */
  readonly warn: (message: string) => void
  /** What is to be done with each request and its answer, beside sending and counting. */
  readonly step?: StepPort | undefined
  /** Lanes with the same may use each other's connections; left out for a lane with connections of its own. */
  readonly sharing?: Sharing | undefined
}

export interface HttpDriver {
  /**
   * Before the start: refuses a request that could never be sent.
   *
   * @throws Error saying why
   */
  prepare(request: PreparedRequest): Promise<void>
  /** Brings its code up to speed, once per thread. Takes a few ten milliseconds, in turns of the event loop. */
  rehearse(): Promise<void>
  open(request: PreparedRequest, sink: LaneSink, options: OpenOptions): Lane
}
