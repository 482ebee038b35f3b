/** A participant's side of what one node does for all: begins it once, when the table says so, and tells how it went. */

import type { RunId } from '../base/ids.ts'
import type { ChoreName, ChoreOutcome, ShareTable } from '../run/share-table.ts'
import type { RunState } from './state.ts'
import type { Turn } from './turn.ts'

const CHORES: readonly ChoreName[] = ['setup', 'teardown']

/** A table that is followed says what this node is to do. A boot begins it once; the next boot is another node. */
export function beginChores(turn: Turn, run: RunState, table: ShareTable): void {
  for (const name of CHORES) {
    const chore = table[name]
    if (chore?.bootId !== turn.self || chore.state !== 'begun') continue
    const { runId } = run.record
    const begun = turn.state.runs.get(runId)?.chores
    if (begun === undefined || begun[name] !== null) continue
    turn.updateRun(runId, { chores: { ...begun, [name]: { outcome: null } } })
    turn.effect({ kind: 'chore', runId, name, setup: table.setup?.values ?? {} })
  }
}

export function noteChore(turn: Turn, runId: RunId, name: ChoreName, outcome: ChoreOutcome): void {
  const run = turn.state.runs.get(runId)
  if (run?.chores[name] != null) turn.updateRun(runId, { chores: { ...run.chores, [name]: { outcome } } })
}
