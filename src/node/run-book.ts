/** What a node keeps in memory of each run besides the core's state: the parsed suite, live totals, the report. */

import type { RunId } from '../base/ids.ts'
import { RunAccumulator } from '../metrics/accumulator.ts'
import type { Report } from '../metrics/report-document.ts'
import type { WindowBatch } from '../metrics/window.ts'
import { memberOf, type ShareTable } from '../run/share-table.ts'
import { parseSuite } from '../suite/parse.ts'
import type { Suite } from '../suite/spec.ts'

/** Parsed suites kept by their text: a run's record is seen several times on its way in. */
const PARSED_LIMIT = 64

/** Parses suites, each text once. */
export class SuiteCache {
  readonly #parsed = new Map<string, Suite | null>()

  /** Null for a suite with errors. */
  get(source: { readonly text: string; readonly format: 'yaml' | 'json' }): Suite | null {
    const key = `${source.format}:${source.text}`
    const known = this.#parsed.get(key)
    if (known !== undefined) return known
    const result = parseSuite(source)
    const suite = result.ok ? result.suite : null
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
  /** Windows came from nodes that the table did not name yet. */
  readonly #strangers = new Set<string>()

  constructor(runId: RunId, suite: Suite) {
    this.runId = runId
    this.suite = suite
  }

  /** Takes a batch into the live totals, if they are being kept and its node takes part. */
  add(batch: WindowBatch, table: ShareTable | null): void {
    if (table === null || memberOf(table, batch.bootId) === undefined) this.#strangers.add(batch.bootId)
    else this.#accumulator?.add(batch)
  }

  /** A new table may make strangers members: the totals are then made anew from what is stored. */
  noteTable(table: ShareTable): void {
    const known = [...this.#strangers].filter((stranger) => memberOf(table, stranger) !== undefined)
    if (known.length === 0) return
    for (const stranger of known) this.#strangers.delete(stranger)
    this.#accumulator = undefined
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

  /** Live totals of an ended run are not needed any more. */
  forgetTotals(): void {
    this.#accumulator = undefined
  }
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
