/**
 * What a load thread needs of tasks, and nothing else. A module with this shape is loaded on the thread by URL; the
 * types of `vajra-mesh/sdk` fit it.
 */

import type { Lane, LaneSink, StepPort } from '../journey/lane.ts'
import type { Values } from '../journey/text.ts'
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
  /**
   * A run is about to start: brings the code that its tasks will fire with up to speed. Nobody waits for it, and it
   * leaves the thread its turns. Told of every run; there is nothing left to do for most.
   */
  rehearse?(): Promise<void>
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
  readonly values?: Values
  /** For built-in tasks only: the same for all steps of a scenario, which share what they connect to. */
  readonly scope?: object
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

export interface IterationPort {
  readonly index: number
  readonly user: number
  readonly signal: AbortSignal
}

export type TaskResultPort =
  | { readonly ok: true; readonly bytesSent?: number; readonly bytesReceived?: number }
  | { readonly ok: false; readonly kind: string; readonly bytesSent?: number; readonly bytesReceived?: number }
