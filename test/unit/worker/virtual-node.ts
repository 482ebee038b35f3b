/**
 * A node's worker layer on a virtual clock: the real pool run and the real threads' runs, with messages between them
 * that take a while, a clock that is moved by hand, and a task that only notes what it was asked to do.
 */

import { VajraError } from '../../../src/base/errors.ts'
import type { Random } from '../../../src/base/random.ts'
import { checkBatch } from '../../../src/metrics/validate-batch.ts'
import { addCounts, type Counts, type Window, type WindowBatch, ZERO_COUNTS } from '../../../src/metrics/window.ts'
import type { Suite } from '../../../src/suite/spec.ts'
import type { Assignment, DrainedRun, FromThread, ToThread } from '../../../src/worker/messages.ts'
import { PoolRun } from '../../../src/worker/pool-run.ts'
import { workOf } from '../../../src/worker/scenario-work.ts'
import type { IterationPort, TaskModule, TaskPort, TaskResultPort } from '../../../src/worker/task-port.ts'
import { ThreadMeter } from '../../../src/worker/thread-meter.ts'
import type { ThreadPort } from '../../../src/worker/thread-port.ts'
import { ThreadRuns } from '../../../src/worker/thread-runs.ts'

export const RUN_ID = 'r00000000-0000000000'

/** One execution, as the task saw it. */
export interface Execution {
  readonly node: string
  readonly index: number
  readonly user: number
  /** What the task was called in its parameters, where it has a name there. */
  readonly task?: string
  /** Virtual time. */
  readonly at: number
}

/** Parameters of the tasks `note` and `serial`. */
export interface NoteParameters {
  readonly task?: string
  /** Virtual time that an execution takes. */
  readonly takes?: number
  /** Whether they fail: all, or those of every n-th iteration. */
  readonly fails?: boolean | number
}

/** The clock and everything that waits for it. */
export class VirtualTime {
  now = 1000
  readonly #events: { at: number; order: number; run: () => void }[] = []
  #order = 0

  after(delay: number, run: () => void): void {
    this.#events.push({ at: this.now + delay, order: this.#order++, run })
  }

