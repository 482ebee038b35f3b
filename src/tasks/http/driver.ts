/** What the http task needs of a driver: `wire`, written for it, or `undici`. */

import type { Lane, LaneSink, StepPort } from '../../journey/lane.ts'
import type { PreparedRequest } from './prepared-request.ts'

export interface HttpDriver {
  /**
   * Before the start: refuses a request that could never be sent, and brings its code up to speed.
   *
   * @throws Error saying why
   */
  prepare(request: PreparedRequest): Promise<void>
  /**
   * @param warn tells people of something that they can do about
   * @param step what is to be done with each request and its answer, beside sending and counting
   */
  open(request: PreparedRequest, sink: LaneSink, warn: (message: string) => void, step?: StepPort): Lane
}
