/**
 * Ends runs whose thresholds say so: the coordinator looks at them as soon as a second is complete. Where windows come
 * to keepers, it asks for all of them.
 */

import type { RunId } from '../base/ids.ts'
import { lastOf, NO_RANGES } from '../base/ranges.ts'
import type { Input } from '../coordination/io.ts'
import { lackingOf } from '../coordination/keeping.ts'
import { type CoreState, isCoordinator, type RunState } from '../coordination/state.ts'
import type { Crossing } from '../metrics/threshold-watch.ts'
import type { WindowBatch } from '../metrics/window.ts'
import { observedText } from '../report/text-thresholds.ts'
import type { Gathering } from './gathering.ts'
import type { RunBook } from './run-book.ts'

/** Seconds after which windows that nobody has sent are not waited for any more. */
const PATIENCE_TICKS = 5

export interface AbortWatchParts {
  readonly state: () => CoreState
  readonly book: RunBook
  readonly gathering: Gathering
  readonly stored: (runId: RunId) => Iterable<WindowBatch>
  readonly input: (input: Input) => void
}

export class AbortWatch {
  readonly #parts: AbortWatchParts
  readonly #looks = new Set<RunId>()
  /** Ticks for which windows from before were waited for. */
  readonly #waited = new Map<RunId, number>()

  constructor(parts: AbortWatchParts) {
    this.#parts = parts
  }

  /** A window of the run is here, or its table is new. */
  progressed(runId: RunId): void {
    if (this.#looks.has(runId) || !isCoordinator(this.#parts.state())) return
    // Windows come by the hundred: one look for all that are stored at once.
    this.#looks.add(runId)
    setImmediate(() => {
      this.#looks.delete(runId)
      this.#look(runId)
    })
  }

  /** Once a second: says again that all windows are wanted, and looks at runs taken over from another coordinator. */
  tick(): void {
    const state = this.#parts.state()
    const leads = isCoordinator(state)
    for (const [runId, run] of state.runs) {
      if (!leads || !this.#isWatched(runId, run)) {
        // Somebody else looks at it, or nobody needs to: it is made anew from what is stored.
        this.#parts.book.page(runId)?.forgetWatch()
        this.#waited.delete(runId)
        continue
      }
      this.#waited.set(runId, (this.#waited.get(runId) ?? 0) + 1)
      this.#parts.gathering.want(runId)
      this.#look(runId)
    }
  }

  /**
   * Whether the windows that have been are here. A coordinator that joined in mid-run is still given those from before;
   * what a lost node took with it is not waited for.
   */
  #isWhole(runId: RunId, run: RunState, gathering: Gathering): boolean {
    if (gathering.isPart(runId)) return gathering.isDone(runId)
    const members = run.table?.members ?? []
    const newest = Math.max(-1, ...members.map(({ bootId }) => lastOf(run.held.get(bootId) ?? NO_RANGES)))
    if (members.every((member) => lackingOf(run, member, newest - 1).length === 0)) return true
    return (this.#waited.get(runId) ?? 0) > PATIENCE_TICKS
  }

  #isWatched(runId: RunId, run: RunState): boolean {
    if (run.table?.phase !== 'running' || run.wish !== null) return false
    return this.#parts.book.page(runId)?.suite.thresholds.some(({ abortOnFail }) => abortOnFail) === true
  }

  #look(runId: RunId): void {
    const { state, book, gathering, stored, input } = this.#parts
    const run = state().runs.get(runId)
    const page = book.page(runId)
    if (run?.table == null || page === undefined || !isCoordinator(state()) || !this.#isWatched(runId, run)) return
    // A part of the windows could cross what all of them do not.
    if (!page.isWatched && !this.#isWhole(runId, run, gathering)) return
    const { crossing } = page.watch(() => stored(runId), run.table)
    if (crossing === null) return
    const { index, observed } = crossing
    input({ kind: 'stop', runId, stop: 'threshold', reason: reasonOf(crossing), threshold: { index, observed } })
  }
}

function reasonOf({ metric, expression, observed }: Crossing): string {
  return `threshold ${metric} '${expression}' is crossed: ${observedText({ metric, expression, ok: false, observed })}`
}