  /** Moves on to a time, letting everything happen in its order. Promises get their turn after each step. */
  async advanceTo(time: number, nodes: readonly VirtualNode[], step = 0.5): Promise<void> {
    while (this.now < time) {
      this.now = Math.min(time, this.now + step)
      this.#events.sort((a, b) => a.at - b.at || a.order - b.order)
      while (this.#events[0] !== undefined && this.#events[0].at <= this.now) this.#events.shift()!.run()
      for (const node of nodes) node.turn()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}

export interface VirtualNodeOptions {
  readonly name: string
  readonly time: VirtualTime
  readonly random: Random
  readonly suite: Suite
  readonly slotCount: number
  readonly threads: number
  readonly executions: Execution[]
  /** Virtual time that an execution takes; at once unless given. A task's own `takes` and `fails` come first. */
  readonly takes?: number
  readonly seed?: number
}

interface VirtualThread {
  readonly runs: ThreadRuns
  readonly port: ThreadPort
  wakeAt: number
  dead: boolean
  /** Run time up to which it has posted windows. */
  postedTo: number
}

export class VirtualNode {
  readonly name: string
  readonly batches: WindowBatch[] = []
  drained: DrainedRun | undefined
  readonly faults: VajraError[] = []
  /** Virtual times at which its threads were to bring their code up to speed. */
  readonly rehearsals: number[] = []
  /** Changes of the load that assignments tell of. */
  revisions: Assignment['revisions'] = []
  readonly run: PoolRun
  readonly #options: VirtualNodeOptions
  readonly #threads: VirtualThread[] = []
  #frozen = false

  constructor(options: VirtualNodeOptions) {
    this.#options = options
    this.name = options.name
    const { time, suite, slotCount, seed = 1 } = options
    for (let index = 0; index < options.threads; index++) this.#threads.push(this.#createThread(index))
    const runId = RUN_ID
    this.run = new PoolRun({
      run: { runId, suite, slotCount, seed, node: options.name, bootId: `boot-${options.name}` },
      threads: this.#threads.map(({ port }) => port),
      clock: () => time.now,
      onBatch: (sequence, windows, generator) => {
        const batch = { runId, bootId: `boot-${options.name}`, sequence, windows }
        this.batches.push(checkBatch(generator === undefined ? batch : { ...batch, generator }))
      },
      onDrained: (drained) => {
        this.drained = drained
      },
      onFault: (error) => this.faults.push(error),
    })
  }

  /** @param setup virtual time that setting up its tasks takes; infinity for a failure */
  #createThread(index: number, setup = 0): VirtualThread {
    const { time } = this.#options
    const surroundings = {
      index,
      tasks: this.#tasks(setup),
      clock: () => time.now,
      // A thread that works a quarter of the time.
      meter: new ThreadMeter({
        clock: () => time.now,
        times: () => ({ activeMs: time.now / 4, cpuMs: time.now / 4 }),
        mode: () => 'precise',
      }),
      log: () => {},
      loadWork: () => workOf,
      wakeBy: (at: number) => {
        thread.wakeAt = Math.min(thread.wakeAt, at)
      },
    }
    const post = (message: FromThread): void => {
      if (thread.dead) return
      if (message.type === 'window') thread.postedTo = (message.sequence + 1) * 1000
      this.#deliver(() => this.run.receive(index, message as never))
    }
    const runs = new ThreadRuns(surroundings, post)
    const receive = (message: ToThread): void => {
      if (!thread.dead) runs.receive(message as never)
    }
    const port = { index, post: (message: ToThread) => this.#deliver(() => receive(message)) }
    const thread = { runs, port, wakeAt: Number.POSITIVE_INFINITY, dead: false, postedTo: 0 }
    return thread
  }

  /**
   * Lets a thread die. The node learns of it after everything the thread has said.
   *
   * @param setup virtual time that setting up the tasks takes on the thread in its place
   * @returns run time up to which the dead thread had posted windows
   */
  kill(index: number, setup: number): number {
    const dead = this.#threads[index]!
    if (dead.dead) return dead.postedTo
    dead.dead = true
    const another = (): ThreadPort => {
      const thread = this.#createThread(index, setup)
      this.#threads[index] = thread
      return thread.port
    }
    this.#deliver(() => this.run.lose(index, new VajraError('WORKER_CRASHED', 'killed'), another))
    return dead.postedTo
  }

  #tasks(setupMs: number): TaskModule {
    const { executions, name, time, takes } = this.#options
    const executing = (parameters: Readonly<Record<string, unknown>>) => {
      const { task, takes: own = takes, fails } = parameters as NoteParameters
      return (iteration: IterationPort): TaskResultPort | Promise<TaskResultPort> => {
        const { index, user } = iteration
        executions.push({ node: name, index, user, at: time.now, ...(task === undefined ? {} : { task }) })
        const failing = typeof fails === 'number' ? index % fails === 0 : fails === true
        const result: TaskResultPort = failing ? { ok: false, kind: `bad ${task}` } : { ok: true, bytesSent: 1 }
        if (own === undefined) return result
        return new Promise((resolve) => time.after(own, () => resolve(result)))
      }
    }
    const setup = (): Promise<void> | void => {
      if (setupMs === Number.POSITIVE_INFINITY) throw new Error('cannot be set up')
      if (setupMs > 0) return new Promise((resolve) => time.after(setupMs, resolve))
    }
    const task: TaskPort = { executor: 'async', create: (given) => ({ setup, execute: executing(given) }) }
    const serial: TaskPort = { executor: 'threads', create: (given) => ({ setup, execute: executing(given) }) }
    return {
      builtinTasks: new Map([
        ['note', task],
        ['serial', serial],
      ]),
      rehearse: async () => void this.rehearsals.push(time.now),
    }
  }

  /** Messages between threads arrive in order and take a moment; all are late while the process is frozen. */
  #lastDelivery = 0

  #deliver(run: () => void): void {
    const { time, random } = this.#options
    const at = Math.max(this.#lastDelivery, time.now + random() * 3)
    this.#lastDelivery = at
    const attempt = (): void => {
      if (this.#frozen) this.#frozenEvents.push(run)
      else run()
    }
    time.after(at - time.now, attempt)
  }

  readonly #frozenEvents: (() => void)[] = []

  /** Stops the whole process, as SIGSTOP does. */
  freeze(): void {
    this.#frozen = true
  }

  thaw(): void {
    this.#frozen = false
    for (const event of this.#frozenEvents.splice(0)) event()
  }

  turn(): void {
    if (this.#frozen) return
    for (const thread of this.#threads) {
      if (thread.dead || this.#options.time.now < thread.wakeAt) continue
      thread.wakeAt = Number.POSITIVE_INFINITY
      thread.wakeAt = Math.min(thread.wakeAt, thread.runs.turn(this.#options.time.now))
    }
  }

  assign(sequence: number, slots: readonly { slot: number; from: number }[], releaseAt: number): Promise<number> {
    const assignment: Assignment = { sequence, slots, releaseAt, revisions: this.revisions }
    return this.run.assign(assignment)
  }
}

/** Sums of all windows, or of one step's: measured and warm-up together. */
export function totalsOf(batches: readonly WindowBatch[], step?: number): Counts {
  return batches
    .flatMap(({ windows }) => windows)
    .filter((window) => step === undefined || window.step === step)
    .reduce((sum, { counts, warmup }) => addCounts(sum, addCounts(counts, warmup)), ZERO_COUNTS)
}

/** Arrivals planned per second of the run, by window. */
export function scheduledPerSecond(batches: readonly WindowBatch[]): number[] {
  const perSecond: number[] = []
  for (const { sequence, windows } of batches) {
    const sum = (window: Window): number => window.counts.scheduled + window.warmup.scheduled
    perSecond[sequence] = (perSecond[sequence] ?? 0) + windows.reduce((total, window) => total + sum(window), 0)
  }
  return perSecond
}
