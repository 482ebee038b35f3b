/**
 * When a share table takes effect: once a majority of the run's voters has it. Nobody is elected without one of those,
 * nor by them with an older table, so whoever coordinates next goes on from it, and nothing that threads have done by it
 * is ever taken back.
 */

import type { BootId } from '../base/ids.ts'
import { holdOfEach } from '../membership/quorum.ts'
import { compareVersions, type Version } from '../membership/term.ts'
import { isProvenGone } from '../membership/view.ts'
import type { TableMember } from '../run/share-table.ts'
import { leaseEnd } from './leasing.ts'
import type { RunStatusReport } from './messages.ts'
import { announceToAll } from './peers.ts'
import type { RunState } from './state.ts'
import { holdOfRun, voterGroups } from './support.ts'
import { noteCommitted } from './tables.ts'
import type { Turn } from './turn.ts'

/** At the coordinator, before it plans: whoever waits for a table to be committed is told at once. */
export function commit(turn: Turn, run: RunState): void {
  const { table, committed, record } = run
  if (table === null || (committed !== null && compareVersions(committed, table.version) >= 0)) return
  if (!isWidelyKnown(turn, run, table.version) || holdOfRun(turn, run) !== 'majority') return
  if (!table.members.every((member) => hasLetGo(turn, run, member, table.version))) return
  noteCommitted(turn, record.runId, table.version)
  if (table.phase !== 'distributing') announceToAll(turn)
}

/** A majority of the voters has the table: of those before too, until the new ones are settled. */
function isWidelyKnown(turn: Turn, run: RunState, version: Version): boolean {
  const has = (voter: BootId) => voter === turn.self || isAt(reportOf(turn, run, voter)?.has, version)
  return holdOfEach(voterGroups(turn, run), has) === 'majority'
}

/** What the table takes from a lost node is under no lease any more; or that node's threads follow the table. */
function hasLetGo(turn: Turn, run: RunState, { bootId, lostAt, final }: TableMember, version: Version): boolean {
  if (lostAt === null || final !== null || isProvenGone(turn.state.view, bootId)) return true
  return leaseEnd(turn, bootId) <= turn.now || isAt(reportOf(turn, run, bootId)?.applied, version)
}

function reportOf(
  turn: Turn,
  { record }: RunState,
  node: BootId,
): Pick<RunStatusReport, 'has' | 'applied'> | undefined {
  return turn.state.reign?.reports.get(node)?.get(record.runId)
}

function isAt(version: Version | null | undefined, expected: Version): boolean {
  return version != null && compareVersions(version, expected) === 0
}
