/**
 * The share table: everything the mesh agrees on about one run. The coordinator publishes it whole at every change;
 * the newest (term, sequence) wins, so it may be lost, repeated and reordered on the way.
 */

import type { MonotonicMs, RunMs, WallMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import type { Version } from '../membership/term.ts'
import type { RunEvent, RunStatus } from '../metrics/report-document.ts'
import { isVacant } from './allotment.ts'

/** Phases in which a run has a table (`created` has none yet). */
export type Phase = Exclude<RunStatus, 'created'>

/** Phases in which a run has ended. */
export type Verdict = Extract<Phase, 'completed' | 'failed' | 'stopped'>

/** What a node says of its own windows once it has drained. */
export interface Final {
  readonly firstSequence: number
  readonly lastSequence: number
  /** SHA-256 (hex) chained over the encoded batches in order. */
  readonly hash: string
}

/** A change of a scenario's load in mid-run, as somebody asks for it. */
export interface Change {
  /** Given by the node that was asked: however often it is told, it is made once. */
  readonly id: string
  /** Index into the suite's scenarios. */
  readonly scenario: number
  /** Arrivals per second of an open load, users of a closed one. */
  readonly value: number
}

/** A change with its time: from `at` on, to the end of the scenario, its load is the new one. */
export interface TableRevision extends Change {
  /** Whole milliseconds. */
  readonly at: RunMs
  /** How long before `at` it was announced, in milliseconds. */
  readonly leadMs: number
  /**
   * Everybody who could still fire knows of it. Until then threads go by the load before up to `at`, and decide nothing
   * about what is planned after it. Only the last one of a table may be without.
   */
  readonly confirmed: boolean
}

export type ChoreName = 'setup' | 'teardown'

/** How a chore went, as the node tells that ran it. */
export interface ChoreOutcome {
  readonly durationMs: number
  /** Why it failed; null when it was done. */
  readonly error: string | null
  /** What it found for everybody to use, by name. Nothing secret. */
  readonly values: Readonly<Record<string, string>>
}

/** What one node does for all: the setup or the teardown of a suite. */
export interface Chore extends ChoreOutcome {
  /** Who does it. That never changes. */
  readonly bootId: BootId
  readonly node: string
  /** It is begun only by a table that says `begun`. `unknown`: the node was lost before it told the outcome. */
  readonly state: 'assigned' | 'begun' | 'done' | 'failed' | 'unknown'
}

/** One node's part in a run. The index in the table's `members` never changes. */
export interface TableMember {
  readonly bootId: BootId
  readonly node: string
  readonly weight: number
  /** Start of its first share; null while it never had one. */
  readonly firstFrom: RunMs | null
  /** When the mesh gave it up; null while it counts as present. */
  readonly lostAt: RunMs | null
  /** When it was last given up, also after it came back: what it held then is its own until this time. */
  readonly givenUpAt: RunMs | null
  /** What it delivered; for a lost node what others hold of it, without a hash. Set when known for good. */
  readonly final: Final | null
  /** It has handed over, others hold all its windows, and it may go. */
  readonly left: boolean
}

export interface ShareTable {
  readonly runId: RunId
  readonly version: Version
  readonly phase: Phase
  readonly members: readonly TableMember[]
  /** Whose majority decides about this run. */
  readonly voters: readonly BootId[]
  /** Per slot: index into `members`; negative while vacant, see `allotment.ts`. */
  readonly holders: readonly number[]
  /** Per slot: run time from which the holder holds it, or from which it is vacant. Whole milliseconds. */
  readonly since: readonly RunMs[]
  /** Changes of the load, in the order of their times. */
  readonly revisions: readonly TableRevision[]
  /** Null before it is assigned, and where the suite has none. */
  readonly setup: Chore | null
  readonly teardown: Chore | null
  /** Start T on the clock of the coordinator in `version`; null before it is set. */
  readonly startAt: MonotonicMs | null
  /** Wall-clock time of the start at the coordinator that set it. */
  readonly startedAt: WallMs | null
  /** No arrival planned at or after this run time is fired; null while the profile's end holds. */
  readonly stopAt: RunMs | null
  /** Why the run was stopped or failed; null otherwise. */
  readonly reason: string | null
  readonly degraded: boolean
  /** How the run ends: decided with all else in the table, and carried out once a majority knows it. Null before. */
  readonly verdict: Verdict | null
  readonly events: readonly RunEvent[]
}

const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'stopped'])
const ORDER: readonly Phase[] = ['distributing', 'running', 'stopping', 'completed', 'failed', 'stopped']

export function isEnded(phase: RunStatus): boolean {
  return TERMINAL.has(phase)
}

/** Whether a run may go from one phase to another: only forward, and not between two ends. */
export function mayFollow(from: Phase, to: Phase): boolean {
  if (from === to) return true
  if (isEnded(from)) return false
  return ORDER.indexOf(to) > ORDER.indexOf(from)
}

export function memberIndex(table: ShareTable, bootId: BootId): number {
  return table.members.findIndex((member) => member.bootId === bootId)
}

export function memberOf(table: ShareTable, bootId: BootId): TableMember | undefined {
  return table.members.find((member) => member.bootId === bootId)
}

/** The slots a node holds, each with the run time from which. */
export function slotsOf(table: ShareTable, bootId: BootId): { readonly slot: number; readonly from: RunMs }[] {
  const index = memberIndex(table, bootId)
  const slots: { slot: number; from: RunMs }[] = []
  if (index < 0) return slots
  table.holders.forEach((holder, slot) => {
    if (holder === index) slots.push({ slot, from: table.since[slot]! })
  })
  return slots
}

/** How many slots each member holds, by member index. */
export function slotCounts(table: Pick<ShareTable, 'members' | 'holders'>): number[] {
  const { byMember } = divisionOf(table.holders)
  return table.members.map((_, index) => byMember[index] ?? 0)
}

/** Whether somebody has let go of a slot, or nobody has ever had it. */
export function hasVacancy({ holders }: Pick<ShareTable, 'holders'>): boolean {
  return divisionOf(holders).isVacancy
}

interface Division {
  readonly byMember: readonly number[]
  readonly isVacancy: boolean
}

/** A coordinator asks ten times a second, of thousands of slots that hardly ever move. */
const divisions = new WeakMap<readonly number[], Division>()

function divisionOf(holders: readonly number[]): Division {
  const known = divisions.get(holders)
  if (known !== undefined) return known
  const byMember: number[] = []
  let isVacancy = false
  for (const holder of holders) {
    if (isVacant(holder)) isVacancy = true
    else byMember[holder] = (byMember[holder] ?? 0) + 1
  }
  const division = { byMember, isVacancy }
  divisions.set(holders, division)
  return division
}

/** First second in which a member had a share; 0 when it never had one. */
export function firstSequenceOf(member: TableMember): number {
  return member.firstFrom === null ? 0 : Math.max(0, Math.floor(member.firstFrom / 1000))
}

/** Changes of the load that took effect, in the order of their times. */
export function revisionsIn({ revisions }: ShareTable): TableRevision[] {
  return revisions.filter(({ confirmed }) => confirmed)
}

/** The table of a run that has been accepted and not been planned yet. */
export function unplanned(runId: RunId): Omit<ShareTable, 'version'> {
  return {
    runId,
    phase: 'distributing',
    members: [],
    voters: [],
    holders: [],
    since: [],
    revisions: [],
    setup: null,
    teardown: null,
    startAt: null,
    startedAt: null,
    stopAt: null,
    reason: null,
    degraded: false,
    verdict: null,
    events: [],
  }
}
