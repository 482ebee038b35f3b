/** The core's state: plain immutable data. Nothing here is shared with, or changed by, anything outside `step`. */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import type { Ranges } from '../base/ranges.ts'
import { NO_TERM, type Term, type Version } from '../membership/term.ts'
import type { View } from '../membership/view.ts'
import { SLOT_COUNT } from '../run/allotment.ts'
import type { RunFacts } from '../run/facts.ts'
import type { StopWish } from '../run/plan-input.ts'
import {
  type Change,
  type ChoreName,
  type ChoreOutcome,
  type Final,
  isEnded,
  type ShareTable,
} from '../run/share-table.ts'
import { type ClockState, UNMEASURED } from './clock-state.ts'
import type { NodeInfo, RunRecord, RunStatusReport, Stage } from './messages.ts'
import { DEFAULT_TIMING, type Timing } from './timing.ts'

export interface CoreConfig {
  readonly bootId: BootId
  readonly info: NodeInfo
  readonly timing: Timing
  readonly slotCount: number
  /** In a run of more nodes, windows go to their keepers instead of to everybody. */
  readonly aggregateAbove: number
  /** What coordination needs to know of a suite; null when it is not a valid one. A pure function. */
  readonly describe: (source: RunRecord['source']) => RunFacts | null
}

/** Where this node stands in the election. */
export interface ElectionState {
  readonly term: Term
  /** Follows (or is) the term's coordinator; false while there is none. */
  readonly following: boolean
  readonly heardAt: MonotonicMs
  /** The coordinator's own time in the newest message heard from it. */
  readonly coordinatorAt: MonotonicMs | null
  /** Until then somebody other than whom it follows may have counted on it, and renewed leases with that. */
  readonly sharedUntil: MonotonicMs
  readonly voted: { readonly number: number; readonly candidate: BootId } | null
  readonly candidacy: {
    readonly term: Term
    readonly votes: ReadonlySet<BootId>
    /** Who has given its vote of this number, or a higher one, to somebody else. */
    readonly spent: ReadonlySet<BootId>
    readonly since: MonotonicMs
    /** How long it lasts, in milliseconds. */
    readonly patience: number
    readonly askedAt: MonotonicMs
  } | null
  /** The last vote given: until then nobody of an older term is echoed, or two could count on this node. */
  readonly pledge: { readonly number: number; readonly candidate: BootId; readonly until: MonotonicMs } | null
  /** A coordinator heard while a vote or a caretaker's trust forbade to follow it: no further vote goes against it. */
  readonly assured: { readonly term: Term; readonly at: MonotonicMs } | null
  /** Who may be this node's caretaker, because it had its vote; this node itself while it is one. */
  readonly consent: BootId | null
  /** When to stand next; null when there is no reason to. */
  readonly standAt: MonotonicMs | null
  readonly attempts: number
  /** When everybody was asked to speak up, in an election among many; null when there is none. */
  readonly rollCallAt: MonotonicMs | null
  /** Highest term number seen anywhere. */
  readonly highest: number
}

/** What a coordinator has been told of the windows of others that this node holds. */
export interface Told {
  /** Of the coordinator that was told. */
  readonly term: Term
  readonly confirmed: ReadonlyMap<BootId, Ranges>
  /** What was told at `at` and is not confirmed yet. */
  readonly sent: ReadonlyMap<BootId, Ranges>
  readonly at: MonotonicMs
}

/** A participant's account as its coordinator keeps it: windows held are all that it has told in this reign. */
export interface KnownReport extends Omit<RunStatusReport, 'held'> {
  readonly held: ReadonlyMap<BootId, Ranges>
}

