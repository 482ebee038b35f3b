/** The task of one step on one thread: created, set up, opened as a lane, and cleaned up once. */

import { messageOf, VajraError } from '../base/errors.ts'
import type { Lane, StepPort } from '../journey/lane.ts'
import type { TaskSpec } from '../suite/spec.ts'
import type { IterationWork } from './iteration-work.ts'
import type { LogLevel } from './messages.ts'
import { AsyncLane, SerialLane, type SerialSink } from './task-lanes.ts'
import type { CredentialsPort, TaskContextPort, TaskInstancePort, TaskModule, TaskPort } from './task-port.ts'

export interface StepTaskOptions {
  /** Scenario, and step where it has several, as messages name them. */
  readonly where: string
  readonly task: TaskSpec
  readonly tasks: TaskModule
  readonly credentials: CredentialsPort | undefined
  readonly node: string
  readonly worker: number
  /** Told how executions go. */
  readonly sink: SerialSink
  /** Takes the lane. @param laneStarts true for one that says itself when an execution's turn comes */
  readonly attach: (lane: Lane, laneStarts: boolean) => void
  /** What there is to do with each request, if anything. */
  readonly step?: StepPort | undefined
  /** What goes along with the iterations, if anything. */
  readonly work?: Pick<IterationWork, 'setup' | 'fixed'> | undefined
  /** The same for all steps of the scenario; left out where there is one. */
  readonly scope?: object | undefined
  readonly log: (level: LogLevel, message: string) => void
  /** Asks for a turn soon. */
  readonly wake: () => void
}

export class StepTask {
  readonly #options: StepTaskOptions
  readonly #over = new AbortController()
  #settingUp: Promise<void> = Promise.resolve()
  #instance: TaskInstancePort | undefined
  #close: (() => Promise<void>) | undefined
  #serial: SerialLane | undefined

  constructor(options: StepTaskOptions) {
    this.#options = options
  }

  /** Once. @throws VajraError `TASK_SETUP_FAILED` */
  setup(): Promise<void> {
    this.#settingUp = this.#setUp()
    return this.#settingUp
  }

  async #setUp(): Promise<void> {
    const { where, task, tasks, credentials } = this.#options
    const { type, parameters } = task
    const definition = tasks.builtinTasks.get(type)
    if (definition === undefined) {
      throw new VajraError('TASK_SETUP_FAILED', `${where}: this node has no such task`, {
        hint: 'run `vajra tasks` to see what the node has; all nodes of a mesh should run the same version',
      })
    }
    try {
      await this.#options.work?.setup()
      const secrets = (await tasks.resolveSecrets?.(type, parameters, credentials)) ?? {}
      this.#instance = definition.create(parameters, this.#context(secrets))
      await this.#instance.setup?.()
      this.#openLane(definition, this.#instance)
    } catch (error) {
      const hint = error instanceof VajraError ? error.hint : 'the task threw this; see its documentation'
      throw new VajraError('TASK_SETUP_FAILED', `${where}: ${this.#redact(messageOf(error))}`, {
        cause: error,
        ...(hint === undefined ? {} : { hint }),
      })
    }
  }

  #context(secrets: Readonly<Record<string, string>>): TaskContextPort {
    const { node, worker, credentials, work, scope, log } = this.#options
    return {
      node,
      worker,
      secrets,
      ...(credentials === undefined ? {} : { credentials }),
      ...(work === undefined ? {} : { values: work.fixed }),
      ...(scope === undefined ? {} : { scope }),
      log: (level, message) => log(level, this.#redact(String(message))),
      signal: this.#over.signal,
    }
  }

  #redact(text: string): string {
    return this.#options.credentials?.redact(text) ?? text
  }

  #openLane(definition: TaskPort, instance: TaskInstancePort): void {
    const { sink, attach, step, wake } = this.#options
    if (definition.executor === 'threads') {
      this.#serial = new SerialLane(instance, sink, wake)
      attach(this.#serial, true)
      this.#close = () => this.#serial!.close()
      return
    }
    const lane = instance.openLane?.(sink, step) ?? new AsyncLane(instance, sink)
    attach(lane, false)
    this.#close = () => lane.close()
  }

  /** Whether an execution waits that could begin now. */
  get ready(): boolean {
    return this.#serial?.ready === true
  }

  /** Begins an execution that waits for its turn, where the task runs one at a time. */
  pump(): void {
    this.#serial?.pump()
  }

  /** Ends the task; whatever it throws is logged. */
  async cleanup(): Promise<void> {
    this.#over.abort()
    await this.#settingUp.catch(() => {})
    try {
      await this.#close?.()
      await this.#instance?.cleanup?.()
    } catch (error) {
      const { where, log } = this.#options
      log('warn', `${where}: cleanup threw: ${this.#redact(messageOf(error))}`)
    }
  }
}
