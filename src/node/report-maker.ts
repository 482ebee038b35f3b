/** Makes a run's report from its table and the stored windows, and checks every node's windows against its final. */

import { setImmediate } from 'node:timers/promises'
import type { RunId } from '../base/ids.ts'
import { decodeBatch } from '../mesh/batch-codec.ts'
import { ReportBuilder } from '../metrics/build-report.ts'
import type { Participation, Report, ReportHeader } from '../metrics/report-document.ts'
import type { ChoreReport } from '../metrics/run-course.ts'
import {
  type Chore,
  firstSequenceOf,
  isEnded,
  revisionsIn,
  type ShareTable,
  type TableMember,
} from '../run/share-table.ts'
import type { StorePort } from '../store/store-port.ts'
import type { Suite } from '../suite/spec.ts'
import { nextLink, seedOf } from './run-workers.ts'

/** Batches taken into a report between two turns of the event loop. */
const CHUNK = 200

export interface ReportRequest {
  readonly runId: RunId
  readonly suite: Suite
  readonly table: ShareTable | null
  /** The run has ended and no more windows are awaited. */
  readonly settled: boolean
}

/** Builds the report of what is stored; lets the event loop run meanwhile. */
export async function makeReport(store: StorePort, request: ReportRequest): Promise<Report> {
  const { runId, suite, table } = request
  const intact = table === null || !request.settled || (await windowsAreIntact(store, runId, table))
  const builder = new ReportBuilder(headerOf(request, intact), suite, seedOf(runId))
  let count = 0
  for (const stored of store.batches(runId)) {
    builder.add(decodeBatch(stored.bytes))
    if (++count % CHUNK === 0) await setImmediate()
  }
  return builder.build()
}

function headerOf({ runId, suite, table, settled }: ReportRequest, intact: boolean): ReportHeader {
  return {
    runId,
    status: table?.phase ?? 'created',
    startedAt: table?.startedAt == null ? null : new Date(table.startedAt).toISOString(),
    durationMs: table?.stopAt ?? suite.durationMs,
    degraded: table?.degraded ?? false,
    participants: (table?.members ?? []).map((member) => participationOf(member, table)),
    events: table?.events ?? [],
    setup: choreIn(table?.setup ?? null),
    teardown: choreIn(table?.teardown ?? null),
    revisions: table === null ? [] : revisionsIn(table),
    settled: settled && intact && table !== null && isEnded(table.phase),
  }
}

function choreIn(chore: Chore | null): ChoreReport | null {
  if (chore === null) return null
  const { node, state, durationMs, error } = chore
  return { node, ok: state === 'done', durationMs, error }
}

/** Of a run that goes on, everything that is there counts. */
function participationOf(member: TableMember, table: ShareTable | null): Participation {
  const { bootId, node, lostAt, final, firstFrom } = member
  if (firstFrom === null) return { bootId, node, firstSequence: -1, lastSequence: -2, lostAt }
  const ended = table !== null && isEnded(table.phase)
  const firstSequence = firstSequenceOf(member)
  const lastSequence = final?.lastSequence ?? (ended ? firstSequence - 1 : Number.MAX_SAFE_INTEGER)
  return { bootId, node, firstSequence, lastSequence, lostAt }
}

/** Whether the stored windows of every node that had the last word are the ones it spoke of. */
async function windowsAreIntact(store: StorePort, runId: RunId, table: ShareTable): Promise<boolean> {
  for (const { bootId, final } of table.members) {
    if (final === null || final.hash === '' || final.lastSequence < final.firstSequence) continue
    let link: Buffer | undefined
    let count = 0
    for (const { bytes } of store.batches(runId, { bootId, from: final.firstSequence, to: final.lastSequence })) {
      link = nextLink(link, bytes)
      if (++count % CHUNK === 0) await setImmediate()
    }
    const whole = count === final.lastSequence - final.firstSequence + 1
    if (whole && link?.toString('hex') !== final.hash) return false
  }
  return true
}
