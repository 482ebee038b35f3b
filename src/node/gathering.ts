/**
 * Runs of so many nodes that this one has a part of their windows (`src/coordination/keeping.ts`): asks for the rest as
 * long as somebody wants to know, and waits until it is here.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { RunId } from '../base/ids.ts'
import type { Input } from '../coordination/io.ts'
import { hasTotals, isAggregated } from '../coordination/keeping.ts'
import type { CoreState } from '../coordination/state.ts'

export interface GatheringParts {
  readonly state: () => CoreState
  readonly now: () => MonotonicMs
  readonly input: (input: Input) => void
  /** The run's report is made for good. */
  readonly isReported: (runId: RunId) => boolean
  readonly isOver: (runId: RunId) => boolean
}

export class Gathering {
  readonly #parts: GatheringParts
  readonly #waiting = new Map<RunId, Set<() => void>>()
  readonly #looks = new Set<RunId>()

  constructor(parts: GatheringParts) {
    this.#parts = parts
  }

  /** Somebody wants to know all of this run. To be said again at least every few seconds. */
  want(runId: RunId): void {
    if (this.isPart(runId)) this.#parts.input({ kind: 'want', runId })
  }

  /** Whether this node has all there is to tell of the run now. */
  isDone(runId: RunId): boolean {
    if (!this.isPart(runId)) return true
    if (this.#parts.isOver(runId)) return this.#parts.isReported(runId)
    return hasTotals(this.#parts.state(), runId, this.#parts.now())
  }

  /** Wants the run, and resolves when this node has all there is to tell of it, or when patience is over. */
  async gather(runId: RunId, patienceMs: number): Promise<void> {
    this.want(runId)
    if (this.isDone(runId)) return
    await new Promise<void>((resolve) => {
      const waiting = this.#waiting.get(runId) ?? new Set()
      this.#waiting.set(runId, waiting)
      const done = () => {
        clearTimeout(timer)
        waiting.delete(done)
        if (waiting.size === 0) this.#waiting.delete(runId)
        resolve()
      }
      const timer = setTimeout(done, patienceMs)
      waiting.add(done)
    })
  }

  /** Windows of the run have come within a time: it may become whole. */
  isComing(runId: RunId, withinMs: number): boolean {
    const run = this.#parts.state().runs.get(runId)
    return run !== undefined && this.isPart(runId) && this.#parts.now() - run.progressAt < withinMs
  }

  /** Nobody has asked for the run lately, and this node has a part of it only. */
  isIdle(runId: RunId): boolean {
    return this.isPart(runId) && this.#parts.state().runs.get(runId)?.gathering === null
  }

  /** Something has come of this run, or time has passed: those who wait may have waited long enough. */
  progressed(runId: RunId): void {
    if (!this.#waiting.has(runId) || this.#looks.has(runId)) return
    // Windows come by the hundred: one look for all that are stored at once.
    this.#looks.add(runId)
    setImmediate(() => {
      this.#looks.delete(runId)
      if (this.isDone(runId)) for (const done of [...(this.#waiting.get(runId) ?? [])]) done()
    })
  }

  /** Once a second: somebody still waits. */
  tick(): void {
    for (const runId of this.#waiting.keys()) {
      this.want(runId)
      this.progressed(runId)
    }
  }

  /** All windows are not here by themselves. */
  isPart(runId: RunId): boolean {
    const state = this.#parts.state()
    const run = state.runs.get(runId)
    return run !== undefined && !run.dormant && isAggregated(state, run)
  }
}
