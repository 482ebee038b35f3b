/** What connections tell those who have them. */

import type { CameBack } from '../step-requests.ts'

/** Told what becomes of connections and of the requests on them. */
export interface ConnectionOwner<Connection> {
  /** Time of the latest turn, in milliseconds of `performance.now()`: what may be a little out is not asked again. */
  readonly now: number
  /** TCP is connected. */
  connected(connection: Connection): void
  /** Requests may be sent. */
  opened(connection: Connection): void
  /** It could not be opened. Nothing was sent on it. */
  refused(connection: Connection, kind: string): void
  /** There is room for another request. */
  roomy(connection: Connection): void
  /** It has ended, and may be opened again. */
  ended(connection: Connection): void
  /** @param kind null for a success */
  settled(connection: Connection, ticket: number, kind: string | null, received: number): void
  /**
   * Of every answer that came whole, before what comes after it. Only where answers are kept.
   *
   * @param kind what it counts as by itself: null for a success
   * @returns what it counts as
   */
  judge(ticket: number, answer: CameBack, kind: string | null): string | null
}
