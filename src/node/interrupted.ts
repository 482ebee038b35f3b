/**
 * Runs from before this boot of which nobody has been heard: every node that fired them has gone. And runs that were
 * given up because those who decide about them are out of reach. How they went on is not known, so they are shown as
 * failed, with what is held of them and the rest as lost.
 */

import { type MonotonicMs, type RunMs, WINDOW_MS } from '../base/clock.ts'
import { lastOf, NO_RANGES } from '../base/ranges.ts'
import type { RunState } from '../coordination/state.ts'
import { NO_TERM } from '../membership/term.ts'
import { event, withEvents } from '../run/plan-facts.ts'
import { firstSequenceOf, isEnded, type ShareTable, type TableMember, unplanned } from '../run/share-table.ts'

/** A run from before this boot is given up when nobody who knows of it was heard for this long. */
const INTERRUPTED_AFTER_MS = 30_000

const REASON = 'INTERRUPTED: the nodes that fired it have gone, and none that knows more has been heard'

/** Of a table that never was. */
const NO_VERSION = Object.freeze({ term: NO_TERM, sequence: 0 })

/** Nobody knows how this run went on. */
export function isInterrupted(run: RunState, now: MonotonicMs): boolean {
  return run.dormant && now - run.knownSince > INTERRUPTED_AFTER_MS
}

/** The run is over, as far as this node can know. */
export function isOver(run: RunState, now: MonotonicMs): boolean {
  return isInterrupted(run, now) || (run.table !== null && isEnded(run.table.phase))
}

/** The run's table; of an interrupted run, as it would be had somebody been there to conclude it. */
export function tableOf(run: RunState, now: MonotonicMs): ShareTable | null {
  const { table } = run
  if (!isInterrupted(run, now)) return table
  return concluded(table ?? { ...unplanned(run.record.runId), version: NO_VERSION }, run)
}

/** It ended in the second after the last one that is known: that one is lost, and nothing is said of those after it. */
function concluded(table: ShareTable, run: RunState): ShareTable {
  const newest = Math.max(-1, ...table.members.map(({ bootId }) => lastOf(run.held.get(bootId) ?? NO_RANGES)))
  const hasStarted = table.startAt !== null
  const end = Math.min(table.stopAt ?? run.facts.durationMs, hasStarted ? (newest + 2) * WINDOW_MS : 0)
  const lostAt = Math.min(end, (newest + 1) * WINDOW_MS)
  return {
    ...table,
    phase: 'failed',
    verdict: null,
    reason: REASON,
    stopAt: end,
    degraded: table.degraded || hasStarted,
    members: table.members.map((member) => lost(member, run, hasStarted ? lostAt : null)),
    events: withEvents(table.events, [event(end, 'run-ended', REASON)]),
  }
}

function lost(member: TableMember, run: RunState, lostAt: RunMs | null): TableMember {
  if (lostAt === null) return { ...member, firstFrom: null }
  if (member.final !== null) return member
  const firstSequence = firstSequenceOf(member)
  const lastSequence = Math.max(firstSequence - 1, lastOf(run.held.get(member.bootId) ?? NO_RANGES))
  return { ...member, lostAt: member.lostAt ?? lostAt, final: { firstSequence, lastSequence, hash: '' } }
}
