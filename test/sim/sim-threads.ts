/** A node's load threads, told by the core's effects, as `src/node/run-workers.ts` tells the pool. */

import type { Random } from '../../src/base/random.ts'
import type { Effect, Input } from '../../src/coordination/io.ts'
import type { EventQueue } from './event-queue.ts'
import type { ModelLoad } from './model-load.ts'
import { GOOD_PACE, type ThreadPace } from './plan.ts'
import { type ModelWindow, WorkerModel } from './worker-model.ts'

export interface ThreadsParts {
  readonly queue: EventQueue
  readonly random: Random
  readonly slotCount: number
  /** Local time. */
  readonly clock: () => number
  readonly loadOf: (runId: string) => ModelLoad
  /** Tells the main thread, when it listens. */
  readonly input: (input: Input) => void
  readonly fired: (runId: string, index: number, at: number) => void
  readonly window: (runId: string, window: ModelWindow) => void
  /** What the threads may fire is more than it was. */
  readonly held: (runId: string) => void
  /** The process is gone. */
  readonly isOver: () => boolean
  readonly isPaused: () => boolean
}

type WorkerEffect = Extract<Effect, { kind: 'prepare' | 'start' | 'assign' | 'lease' | 'stop-firing' | 'discard' }>

export class SimThreads {
  readonly #parts: ThreadsParts
  readonly workers = new Map<string, WorkerModel>()
  /** Slots held from the start on, by run, as `src/worker/run-rows.ts` keeps them. */
  readonly ownSlots = new Map<string, readonly number[]>()
  readonly #started = new WeakSet<WorkerModel>()
  pace: ThreadPace = GOOD_PACE
  /** The next set-up fails. */
  failsNext = false
  /** When the latest message to the threads arrives: they keep their order. */
  #latest = 0
  /** Messages on their way, in that order, which those that wait for the end of a pause keep too. */
  readonly #inbox: (() => void)[] = []
  #turning = false

  constructor(parts: ThreadsParts) {
    this.#parts = parts
  }

  perform(effect: WorkerEffect): void {
    const { runId } = effect
    const worker = this.workers.get(runId)
    switch (effect.kind) {
      case 'prepare':
        return this.#prepare(runId)
      case 'start':
        if (worker !== undefined) this.#started.add(worker)
        return this.#tell(() => worker?.start(effect.startAt, this.#parts.clock()))
      case 'lease':
        return this.#lease(worker, effect)
      case 'stop-firing':
        return this.#tell(() => worker?.stop(effect.at))
      case 'discard':
        this.workers.delete(runId)
        return
      case 'assign':
        if (worker !== undefined) this.#assign(worker, effect)
    }
  }

  /** It lies in shared memory: nothing delays it. */
  #lease(worker: WorkerModel | undefined, { runId, until }: Extract<Effect, { kind: 'lease' }>): void {
    const now = this.#parts.clock()
    if (worker === undefined) return
    const lapsed = !worker.isLeased(now)
    worker.lease(until, now)
    if (lapsed) this.#parts.held(runId)
  }

  #prepare(runId: string): void {
    const { queue, random, input } = this.#parts
    const worker = this.#create(runId)
    this.workers.set(runId, worker)
    const error = this.failsNext ? 'refused' : null
    this.failsNext = false
    queue.schedule(20 + random() * this.pace.prepareMs, () => {
      if (this.workers.get(runId) === worker) input({ kind: 'prepared', runId, error })
    })
    this.#turnLater()
  }

  #create(runId: string): WorkerModel {
    const { loadOf, slotCount, fired, window, input } = this.#parts
    return new WorkerModel(loadOf(runId), slotCount, {
      fired: (index, at) => fired(runId, index, at),
      window: (posted) => window(runId, posted),
      drained: (final) => input({ kind: 'drained', runId, final }),
    })
  }

  #assign(worker: WorkerModel, effect: Extract<Effect, { kind: 'assign' }>): void {
    const { runId, slots, releaseAt, version, revisions } = effect
    worker.sent()
    if (!this.#started.has(worker)) {
      this.ownSlots.set(
        runId,
        slots.filter(({ from }) => from === 0).map(({ slot }) => slot),
      )
    }
    this.#tell(() => {
      if (this.workers.get(runId) !== worker) return
      const now = this.#parts.clock()
      worker.advance(now)
      worker.revise(revisions, now)
      const at = worker.assign(slots, releaseAt, now)
      this.#parts.held(runId)
      this.#parts.input({ kind: 'applied', runId, version, at })
    })
  }

  /** A message to the threads: it comes when they have time for it. */
  #tell(action: () => void): void {
    const { queue, random, isOver, isPaused } = this.#parts
    const at = Math.max(queue.now + random() * this.pace.applyMs, this.#latest)
    this.#latest = at
    this.#inbox.push(action)
    const arrive = () => {
      if (isOver()) return
      if (isPaused()) queue.schedule(10, arrive)
      else this.#inbox.shift()?.()
    }
    queue.schedule(at - queue.now, arrive)
  }

  /** One turn of all threads. */
  turn(): void {
    const now = this.#parts.clock()
    for (const worker of this.workers.values()) worker.advance(now)
  }

  /** Threads take turns for as long as there is a run, whatever the main thread does. */
  #turnLater(): void {
    if (this.#turning) return
    this.#turning = true
    const { queue, random, isOver, isPaused } = this.#parts
    queue.schedule(this.pace.gapMs * (0.8 + 0.4 * random()), () => {
      this.#turning = false
      if (isOver() || this.workers.size === 0) return
      if (!isPaused()) this.turn()
      this.#turnLater()
    })
  }
}
