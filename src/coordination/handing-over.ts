/**
 * What a leaving node does before it goes, of runs of many nodes: those hold a part each, so a node may be the last to
 * have something. What it holds of itself, and of nodes that do not stay either, it offers to those who keep it from now
 * on. They fetch what they lack, and say what they have. Who has said so and leaves in turn does the same: however many
 * leave together, what was measured is held by two of those who stay, or by all where fewer do.
 */

import type { BootId, RunId } from '../base/ids.ts'
import { withEntry } from '../base/layered-map.ts'
import { LIMITS } from '../base/limits.ts'
import { commonOf, firstOf, NO_RANGES, type Ranges, sizeOf, unionOf, without } from '../base/ranges.ts'
import { reachable } from '../membership/view.ts'
import { keepersAmong } from '../run/keepers.ts'
import { memberOf, type ShareTable, type TableMember } from '../run/share-table.ts'
import { aggregatorsAmong, isAggregated } from './keeping.ts'
import type { HeldWindows } from './messages.ts'
import type { RunState } from './state.ts'
import type { Turn } from './turn.ts'

/** Runs that are looked through in one turn: a thousand may be kept, with a thousand nodes each. */
const RUNS_AT_ONCE = 32

/** Ranges of one node's windows in one message. */
const MOST_RANGES = 64

/** On leaving, and then on every tick: offers what others do not have yet, again and again until they say they do. */
export function handOver(turn: Turn): void {
  if (!turn.state.leaving) return
  let room = RUNS_AT_ONCE
  for (const run of turn.state.runs.values()) {
    if (room === 0) return
    const offeredAt = run.handOver?.offeredAt ?? Number.NEGATIVE_INFINITY
    if (!isHandingOver(turn, run) || turn.now - offeredAt < turn.timing.renewMs) continue
    offer(turn, run, run.table!)
    room--
  }
}

function offer(turn: Turn, run: RunState, table: ShareTable): void {
  const untaken = untakenOf(turn, run, table)
  for (const [keeper, windows] of untaken) turn.send(keeper, { kind: 'hand-over', runId: table.runId, windows })
  const isDone = untaken.size === 0
  const before = run.handOver
  const since = before === null || before.done !== null ? turn.now : before.since
  const handOver = {
    offeredAt: isDone ? Number.NEGATIVE_INFINITY : turn.now,
    since,
    taken: before?.taken ?? new Map(),
    done: isDone ? run.held : null,
  }
  turn.updateRun(table.runId, { handOver })
}

/** Whether others are still to take something of a run; not waited for any more once nobody has taken anything for long. */
export function isHandingOver({ state, now, timing }: Turn, run: RunState): boolean {
  if (run.dormant || run.table === null || !isAggregated(state, run)) return false
  if (run.handOver === null) return true
  return run.handOver.done !== run.held && now - Math.max(run.handOver.since, state.takenAt) <= timing.settleMs
}

/** A leaving node goes: says of how many runs it may take something with it that nobody else has. */
export function tellUntaken(turn: Turn): void {
  const runs = [...turn.state.runs.values()].filter(({ handOver }) => handOver !== null && handOver.done === null)
  if (runs.length > 0)
    turn.log(`measurements of ${runs.length} runs that it holds were not all taken by others`, 'warn')
}

/** What is held here, and as far as is known not by those who keep it once this node has gone. */
function untakenOf(turn: Turn, run: RunState, table: ShareTable): ReadonlyMap<BootId, readonly HeldWindows[]> {
  const staying = reachable(turn.state.view).flatMap(({ bootId, leaving }) => (leaving ? [] : [bootId]))
  const stays = new Set(staying)
  const keepersOf = keepersAmong(aggregatorsAmong(table, staying, []))
  const untaken = new Map<BootId, HeldWindows[]>()
  for (const member of table.members) {
    const { bootId } = member
    // Who stays has its own.
    if (stays.has(bootId)) continue
    const told = toldOf(member, run.held.get(bootId) ?? NO_RANGES)
    for (const keeper of keepersOf(bootId)) {
      const ranges = without(told, run.handOver?.taken.get(keeper)?.get(bootId) ?? NO_RANGES).slice(0, MOST_RANGES)
      if (ranges.length > 0) untaken.set(keeper, [...(untaken.get(keeper) ?? []), { bootId, ranges }])
    }
  }
  return untaken
}

/** Of a node's windows those that count. */
function toldOf({ final }: TableMember, held: Ranges): Ranges {
  return final === null ? held : commonOf(held, [[final.firstSequence, final.lastSequence]])
}

/** A peer that leaves hands over: what is missing here is asked for, and what is here told. */
export function onHandOver(turn: Turn, from: BootId, runId: RunId, windows: readonly HeldWindows[]): void {
  const run = turn.state.runs.get(runId)
  // Who leaves too is the wrong one; who does not know the run yet is about to be told of it, and asked again.
  if (turn.state.leaving || run === undefined || run.table === null) return
  const here: HeldWindows[] = []
  let room = LIMITS.pullSequencesAtOnce
  for (const { bootId, ranges } of windows) {
    if (memberOf(run.table, bootId) === undefined) continue
    const held = run.held.get(bootId) ?? NO_RANGES
    here.push({ bootId, ranges: commonOf(ranges, held).slice(0, MOST_RANGES) })
    const missing = firstOf(without(ranges, held), Math.min(room, LIMITS.pullSequences)).slice(0, MOST_RANGES)
    room -= sizeOf(missing)
    if (missing.length > 0) turn.send(from, { kind: 'pull-batches', runId, bootId, ranges: missing })
  }
  turn.send(from, { kind: 'handed-over', runId, windows: here })
}

/** A peer has windows that this leaving node hands over. */
export function onHandedOver(turn: Turn, from: BootId, runId: RunId, windows: readonly HeldWindows[]): void {
  const run = turn.state.runs.get(runId)
  if (run?.table == null || run.handOver === null) return
  const before = run.handOver.taken.get(from) ?? new Map<BootId, Ranges>()
  const after = new Map(before)
  for (const { bootId, ranges } of windows) {
    if (memberOf(run.table, bootId) !== undefined) after.set(bootId, unionOf(after.get(bootId) ?? NO_RANGES, ranges))
  }
  if (countOf(after) === countOf(before)) return
  turn.update({ takenAt: turn.now })
  const taken = withEntry(run.handOver.taken, from, after)
  turn.updateRun(runId, { handOver: { ...run.handOver, taken } })
  const next = turn.state.runs.get(runId)!
  if (untakenOf(turn, next, run.table).size === 0) offer(turn, next, run.table)
}

function countOf(windows: ReadonlyMap<BootId, Ranges>): number {
  let count = 0
  for (const ranges of windows.values()) count += sizeOf(ranges)
  return count
}
