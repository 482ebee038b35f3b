/**
 * Who follows a coordinator, and how much of its voters that is. A follower counts for as long as it has promised its
 * vote to nobody else, reckoned from the coordinator's own time that it last echoed.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { withEntry } from '../base/layered-map.ts'
import { type Hold, holdOf, holdOfEach } from '../membership/quorum.ts'
import { compareVersions } from '../membership/term.ts'
import { living } from '../membership/view.ts'
import type { Message } from './messages.ts'
import { decidersOf, votersOf } from './standing.ts'
import { type CoreState, isActiveRun, type RunState } from './state.ts'
import type { Turn } from './turn.ts'

/** @param votes who has voted for this node: they follow nobody else */
export function beginReign(turn: Turn, votes: ReadonlySet<BootId>): void {
  // What it has renewed in a reign that goes over into this one, as that of a caretaker who is elected, it knows.
  const { reign } = turn.state
  turn.update({
    reign: {
      since: turn.now,
      contestedUntil: Math.max(contestedAtFirst(turn, votes), reign?.contestedUntil ?? Number.NEGATIVE_INFINITY),
      counted: null,
      plannedAt: Number.NEGATIVE_INFINITY,
      support: new Map(),
      leases: reign?.leases ?? new Map(),
      reports: new Map(),
      reportedAt: new Map(),
      adopted: new Map(),
      settledVoters: new Map(),
    },
  })
}

/**
 * Until when others may have counted on this node itself. And two halves exclude each other's majority, but a caretaker
 * elsewhere may count on a node for a promise after its death. Where the votes are a majority of the dead too, there was
 * no other half.
 */
function contestedAtFirst(turn: Turn, votes: ReadonlySet<BootId>): MonotonicMs {
  const { runs, view, election } = turn.state
  let until = election.sharedUntil
  for (const { table } of [...runs.values()].filter(isActiveRun)) {
    if (table === null || holdOf(new Set(table.voters), (voter) => votes.has(voter)) === 'majority') continue
    for (const voter of table.voters) {
      const goneAt = view.get(voter)?.goneAt ?? Number.NEGATIVE_INFINITY
      until = Math.max(until, goneAt + turn.timing.promiseMs)
    }
  }
  return until
}

/**
 * Before the evidence that a node is gone is taken. If this coordinator has no majority with that node among the voters,
 * others may have had one with it: what they have given away nobody here knows of, so every run is taken over anew.
 */
export function noteGone(turn: Turn): void {
  turn.updateReign({ counted: null })
  if (turn.state.reign === null || supportHold(turn) === 'majority') return
  contest(turn, turn.now + turn.timing.promiseMs)
  turn.updateReign({ adopted: new Map() })
}

/**
 * A table of another reign comes to light: whoever reigned may have renewed leases until now, and a run that seemed
 * never to have been planned has to be taken over.
 */
export function noteForeignTable(turn: Turn, runId: RunId): void {
  const { reign } = turn.state
  if (reign === null) return
  const adopted = new Map(reign.adopted)
  adopted.delete(runId)
  turn.updateReign({ adopted, contestedUntil: Math.max(reign.contestedUntil, turn.now) })
}

/** Without a majority here, there may be another half with a caretaker, now and until then. */
function contest(turn: Turn, until: MonotonicMs): void {
  const { reign } = turn.state
  if (reign === null || until <= reign.contestedUntil || supportHold(turn) === 'majority') return
  turn.updateReign({ contestedUntil: until })
}

/** Longest time a follower tells of: what was before has no consequences any more. In milliseconds. */
const LONGEST_SOLE_MS = 60_000

/** For how long nobody but whom it follows can have counted on this node. */
export function soleFor({ election }: CoreState, now: MonotonicMs): number {
  return Math.min(now - election.sharedUntil, LONGEST_SOLE_MS)
}

/**
 * A follower's message came back with the coordinator's own time in it: it follows until that time's promise ends. Of
 * any majority somebody must have supported whoever could renew leases: so nobody else could, since the last of those
 * who make up this one is no longer shared. The way here only makes that later than it was.
 */
export function noteSupport(
  turn: Turn,
  from: BootId,
  { echo, soleFor }: Pick<Extract<Message, { kind: 'renew' }>, 'echo' | 'soleFor'>,
): void {
  const { reign } = turn.state
  if (reign === null || echo === null || echo > turn.now) return
  if (echo <= (reign.support.get(from) ?? Number.NEGATIVE_INFINITY)) return
  // Only by somebody's coming back can a majority begin.
  if (!isSupporter(turn, from)) contest(turn, turn.now - soleFor)
  turn.updateReign({ support: withEntry(reign.support, from, echo) })
}

/**
 * Whether a node follows for certain at this moment.
 *
 * @param idle count with the longer promise of a mesh without runs: right where nothing has been given to anybody yet
 */
export function isSupporter(turn: Turn, node: BootId, idle = false): boolean {
  if (node === turn.self) return true
  const { promiseMs, promiseIdleMs, promiseMarginMs } = turn.timing
  const echo = turn.state.reign?.support.get(node) ?? Number.NEGATIVE_INFINITY
  return echo + (idle ? promiseIdleMs : promiseMs) - promiseMarginMs > turn.now
}

/** How much of the voters of all active runs follow this coordinator now. */
export function supportHold(turn: Turn): Hold {
  const groups: ReadonlySet<BootId>[] = []
  for (const run of turn.state.runs.values()) {
    if (isActiveRun(run)) groups.push(...voterGroups(turn, run))
  }
  if (groups.length > 0) return holdOfEach(groups, (node) => isSupporter(turn, node))
  const seen = [...turn.state.view.values()].filter((member) => member.state === 'alive').map((member) => member.bootId)
  return holdOf(new Set([turn.self, ...seen]), (node) => isSupporter(turn, node, true))
}

/**
 * Of whom a majority each is needed for a run: the table's voters, and, until a majority of those follow that table,
 * the voters before. So two sides of a partition never both decide, one by the old voters and one by the new.
 */
export function voterGroups(turn: Turn, run: RunState): ReadonlySet<BootId>[] {
  return [...votersOf(turn.state.view, run), ...formerVoters(turn, run)]
}

function formerVoters(turn: Turn, { table, record }: RunState): ReadonlySet<BootId>[] {
  const before = turn.state.reign?.settledVoters.get(record.runId)
  return table === null || before === undefined || before === table.voters ? [] : [living(turn.state.view, before)]
}

/** How much of those who decide about a run follow this coordinator. */
export function holdOfRun(turn: Turn, run: RunState): Hold {
  const groups = [...decidersOf(turn.state.view, run), ...formerVoters(turn, run)]
  return holdOfEach(groups, (node) => isSupporter(turn, node, run.table === null))
}

/** Notes that a run's voters are settled once a majority of them follows the table that names them. */
export function settleVoters(turn: Turn, run: RunState): void {
  const { reign } = turn.state
  const { table } = run
  const { runId } = run.record
  if (reign === null || table === null || reign.settledVoters.get(runId) === table.voters) return
  const follows = (voter: BootId) => {
    const applied = reign.reports.get(voter)?.get(runId)?.applied
    return applied != null && compareVersions(applied, table.version) === 0
  }
  // Of those before too: else half of them could have a caretaker that knows nothing of the others.
  if (holdOfEach(voterGroups(turn, run), follows) !== 'majority') return
  turn.updateReign({ settledVoters: new Map(reign.settledVoters).set(runId, table.voters) })
}
