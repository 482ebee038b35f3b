import { messageOf } from '../base/errors.ts'
import type { BootId } from '../base/ids.ts'
import { rangesOf } from '../base/ranges.ts'
import type { RunRecord } from '../coordination/messages.ts'
import type { Report } from '../metrics/report-document.ts'
import type { ShareTable } from '../run/share-table.ts'
import type { StoredRun, StorePort } from '../store/store-port.ts'
import type { Driver } from './driver.ts'
import type { Log } from './options.ts'
import { type RunBook, SuiteCache } from './run-book.ts'

interface RunsOfNode {
  readonly driver: Driver
  readonly book: RunBook
}

/** What the store knows from before. Records it cannot read are left alone and told of. */
export function restoreRuns({ driver, book }: RunsOfNode, store: StorePort, log: Log): void {
  for (const stored of [...store.runs()].reverse()) {
    try {
      restoreRun(stored)
    } catch (error) {
      log('warn', `stored run ${stored.runId} cannot be read: ${messageOf(error)}`)
    }
  }

  function restoreRun(stored: StoredRun): void {
    const record = JSON.parse(stored.record) as RunRecord
    const table = stored.table === null ? null : (JSON.parse(stored.table) as ShareTable)
    const held = new Map<BootId, ReturnType<typeof rangesOf>>()
    for (const [bootId, sequences] of store.heldSequences(stored.runId)) held.set(bootId, rangesOf(sequences))
    const suite = new SuiteCache().get(record.source)
    if (suite === null) throw new Error('its suite is not valid any more')
    const page = book.open(stored.runId, suite)
    if (stored.report !== null) page.report = JSON.parse(stored.report) as Report
    driver.input({ kind: 'restore', record, table, held })
  }
}
