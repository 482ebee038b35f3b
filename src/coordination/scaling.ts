/**
 * Changes of a run's load on their way into its table. Whoever was asked for one tells the coordinator, whichever there
 * is, until it is confirmed or time is up; so it may be lost or repeated on the way, and coordinators may change. It has
 * an id, and a table keeps all of them: it is made once. What nobody tells any more is forgotten, lest a load changes by
 * surprise when a mesh finds its majority again.
 */

import type { RunId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Change } from '../run/share-table.ts'
import { type AskedChange, coordinatorOf, type RunState } from './state.ts'
import type { Turn } from './turn.ts'

/** How often a change is told again until it is in the table, in milliseconds. */
const RETELL_MS = 500

/** A peer's change that was not told again for so long has been given up, in milliseconds. */
const STALE_MS = 4 * RETELL_MS

/** Somebody asks this node for a change. */
export function onScale(turn: Turn, runId: RunId, change: Change): void {
  put(turn, runId, { change, askedAt: turn.now, toldAt: turn.now })
  tell(turn, runId, change)
}

/** A peer was asked for one, and takes this node for the coordinator. */
export function onToldScale(turn: Turn, runId: RunId, change: Change): void {
  put(turn, runId, { change, askedAt: null, toldAt: turn.now })
}

function put(turn: Turn, runId: RunId, asked: AskedChange): void {
  const run = turn.state.runs.get(runId)
  if (run?.table?.phase !== 'running') return
  const known = run.changes.findIndex(({ change }) => change.id === asked.change.id)
  if (known >= 0) {
    if (asked.askedAt === null)
      turn.updateRun(runId, { changes: run.changes.with(known, { ...run.changes[known]!, toldAt: turn.now }) })
  } else if (run.changes.length < LIMITS.changesAtOnce) {
    turn.updateRun(runId, { changes: [...run.changes, asked] })
  }
}

function tell(turn: Turn, runId: RunId, change: Change): void {
  const coordinator = coordinatorOf(turn.state)
  if (coordinator !== null && coordinator !== turn.self) turn.send(coordinator, { kind: 'scale', runId, change })
}

/** On every tick: tells again what is not confirmed, and forgets what is, or has had its time. */
export function tendChanges(turn: Turn): void {
  for (const [runId, run] of turn.state.runs) {
    if (run.changes.length === 0) continue
    const changes = run.changes
      .filter((asked) => isWanted(turn, run, asked))
      .map((asked) => toldAgain(turn, run, asked))
    turn.updateRun(runId, { changes })
  }
}

function isWanted({ now, timing }: Turn, { table }: RunState, { change, askedAt, toldAt }: AskedChange): boolean {
  if (table?.phase !== 'running' || table.revisions.some(({ id, confirmed }) => confirmed && id === change.id))
    return false
  return askedAt === null ? now - toldAt < STALE_MS : now - askedAt < timing.scaleMs
}

function toldAgain(turn: Turn, { record }: RunState, asked: AskedChange): AskedChange {
  if (asked.askedAt === null || turn.now - asked.toldAt < RETELL_MS) return asked
  tell(turn, record.runId, asked.change)
  return { ...asked, toldAt: turn.now }
}

/** Those that are to go into the table. */
export function changesOf({ now }: Turn, { changes, table }: RunState): readonly Change[] {
  const fresh = changes.filter(({ askedAt, toldAt }) => askedAt !== null || now - toldAt < STALE_MS)
  return fresh.map(({ change }) => change).filter(({ id }) => !table?.revisions.some((revision) => revision.id === id))
}
