/**
 * A node's worker layer on a virtual clock: the real pool run and the real threads' runs, with messages between them
 * that take a while, a clock that is moved by hand, and a task that only notes what it was asked to do.
 */

import type { Random } from '../../../src/base/random.ts'
import { checkBatch } from '../../../src/metrics/validate-batch.ts'
import type { Counts, Window, WindowBatch } from '../../../src/metrics/window.ts'
import type { Suite } from '../../../src/suite/spec.ts'
import type { Assignment, DrainedRun, FromThread, ToThread } from '../../../src/worker/messages.ts'
import { PoolRun } from '../../../src/worker/pool-run.ts'
import type { IterationPort, TaskModule, TaskPort, TaskResultPort } from '../../../src/worker/task-port.ts'
import { ThreadRuns } from '../../../src/worker/thread-runs.ts'

export const RUN_ID = 'r00000000-0000000000'

/** One execution, as the task saw it. */
export interface Execution {
  readonly node: string
  readonly index: number
  readonly user: number
  /** Virtual time. */
  readonly at: number
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
  /** Virtual time that an execution takes; at once unless given. */
  readonly takes?: number
  readonly seed?: number
}

interface VirtualThread {
  readonly runs: ThreadRuns
  wakeAt: number
}

export class VirtualNode {
  readonly name: string
  readonly batches: WindowBatch[] = []
  drained: DrainedRun | undefined
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
      threads: this.#threads.map(({ runs }, index) => ({
        index,
        post: (message: ToThread) => this.#deliver(() => runs.receive(message as never)),
      })),
      clock: () => time.now,
      onBatch: (sequence, windows) => {
        this.batches.push(checkBatch({ runId, bootId: `boot-${options.name}`, sequence, windows }))
      },
      onDrained: (drained) => {
        this.drained = drained
      },
    })
  }

  #createThread(index: number): VirtualThread {
    const { time } = this.#options
    const surroundings = {
      index,
      tasks: this.#tasks(),
      clock: () => time.now,
      log: () => {},
      wakeBy: (at: number) => {
        thread.wakeAt = Math.min(thread.wakeAt, at)
      },
    }
    const post = (message: FromThread): void => this.#deliver(() => this.run.receive(index, message as never))
    const thread = { runs: new ThreadRuns(surroundings, post), wakeAt: Number.POSITIVE_INFINITY }
    return thread
  }

  #tasks(): TaskModule {
    const { executions, name, time, takes } = this.#options
    const execute = (iteration: IterationPort): TaskResultPort | Promise<TaskResultPort> => {
      const { index, user } = iteration
      executions.push({ node: name, index, user, at: time.now })
      if (takes === undefined) return { ok: true }
      return new Promise((resolve) => time.after(takes, () => resolve({ ok: true })))
    }
    const task: TaskPort = { executor: 'async', create: () => ({ execute }) }
    const serial: TaskPort = { executor: 'threads', create: () => ({ execute }) }
    return {
      builtinTasks: new Map([
        ['note', task],
        ['serial', serial],
      ]),
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
      if (this.#options.time.now < thread.wakeAt) continue
      thread.wakeAt = Number.POSITIVE_INFINITY
      thread.wakeAt = Math.min(thread.wakeAt, thread.runs.turn())
    }
  }

  assign(sequence: number, slots: readonly { slot: number; from: number }[], releaseAt: number): Promise<number> {
    const assignment: Assignment = { sequence, slots, releaseAt }
    return this.run.assign(assignment)
  }
}

/** Sums of all windows: measured and warm-up together. */
export function totalsOf(batches: readonly WindowBatch[]): Counts {
  const totals = { scheduled: 0, sent: 0, dropped: 0, succeeded: 0, failed: 0 }
  for (const { windows } of batches) {
    for (const { counts, warmup } of windows) {
      for (const key of Object.keys(totals) as (keyof Counts)[]) totals[key] += counts[key] + warmup[key]
    }
  }
  return totals
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