/** A coordinator's records of its reign. */
export interface Reign {
  readonly since: MonotonicMs
  /** Until then another half of the voters may have had a caretaker that renewed leases. */
  readonly contestedUntil: MonotonicMs
  /** When a majority was last counted of the voters of these tables; null when it has to be counted again. */
  readonly counted: {
    readonly at: MonotonicMs
    readonly tables: readonly (ShareTable | null)[]
    readonly settledVoters: Reign['settledVoters']
  } | null
  readonly plannedAt: MonotonicMs
  /** This coordinator's own time that each follower last echoed: it votes for nobody else for a promise after it. */
  readonly support: ReadonlyMap<BootId, MonotonicMs>
  /** When each holder's lease is over for certain, on this clock. */
  readonly leases: ReadonlyMap<BootId, MonotonicMs>
  readonly reports: ReadonlyMap<BootId, ReadonlyMap<RunId, KnownReport>>
  /** When each of them came: what it tells of run time was true then. */
  readonly reportedAt: ReadonlyMap<BootId, MonotonicMs>
  /** Runs whose tables carry this reign's term, with when they were taken over or first planned. */
  readonly adopted: ReadonlyMap<RunId, MonotonicMs>
  /** Per run, the voters of the newest table that a majority of them follows: they count until newer ones do. */
  readonly settledVoters: ReadonlyMap<RunId, readonly BootId[]>
}

/** A change of a run's load that is not in its table yet. */
export interface AskedChange {
  readonly change: Change
  /** When this node was asked by somebody who waits for it; null for one that a peer tells of. */
  readonly askedAt: MonotonicMs | null
  /** When it was last told to the coordinator, or by the peer. */
  readonly toldAt: MonotonicMs
}

/** What a node knows and does about one run. */
export interface RunState {
  readonly record: RunRecord
  readonly facts: RunFacts
  readonly table: ShareTable | null
  /** Newest version anybody is known to have, and since when that is known. */
  readonly heard: { readonly version: Version; readonly at: MonotonicMs } | null
  /** Newest version that a majority of the voters is known to have: only that one concerns the threads. */
  readonly committed: Version | null
  /** It is known here that a majority of the voters has the start: nobody goes back behind it any more. */
  readonly begun: boolean
  /** Start T on this node's clock. */
  readonly startAt: MonotonicMs | null
  readonly stage: Stage
  readonly error: string | null
  readonly applied: Version | null
  readonly appliedAt: RunMs
  /** Version of the last assignment handed to the threads, and the slots and changes of the load in it. */
  readonly assigned: {
    readonly version: Version
    readonly slots: string
    readonly revisions: string
    /** Of the first assignment with these slots: what was released was so with that one. */
    readonly moved: Version
    /** Run time of the first change of the load in it that is not confirmed; Infinity for none. */
    readonly pendingFrom: RunMs
  } | null
  /** When the threads were told the start; a lease asked for before does not let them fire. Null before. */
  readonly startedAt: MonotonicMs | null
  readonly stopSent: RunMs | null
  readonly final: Final | null
  readonly held: ReadonlyMap<BootId, Ranges>
  readonly told: Told | null
  readonly wish: StopWish | null
  /** What this node has begun to do for all, and how it went; null what it has not begun. */
  readonly chores: Readonly<Record<ChoreName, { readonly outcome: ChoreOutcome | null } | null>>
  /** Changes of the load that somebody asks for, the oldest first. */
  readonly changes: readonly AskedChange[]
  /** At the node that took the submit: who has confirmed to hold the run. Null elsewhere and afterwards. */
  readonly accepting: {
    readonly since: MonotonicMs
    readonly heldBy: ReadonlySet<BootId>
    readonly askedAt: MonotonicMs
  } | null
  /** From the store and not heard of in this boot, or given up: it concerns no election. */
  readonly dormant: boolean
  /** Since when too few of those who decide about it are within reach; null while enough are. */
  readonly unattendedSince: MonotonicMs | null
  readonly knownSince: MonotonicMs
  readonly repairAt: MonotonicMs
  readonly repairRound: number
  readonly endedAt: MonotonicMs | null
  readonly settled: boolean
  /** When a window came last. */
  readonly progressAt: MonotonicMs
  /** Until when somebody asks this node for the whole of an aggregated run. */
  readonly wantedUntil: MonotonicMs
  /** Gathers all windows of an aggregated run: those up to a second at once, and then what comes. */
  readonly gathering: {
    readonly since: MonotonicMs
    /** Null while the start is not known. */
    readonly upTo: number | null
    /** When owners were last told to send theirs. */
    readonly toldAt: MonotonicMs
  } | null
  /** What others have taken of what this node holds, as it leaves; null before. */
  readonly handOver: {
    readonly offeredAt: MonotonicMs
    /** Since when something has been offered that is not taken yet. */
    readonly since: MonotonicMs
    /** By who took it, and whose windows they are. */
    readonly taken: ReadonlyMap<BootId, ReadonlyMap<BootId, Ranges>>
    /** What was held when all of it was taken; null until then. */
    readonly done: ReadonlyMap<BootId, Ranges> | null
  } | null
  /** Peers that want this node's windows, and until when. */
  readonly watchers: ReadonlyMap<BootId, MonotonicMs>
}

