/**
 * Lanes for tasks that have none of their own: `AsyncLane` runs many executions at once, `SerialLane` one at a time
 * per thread. What a task throws or answers wrongly is a failed execution, never a failed thread.
 */

import { LIMITS } from '../base/limits.ts'
import type { Lane, LaneSink } from '../journey/lane.ts'
import { LiveIteration } from './iteration.ts'
import type { TaskInstancePort, TaskResultPort } from './task-port.ts'

const INVALID: TaskResultPort = { ok: false, kind: 'invalid_result' }
const EXCEPTION: TaskResultPort = { ok: false, kind: 'exception' }

type Answer = (iteration: LiveIteration, result: TaskResultPort) => void

/** Executes once and answers once, now or later. */
function execute(instance: TaskInstancePort, iteration: LiveIteration, answer: Answer): void {
  let result: TaskResultPort | Promise<TaskResultPort>
  try {
    result = instance.execute(iteration)
  } catch {
    answer(iteration, EXCEPTION)
    return
  }
  if (typeof (result as Promise<TaskResultPort> | undefined)?.then === 'function') {
    void (result as Promise<TaskResultPort>).then(
      (value) => answer(iteration, value),
      () => answer(iteration, EXCEPTION),
    )
  } else {
    answer(iteration, result as TaskResultPort)
  }
}

/** Passes on what a task answered, whatever it is. */
function settle(sink: LaneSink, ticket: number, answered: unknown): void {
  const isResult =
    typeof answered === 'object' && answered !== null && typeof (answered as TaskResultPort).ok === 'boolean'
  const result = isResult ? (answered as TaskResultPort) : INVALID
  const kind = result.ok ? null : kindOf(result.kind)
  sink.settled(ticket, kind, bytesOf(result.bytesSent), bytesOf(result.bytesReceived))
}

function kindOf(kind: unknown): string {
  return typeof kind === 'string' && kind !== '' ? kind.slice(0, LIMITS.errorKindLength) : 'failure'
}

function bytesOf(bytes: unknown): number {
  return Number.isSafeInteger(bytes) && (bytes as number) > 0 ? (bytes as number) : 0
}

export class AsyncLane implements Lane {
  readonly #instance: TaskInstancePort
  readonly #sink: LaneSink
  readonly #running: (LiveIteration | undefined)[] = []

  constructor(instance: TaskInstancePort, sink: LaneSink) {
    this.#instance = instance
    this.#sink = sink
  }

  fire(ticket: number, index: number, user: number): void {
    const iteration = new LiveIteration(index, user)
    this.#running[ticket] = iteration
    execute(this.#instance, iteration, (answered, result) => {
      // An execution that was cut may still answer, when its ticket is another's.
      if (this.#running[ticket] !== answered) return
      this.#running[ticket] = undefined
      settle(this.#sink, ticket, result)
    })
  }

  cut(ticket: number, kind: string): void {
    const iteration = this.#running[ticket]
    if (iteration === undefined) return
    this.#running[ticket] = undefined
    iteration.abort()
    this.#sink.settled(ticket, kind, 0, 0)
  }

  async close(): Promise<void> {
    for (const iteration of this.#running.splice(0)) iteration?.abort()
  }
}

/** What a serial lane tells besides how executions end. */
export interface SerialSink extends LaneSink {
  /** The execution's turn has come. */
  started(ticket: number): void
}

interface Waiting {
  readonly ticket: number
  readonly iteration: LiveIteration
}

/**
 * One execution at a time. Those that wait are in flight: they are executed late, and while there are as many as
 * `maxInFlight` further arrivals are dropped.
 */
export class SerialLane implements Lane {
  readonly #instance: TaskInstancePort
  readonly #sink: SerialSink
  readonly #wake: () => void
  #queue: (Waiting | undefined)[] = []
  #head = 0
  #running: Waiting | undefined

  /** @param wake asks for a call of {@link pump} soon */
  constructor(instance: TaskInstancePort, sink: SerialSink, wake: () => void) {
    this.#instance = instance
    this.#sink = sink
    this.#wake = wake
  }

  fire(ticket: number, index: number, user: number): void {
    this.#queue.push({ ticket, iteration: new LiveIteration(index, user) })
    this.#wake()
  }

  /** Whether an execution could begin now. */
  get ready(): boolean {
    return this.#running === undefined && this.#head < this.#queue.length
  }

  /** Begins the next execution, if none is running. One a call, so that the thread can do other things between. */
  pump(): void {
    if (this.#running !== undefined) return
    const next = this.#shift()
    if (next === undefined) return
    this.#running = next
    this.#sink.started(next.ticket)
    execute(this.#instance, next.iteration, (answered, result) => {
      if (this.#running?.iteration !== answered) return
      this.#running = undefined
      settle(this.#sink, next.ticket, result)
      if (this.ready) this.#wake()
    })
  }

  #shift(): Waiting | undefined {
    while (this.#head < this.#queue.length) {
      const next = this.#queue[this.#head]
      this.#queue[this.#head++] = undefined
      if (this.#head > 1024 && this.#head * 2 > this.#queue.length) {
        this.#queue.splice(0, this.#head)
        this.#head = 0
      }
      if (next !== undefined) return next
    }
    return undefined
  }

  cut(ticket: number, kind: string): void {
    const cut = this.#running?.ticket === ticket ? this.#running : this.#takeWaiting(ticket)
    if (cut === undefined) return
    if (cut === this.#running) this.#running = undefined
    cut.iteration.abort()
    this.#sink.settled(ticket, kind, 0, 0)
    if (this.ready) this.#wake()
  }

  #takeWaiting(ticket: number): Waiting | undefined {
    const at = this.#queue.findIndex((waiting) => waiting?.ticket === ticket)
    const waiting = this.#queue[at]
    if (at >= 0) this.#queue[at] = undefined
    return waiting
  }

  async close(): Promise<void> {
    for (const waiting of this.#queue.splice(0)) waiting?.iteration.abort()
    this.#head = 0
    this.#running?.iteration.abort()
    this.#running = undefined
  }
}
