/** Reports of runs: made for good once a run is settled, waited for right after its end, made as far as it is before. */

import type { MonotonicMs } from '../base/clock.ts'
import { messageOf, VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { RunState } from '../coordination/state.ts'
import type { Report } from '../metrics/report-document.ts'
import type { StorePort } from '../store/store-port.ts'
import { isInterrupted, isOver, tableOf } from './interrupted.ts'
import type { Log } from './options.ts'
import { makeReport } from './report-maker.ts'
import type { RunBook } from './run-book.ts'

/** A report asked for right after the end waits this long for windows that are still on their way. */
const PATIENCE_MS = 12_000

export interface RunReportsParts {
  readonly store: StorePort
  readonly book: RunBook
  readonly log: Log
  readonly now: () => MonotonicMs
  readonly runs: () => ReadonlyMap<RunId, RunState>
  /** Windows of the run have come lately, and more may. */
  readonly comesIn: (runId: RunId) => boolean
  /** A run's final report is there. */
  readonly reported: (runId: RunId) => void
}

export class RunReports {
  readonly #parts: RunReportsParts
  readonly #making = new Set<RunId>()
  readonly #awaited = new Map<RunId, Set<() => void>>()
  readonly #interrupted = new Set<RunId>()

  constructor(parts: RunReportsParts) {
    this.#parts = parts
  }

  /** The final report, if it is there. */
  final(runId: RunId): Report | undefined {
    const run = this.#parts.runs().get(runId)
    return run !== undefined && isOver(run, this.#parts.now()) ? this.#parts.book.page(runId)?.report : undefined
  }

  /** The final report; of a run that goes on, the report so far. Undefined for unknown runs. */
  async get(runId: RunId): Promise<Report | undefined> {
    const run = this.#parts.runs().get(runId)
    if (run === undefined) return undefined
    if (isOver(run, this.#parts.now()) && this.final(runId) === undefined) await this.#untilReported(runId)
    return this.final(runId) ?? this.#make(runId, false)
  }

  /** Runs whose final reports are waited for. */
  awaited(): Iterable<RunId> {
    return this.#awaited.keys()
  }

  /** Resolves when the final report is there, or when patience is over. */
  #untilReported(runId: RunId): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#awaited.get(runId) ?? new Set()
      this.#awaited.set(runId, waiting)
      const done = () => {
        clearInterval(timer)
        waiting.delete(done)
        if (waiting.size === 0) this.#awaited.delete(runId)
        resolve()
      }
      const timer = setInterval(() => {
        if (!this.#parts.comesIn(runId)) done()
      }, PATIENCE_MS)
      waiting.add(done)
    })
  }

  async #make(runId: RunId, settled: boolean): Promise<Report> {
    const run = this.#parts.runs().get(runId)
    const page = this.#parts.book.page(runId)
    if (run === undefined || page === undefined) {
      throw new VajraError('RUN_UNKNOWN', `this node does not know run ${runId}`)
    }
    return makeReport(this.#parts.store, { runId, suite: page.suite, table: tableOf(run, this.#parts.now()), settled })
  }

  /** All windows are here that will ever be: the report is made for good, stored, and told. */
  settle(runId: RunId): void {
    const page = this.#parts.book.page(runId)
    if (page === undefined || page.report?.complete === true || this.#making.has(runId)) return
    this.#making.add(runId)
    this.#make(runId, true)
      .then((report) => {
        page.report = report
        page.forgetTotals()
        this.#parts.store.putReport(runId, JSON.stringify(report))
        this.#parts.store.prune(LIMITS.endedRuns)
        this.#tell(runId)
      })
      .catch((error: unknown) => {
        this.#parts.log('error', `the report of run ${runId} could not be made: ${messageOf(error)}`)
      })
      .finally(() => this.#making.delete(runId))
  }

  #tell(runId: RunId): void {
    this.#parts.reported(runId)
    for (const done of [...(this.#awaited.get(runId) ?? [])]) done()
  }

  /** Nothing tells that a run was interrupted but that nothing was told for long. Its report may be from before. */
  settleInterrupted(): void {
    for (const [runId, run] of this.#parts.runs()) {
      if (this.#interrupted.has(runId) || !isInterrupted(run, this.#parts.now())) continue
      this.#interrupted.add(runId)
      if (this.final(runId) === undefined) this.settle(runId)
      else this.#tell(runId)
    }
  }
}
