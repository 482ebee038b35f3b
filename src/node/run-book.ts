/** What a node keeps in memory of each run besides the core's state: the parsed suite, live totals, the report. */

import type { RunId } from '../base/ids.ts'
import type { RunSuite } from '../coordination/messages.ts'
import { endWithRows } from '../load/data-end.ts'
import { RunAccumulator } from '../metrics/accumulator.ts'
import type { Report } from '../metrics/report-document.ts'
import { type Teller, ThresholdWatch } from '../metrics/threshold-watch.ts'
import type { WindowBatch } from '../metrics/window.ts'
import { firstSequenceOf, memberOf, revisionsIn, type ShareTable } from '../run/share-table.ts'
import { parseSuite } from '../suite/parse.ts'
import type { Suite } from '../suite/spec.ts'
import { seedOf } from './run-workers.ts'

/** Parsed suites kept by their text: a run's record is seen several times on its way in. */
const PARSED_LIMIT = 64

/** Parses suites, each text once. */
export class SuiteCache {
  readonly #parsed = new Map<string, Suite | null>()

  /** Null for a suite with errors. */
  get(source: RunSuite): Suite | null {
    const key = `${source.format}:${JSON.stringify(source.data ?? null)}:${source.text}`
    const known = this.#parsed.get(key)
    if (known !== undefined) return known
    const result = parseSuite(source)
    const suite = result.ok ? endWithRows(result.suite) : null
    if (this.#parsed.size >= PARSED_LIMIT) {
      const [oldest] = this.#parsed.keys()
      if (oldest !== undefined) this.#parsed.delete(oldest)
    }
    this.#parsed.set(key, suite)
    return suite
  }
}

/** One run's page. */
export class RunPage {
  readonly runId: RunId
  readonly suite: Suite
  /** The final report, once it is built. */
  report: Report | undefined
  #accumulator: RunAccumulator | undefined
  #watch: ThresholdWatch | undefined
  /** The table that the watch knows who takes part from. */
  #watchTable: ShareTable | undefined
  /** Windows came from nodes that the table did not name yet. */
  readonly #strangers = new Set<string>()

  constructor(runId: RunId, suite: Suite) {
    this.runId = runId
    this.suite = suite
  }

  /** Takes a batch into the live totals, if they are being kept and its node takes part. */
  add(batch: WindowBatch, table: ShareTable | null): void {
    const member = table === null ? undefined : memberOf(table, batch.bootId)
    if (member === undefined) {
      this.#strangers.add(batch.bootId)
      return
    }
    this.#accumulator?.add(batch)
    this.#watch?.add(member.node, batch)
  }

  /** A new table may make strangers members: the totals are then made anew from what is stored. */
  noteTable(table: ShareTable): void {
    const known = [...this.#strangers].filter((stranger) => memberOf(table, stranger) !== undefined)
    if (known.length === 0) return
    for (const stranger of known) this.#strangers.delete(stranger)
    this.#accumulator = undefined
    this.#watch = undefined
  }

  /** The live totals; made from the stored batches when they are not there. */
  totals(stored: () => Iterable<WindowBatch>, table: ShareTable | null): RunAccumulator {
    if (this.#accumulator !== undefined) return this.#accumulator
    const accumulator = new RunAccumulator(this.suite)
    for (const batch of stored()) {
      if (table !== null && memberOf(table, batch.bootId) !== undefined) accumulator.add(batch)
    }
    this.#accumulator = accumulator
    return accumulator
  }

  /** Whether thresholds that may end the run are watched here. */
  get isWatched(): boolean {
    return this.#watch !== undefined
  }

  /** What watches the thresholds that may end the run; made from the stored batches when it is not there. */
  watch(stored: () => Iterable<WindowBatch>, table: ShareTable): ThresholdWatch {
    if (this.#watch === undefined) {
      this.#watch = new ThresholdWatch(this.suite, seedOf(this.runId), revisionsIn(table))
      this.#watchTable = undefined
      for (const batch of stored()) {
        const member = memberOf(table, batch.bootId)
        if (member !== undefined) this.#watch.add(member.node, batch)
      }
    }
    if (this.#watchTable !== table) this.#watch.expect(tellersIn(table), revisionsIn(table))
    this.#watchTable = table
    return this.#watch
  }

  forgetWatch(): void {
    this.#watch = undefined
  }

  /** Live totals of an ended run are not needed any more. */
  forgetTotals(): void {
    this.#accumulator = undefined
  }
}

/** The nodes whose windows are still to come, or may be. */
function tellersIn({ members }: ShareTable): Teller[] {
  return members.flatMap((member) => {
    const { bootId, firstFrom, lostAt, left, final } = member
    if (firstFrom === null || lostAt !== null || left) return []
    const lastSequence = final?.lastSequence ?? Number.POSITIVE_INFINITY
    return [{ bootId, firstSequence: firstSequenceOf(member), lastSequence }]
  })
}

export class RunBook {
  readonly #pages = new Map<RunId, RunPage>()

  page(runId: RunId): RunPage | undefined {
    return this.#pages.get(runId)
  }

  open(runId: RunId, suite: Suite): RunPage {
    const page = this.#pages.get(runId) ?? new RunPage(runId, suite)
    this.#pages.set(runId, page)
    return page
  }

  close(runId: RunId): void {
    this.#pages.delete(runId)
  }

  runIds(): RunId[] {
    return [...this.#pages.keys()]
  }
}
