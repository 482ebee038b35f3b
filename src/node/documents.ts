/** What the API answers, made from the core's state. */

import type { NodeDocument, NodesDocument, RunDocument } from '../api/node-port.ts'
import type { MonotonicMs } from '../base/clock.ts'
import { type CoreState, coordinatorOf, type RunState } from '../coordination/state.ts'
import { silentAfterMs } from '../coordination/timing.ts'
import { isProvenGone, type Member } from '../membership/view.ts'
import type { Report, RunStatus } from '../metrics/report-document.ts'
import { slotCounts } from '../run/share-table.ts'
import { tableOf } from './interrupted.ts'

/** A start is shown once it is certain that nobody goes back behind it. */
export function statusOf(run: RunState, now: MonotonicMs): RunStatus {
  const phase = tableOf(run, now)?.phase ?? 'created'
  return phase === 'running' && !run.begun ? 'distributing' : phase
}

/** @param report the final report, when it is there */
export function runDocument(run: RunState, report: Report | undefined, now: MonotonicMs): RunDocument {
  const { record, facts } = run
  const table = tableOf(run, now)
  const status = statusOf(run, now)
  const startedAt = status === 'distributing' ? null : (table?.startedAt ?? null)
  const counts = table === null ? [] : slotCounts(table)
  const shares = (table?.members ?? []).flatMap((member, i) => {
    const slots = counts[i] ?? 0
    if (slots === 0 || table === null) return []
    return [{ node: member.node, bootId: member.bootId, fraction: slots / table.holders.length }]
  })
  return {
    runId: record.runId,
    suite: facts.suite,
    status,
    createdAt: new Date(record.createdAt).toISOString(),
    startedAt: startedAt === null ? null : new Date(startedAt).toISOString(),
    durationMs: table?.stopAt ?? facts.durationMs,
    degraded: table?.degraded ?? false,
    submittedTo: record.originName,
    reason: table?.reason ?? null,
    shares,
    complete: report?.complete ?? null,
    thresholdsOk: report === undefined ? null : report.thresholds.every((threshold) => threshold.ok),
  }
}

export function nodesDocument(state: CoreState, activeRuns: number, now: MonotonicMs): NodesDocument {
  const { config, view, election } = state
  const coordinator = coordinatorOf(state)
  const own: NodeDocument = {
    name: config.info.name,
    bootId: config.bootId,
    coordinator: coordinator === config.bootId,
    state: state.leaving ? 'leaving' : 'alive',
    capacity: config.info.capacity,
    version: config.info.version,
    http: config.info.http,
    priority: config.info.priority,
    load: config.info.load,
    runs: activeRuns,
  }
  const silentAfter = coordinator === config.bootId ? config.timing.silentMs : silentAfterMs(config.timing, view.size)
  const others = [...view.values()]
    .filter((member) => member.introduced && !isProvenGone(view, member.bootId))
    .map((member) => memberDocument(member, coordinator, now - member.heardAt > silentAfter))
  const nodes = [own, ...others].sort((a, b) => compare(a.name, b.name) || compare(a.bootId, b.bootId))
  return {
    self: own.name,
    selfBootId: own.bootId,
    coordinator: nodes.find((node) => node.bootId === coordinator)?.name ?? null,
    term: election.term.number,
    nodes,
  }
}

function memberDocument(member: Member, coordinator: string | null, silent: boolean): NodeDocument {
  return {
    name: member.name,
    bootId: member.bootId,
    coordinator: member.bootId === coordinator,
    state: member.leaving ? 'leaving' : silent ? 'silent' : 'alive',
    capacity: member.capacity,
    version: member.version,
    http: member.http,
    priority: member.priority,
    load: member.load,
    runs: member.runs,
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
