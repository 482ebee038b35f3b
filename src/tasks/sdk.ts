/**
 * What authors of tasks import (`vajra-mesh/sdk`). No dependencies. A task is business logic only: timing,
 * counting and errors belong to the executor.
 *
 * @example
 * ```ts
 * import { defineTask, success } from 'vajra-mesh/sdk'
 *
 * export default defineTask({
 *   name: 'echo', title: 'Echo', description: 'Answers at once.', category: 'custom',
 *   parameters: { type: 'object', properties: { text: { type: 'string' } } },
 *   executor: 'async',
 *   create: (parameters) => ({ async execute () { return success(parameters['text']) } }),
 * })
 * ```
 */

/** Parameters as given in the suite, already validated against the task's schema. */
export type TaskParameters = Readonly<Record<string, unknown>>

/** What a task is told about where it runs. */
export interface TaskContext {
  readonly node: string
  /** Index of the load thread on its node, from 0. */
  readonly worker: number
  /** Resolved credential references by name; in memory only. */
  readonly secrets: Readonly<Record<string, string>>
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string) => void
  /** Aborted when the run is over for this node. */
  readonly signal: AbortSignal
}

/** One execution. */
export interface Iteration {
  /** Number of the arrival in its scenario, or of the user's iteration in a closed model; counts from 0. */
  readonly index: number
  /** Number of the user in a closed model; -1 in an open one. */
  readonly user: number
  /** Aborted when the execution must end now. */
  readonly signal: AbortSignal
}

/** How one execution ended. */
export type TaskResult =
  | { readonly ok: true; readonly data?: unknown; readonly bytesSent?: number; readonly bytesReceived?: number }
  | {
      readonly ok: false
      readonly error: string
      /** Key under which the report counts it. */
      readonly kind: string
      readonly bytesSent?: number
      readonly bytesReceived?: number
    }

/** One prepared instance of a task: one per worker thread and scenario. */
export interface TaskInstance {
  /** Once per worker, before the start. A throw fails the run with exit code 107. */
  setup?(): Promise<void> | void
  /** Once per iteration. A throw counts as a failure of kind `exception`. */
  execute(iteration: Iteration): Promise<TaskResult> | TaskResult
  /** Once, at the end, also after errors. */
  cleanup?(): Promise<void> | void
}

export interface TaskDefinition {
  /** Key in a scenario, as `http`. Lower-case letters, digits and dashes. */
  readonly name: string
  readonly title: string
  readonly description: string
  readonly category: string
  /** JSON Schema of the parameters: validated at submit, listed by `vajra tasks`. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** `async`: many executions at once on one thread; `threads`: one at a time per thread, for CPU-bound work. */
  readonly executor: 'async' | 'threads'
  create(parameters: TaskParameters, context: TaskContext): TaskInstance
}

/** Declares a task; the identity function, for its types. */
export function defineTask(definition: TaskDefinition): TaskDefinition {
  return definition
}

export function success(data?: unknown): TaskResult {
  return { ok: true, data }
}

/**
 * @param error what happened, for people
 * @param kind key under which the report counts it
 */
export function failure(error: unknown, kind = 'failure'): TaskResult {
  return { ok: false, error: error instanceof Error ? error.message : String(error), kind }
}