export interface CoreState {
  readonly config: CoreConfig
  /** Earlier boot ids of this node, whose processes are gone; the newest first. */
  readonly formerLives: readonly BootId[]
  readonly view: View
  readonly election: ElectionState
  readonly clock: ClockState
  readonly reign: Reign | null
  readonly runs: ReadonlyMap<RunId, RunState>
  /** This node may fire until then. */
  readonly leaseUntil: MonotonicMs
  /** When this node last asked for its lease. */
  readonly renewedAt: MonotonicMs
  /** What it was answered last, if it was answered, is no. */
  readonly refused: boolean
  readonly heartbeatAt: MonotonicMs
  /** Heartbeats so far: whose turn it is. */
  readonly heartbeatRound: number
  readonly leaving: boolean
  /** When somebody last took something of what this node hands over as it leaves. */
  readonly takenAt: MonotonicMs
  readonly left: boolean
}

type Defaulted = 'timing' | 'slotCount' | 'aggregateAbove'

export function initialState(config: Omit<CoreConfig, Defaulted> & Partial<Pick<CoreConfig, Defaulted>>): CoreState {
  const never = Number.NEGATIVE_INFINITY
  return {
    config: { timing: DEFAULT_TIMING, slotCount: SLOT_COUNT, aggregateAbove: Number.POSITIVE_INFINITY, ...config },
    formerLives: [],
    view: new Map(),
    election: {
      term: NO_TERM,
      following: false,
      heardAt: never,
      coordinatorAt: null,
      sharedUntil: never,
      voted: null,
      candidacy: null,
      pledge: null,
      assured: null,
      consent: null,
      standAt: null,
      attempts: 0,
      rollCallAt: null,
      highest: 0,
    },
    clock: UNMEASURED,
    reign: null,
    runs: new Map(),
    leaseUntil: never,
    renewedAt: never,
    refused: false,
    heartbeatAt: never,
    heartbeatRound: 0,
    leaving: false,
    takenAt: never,
    left: false,
  }
}

/** A run that has not ended, as far as this node knows. */
export function isActiveRun(run: RunState): boolean {
  return !run.dormant && (run.table === null || !isEnded(run.table.phase))
}

export function isBusy(state: CoreState): boolean {
  for (const run of state.runs.values()) if (isActiveRun(run)) return true
  return false
}

/** The coordinator this node follows or is; null while there is none. */
export function coordinatorOf(state: CoreState): BootId | null {
  return state.election.following ? state.election.term.coordinator : null
}

export function isCoordinator(state: CoreState): boolean {
  return coordinatorOf(state) === state.config.bootId && state.reign !== null
}

/** Takes care of one half of a run's voters: without a mandate to plan anything. */
export function isCaretaker(state: CoreState): boolean {
  return isCoordinator(state) && state.election.term.solo && state.election.consent === state.config.bootId
}
