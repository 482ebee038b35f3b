/**
 * What a load thread needs of tasks, and nothing else. A module with this shape is loaded on the thread by URL; the
 * types of `vajra-mesh/sdk` fit it.
 */

import type { CredentialsLink } from './credential-thread.ts'
import type { LogLevel } from './messages.ts'

/** The module behind `tasksUrl`. */
export interface TaskModule {
  readonly builtinTasks: { get(name: string): TaskPort | undefined }
  /** The credentials of one run on one thread. */
  openCredentials?(options: {
    readonly port: CredentialsLink
    readonly log: (level: LogLevel, message: string) => void
  }): CredentialsPort
  /** Secrets of a task by name, from the references in its parameters. */
  resolveSecrets?(
    type: string,
    parameters: Readonly<Record<string, unknown>>,
    credentials: CredentialsPort | undefined,
  ): Promise<Readonly<Record<string, string>>>
}

/** What a thread itself does with the credentials of a run; the rest is between them and the tasks. */
export interface CredentialsPort {
  /** The text without any secret that was given out. */
  redact(text: string): string
  /** Forgets them all. */
  close(): void
}

export interface TaskPort {
  readonly executor: 'async' | 'threads'
  create(parameters: Readonly<Record<string, unknown>>, context: TaskContextPort): TaskInstancePort
}

export interface TaskContextPort {
  readonly node: string
  readonly worker: number
  readonly secrets: Readonly<Record<string, string>>
  /** For built-in tasks only. */
  readonly credentials?: CredentialsPort
  /** For built-in tasks only: the values that stay the same in the whole run. */
  readonly values?: ValuesPort
  readonly log: (level: LogLevel, message: string) => void
  readonly signal: AbortSignal
}

export interface TaskInstancePort {
  setup?(): Promise<void> | void
  execute(iteration: IterationPort): Promise<TaskResultPort> | TaskResultPort
  cleanup?(): Promise<void> | void
  /**
   * Built-in tasks only, after `setup`: a way to run executions without a promise each.
   *
   * @param step what the step of a journey has to do with each request; nothing where it is left out
   */
  openLane?(sink: LaneSink, step?: StepPort): Lane
}

/** The values of one iteration. */
export interface ValuesPort {
  /** The text of a value; undefined for one that there is not, or not yet. */
  get(name: string): string | undefined
}

/** An answer that came whole. What was not asked for is empty. Gone when the call that was given it returns. */
export interface AnswerPort {
  readonly status: number
  /** Names (as sent) and values in turns. */
  readonly headers: readonly string[]
  readonly body: Uint8Array
}

/** What a step of a journey has to do with its requests, beside firing and counting them. */
export interface StepPort {
  readonly wantsHeaders: boolean
  readonly wantsBody: boolean
  /** Whether {@link cookiesOf} may ever give any. */
  readonly hasCookies: boolean
  /** What templates are filled in with, asked when the request is fired. */
  valuesOf(ticket: number): ValuesPort
  /** Header `cookie` of a request that is about to be sent; undefined for none. */
  cookiesOf(ticket: number, url: string): string | undefined
  /**
   * Told of every answer that came whole, before it is settled.
   *
   * @param kind what it would count as: null for a success
   * @returns what it counts as; an expectation may turn either into the other
   */
  answered(ticket: number, url: string, answer: AnswerPort, kind: string | null): string | null
}

export interface IterationPort {
  readonly index: number
  readonly user: number
  readonly signal: AbortSignal
}

export type TaskResultPort =
  | { readonly ok: true; readonly bytesSent?: number; readonly bytesReceived?: number }
  | { readonly ok: false; readonly kind: string; readonly bytesSent?: number; readonly bytesReceived?: number }

/** Told once per fired ticket how it ended. */
export interface LaneSink {
  /** @param kind null for a success, else the key under which the failure is counted */
  settled(ticket: number, kind: string | null, bytesSent: number, bytesReceived: number): void
}

/** Runs many executions at once. Tickets are small integers; one is fired again only after it has settled. */
export interface Lane {
  /**
   * Gets ready for the load, by opening connections for example. Does not wait, and settles nothing. May be told more
   * than once, also when executions have been fired.
   *
   * @param executions how many are expected to be in flight here soon after the start
   * @param share of the whole mesh's load that falls to this lane, up to 1
   */
  warm?(executions: number, share: number): void
  /** Starts an execution. May settle it before it returns. Never throws. */
  fire(ticket: number, index: number, user: number): void
  /** Ends an execution now; it settles, as failed with this kind, before this returns. */
  cut(ticket: number, kind: string): void
  /** Lets go of everything. Nothing settles any more. */
  close(): Promise<void>
}
