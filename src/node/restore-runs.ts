import { messageOf } from '../base/errors.ts'
import type { BootId } from '../base/ids.ts'
import { rangesOf } from '../base/ranges.ts'
import { checkMessage } from '../coordination/message-schema.ts'
import type { RunRecord } from '../coordination/messages.ts'
import type { Report } from '../metrics/report-document.ts'
import type { ShareTable } from '../run/share-table.ts'
import type { StoredRun, StorePort } from '../store/store-port.ts'
import type { Driver } from './driver.ts'
import type { Log } from './options.ts'
import type { RunBook, SuiteCache } from './run-book.ts'

interface RunsOfNode {
  readonly driver: Driver
  readonly book: RunBook
  readonly suites: SuiteCache
}

/** What the store knows from before. Records it cannot read are left alone and told of. */
export function restoreRuns({ driver, book, suites }: RunsOfNode, store: StorePort, log: Log): void {
  for (const stored of [...store.runs()].reverse()) {
    try {
      restoreRun(stored)
    } catch (error) {
      log('warn', `stored run ${stored.runId} cannot be read: ${messageOf(error)}`)
    }
  }

  function restoreRun(stored: StoredRun): void {
    const record = recordIn(stored)
    const table = tableIn(stored)
    const held = new Map<BootId, ReturnType<typeof rangesOf>>()
    for (const [bootId, sequences] of store.heldSequences(stored.runId)) held.set(bootId, rangesOf(sequences))
    const suite = suites.get(record.source)
    if (suite === null) throw new Error('its suite is not valid any more')
    const page = book.open(stored.runId, suite)
    const report = reportIn(stored)
    if (report !== null) page.report = report
    driver.input({ kind: 'restore', record, table, held })
  }
}

/*
 * What another version wrote, or a disk changed, is held to what peers' messages are held to: the core plans with it.
 */

function recordIn({ runId, record }: StoredRun): RunRecord {
  const message = checkMessage({ kind: 'run', record: JSON.parse(record) as unknown, version: null, dormant: true })
  if (message.kind !== 'run' || message.record.runId !== runId) throw new Error('its record is that of another run')
  return message.record
}

function tableIn({ runId, table }: StoredRun): ShareTable | null {
  if (table === null) return null
  const message = checkMessage({ kind: 'table', table: JSON.parse(table) as unknown, dormant: true })
  if (message.kind !== 'table' || message.table.runId !== runId) throw new Error('its table is that of another run')
  return message.table
}

/** The report, or null when it is none: it is then made anew of the windows. */
function reportIn({ runId, report }: StoredRun): Report | null {
  if (report === null) return null
  try {
    const value = JSON.parse(report) as Partial<Report> | null
    const isReport = value?.runId === runId && typeof value.digest === 'string' && typeof value.totals === 'object'
    return isReport ? (value as Report) : null
  } catch {
    return null
  }
}
