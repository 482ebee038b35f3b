/**
 * Lanes: how load threads have built-in tasks run executions, numbered and without a promise each, settled through one
 * sink. What goes along with a step of a journey is given to its lane.
 */

import type { RawAnswer } from './answer.ts'
import type { Values } from './text.ts'

/** Told once per fired ticket how it ended. */
export interface LaneSink {
  /**
   * @param ticket the number the execution was fired under
   * @param kind null for a success, else the key under which the failure is counted
   * @param bytesSent bytes of the request
   * @param bytesReceived bytes of the answer
   */
  settled(ticket: number, kind: string | null, bytesSent: number, bytesReceived: number): void
}

/** Runs many executions at once. Tickets are small integers; one is fired again only after it has settled. */
export interface Lane {
  /** Lanes with the same one use each other's connections; undefined for a lane with connections of its own. */
  readonly sharesWith?: object | undefined
  /**
   * Gets ready for the load, by opening connections for example. Does not wait, and settles nothing. May be told more
   * than once, also when executions have been fired.
   *
   * @param executions how many are expected to be in flight here soon after the start
   * @param share of the whole mesh's load that falls to this lane, up to 1
   */
  warm?(executions: number, share: number): void
  /**
   * Starts an execution. May settle it before it returns. Never throws.
   *
   * @param index number of the arrival or of the user's iteration
   * @param user of a closed load; -1 in an open one
   */
  fire(ticket: number, index: number, user: number): void
  /** Ends an execution now; it settles, as failed with this kind, before this returns. */
  cut(ticket: number, kind: string): void
  /** Lets go of everything. Nothing settles any more. */
  close(): Promise<void>
}

/** What a step of a journey has to do with its requests, beside firing and counting them. */
export interface StepPort {
  readonly wantsHeaders: boolean
  readonly wantsBody: boolean
  /** Whether {@link cookiesOf} may ever give any. */
  readonly hasCookies: boolean
  /** What templates are filled in with, asked when the request is fired. */
  valuesOf(ticket: number): Values
  /** Header `cookie` of a request that is about to be sent; undefined for none. */
  cookiesOf(ticket: number, url: string): string | undefined
  /**
   * Told of every answer that came whole, before it is settled.
   *
   * @param kind what it would count as: null for a success
   * @returns what it counts as; an expectation may turn either into the other
   */
  answered(ticket: number, url: string, answer: RawAnswer, kind: string | null): string | null
}
