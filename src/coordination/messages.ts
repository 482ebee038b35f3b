/**
 * What nodes say to each other about coordination. Every message is idempotent: it may be lost, repeated, delayed
 * and reordered.
 */

import type { MonotonicMs, RunMs, WallMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import type { Ranges } from '../base/ranges.ts'
import type { Term, Version } from '../membership/term.ts'
import type { NodeLoad } from '../membership/view.ts'
import type { StopWish } from '../run/plan-input.ts'
import type { Change, ChoreName, ChoreOutcome, Final, ShareTable } from '../run/share-table.ts'
import type { DataFile } from '../suite/data-spec.ts'

/** What a node tells of itself. */
export interface NodeInfo {
  readonly name: string
  readonly capacity: number
  readonly priority: number
  readonly version: string
  readonly http: string | null
  readonly load: NodeLoad
}

/** A suite as it was accepted, with what everybody has to know of its data files; the files are kept beside it. */
export interface RunSuite {
  readonly text: string
  readonly format: 'yaml' | 'json'
  readonly data?: readonly DataFile[]
}

/** A run as it was accepted: written once, the same everywhere. */
export interface RunRecord {
  readonly runId: RunId
  readonly createdAt: WallMs
  readonly origin: BootId
  readonly originName: string
  readonly source: RunSuite
  /** The nodes that its origin saw: without a majority of them nobody may plan or start it. */
  readonly voters: readonly BootId[]
}

/** A run as it is handed in. */
export type Submission = Omit<RunRecord, 'voters'>

/** Windows of one node that another holds. */
export interface HeldWindows {
  readonly bootId: BootId
  readonly ranges: Ranges
}

/** How far a node is with a run, as it tells its coordinator. */
export type Stage = 'none' | 'preparing' | 'ready' | 'failed' | 'drained'

/** A participant's account of one run, sent with every lease renewal. */
export interface RunStatusReport {
  readonly runId: RunId
  /** The newest table that it has; null before the first. */
  readonly has: Version | null
  /** The table that its threads follow; null before the first. */
  readonly applied: Version | null
  /** Run time from which all its threads follow that table. */
  readonly appliedAt: RunMs
  readonly stage: Stage
  readonly error: string | null
  readonly final: Final | null
  /** How what it did for all went; null while it does not know. */
  readonly chores: Readonly<Record<ChoreName, ChoreOutcome | null>>
  /** Run time at sending; null when it does not know the start. */
  readonly elapsed: RunMs | null
  /**
   * For nodes that are lost or on their way out: which of their windows this node holds. Only what its coordinator has
   * not confirmed to know by the answer to an earlier account; nothing is ever taken back.
   */
  readonly held: readonly HeldWindows[]
  /** Voters that this node knows to be gone: a coordinator that never met them has no way to find out. */
  readonly gone: readonly BootId[]
}

/** A run and the newest table of it a node has: enough to see who is behind. */
export interface RunDigest {
  readonly runId: RunId
  readonly version: Version | null
  /** The newest table that a majority of the run's voters is known to have: whoever coordinates next has it too. */
  readonly committed: Version | null
  /** Nobody here goes on with it. */
  readonly ended: boolean
}

export type Message =
  /** To every peer, at intervals and at once on connecting (then with all runs, `full`). */
  | {
      readonly kind: 'heartbeat'
      readonly info: NodeInfo
      readonly leaving: boolean
      readonly term: Term
      readonly coordinator: BootId | null
      readonly at: MonotonicMs
      /** The newest `at` heard from the coordinator: proves to it that this node still follows. */
      readonly echo: MonotonicMs | null
      /** For how long nobody else can have counted on this node, in milliseconds; negative until that is so. */
      readonly soleFor: number
      readonly runs: readonly RunDigest[]
      readonly full: boolean
      /** Hash over all runs and tables known: when it differs, the sides tell each other all they know. */
      readonly fingerprint: number
      /** Earlier boot ids of the sender: those processes are gone. */
      readonly formerLives: readonly BootId[]
    }
  | { readonly kind: 'leave' }
  /** ELECTION: asks for a vote. `busy` when the candidate knows a run that goes on. */
  | {
      readonly kind: 'election'
      readonly term: Term
      readonly busy: boolean
      /** The runs that go on, as the candidate knows them: nobody votes for one who knows less. */
      readonly runs: readonly RunDigest[]
      /** How long the candidacy lasts, in milliseconds: a vote binds for as long. */
      readonly patience: number
    }
  /** ANSWER: a vote, or why not. */
  | {
      readonly kind: 'answer'
      readonly term: Term
      readonly granted: boolean
      readonly reason: 'granted' | 'promised' | 'outranked' | 'stale' | 'spent' | 'behind'
      /** Highest number of a term that the voter has seen: the next candidacy needs a higher one. */
      readonly highest: number
    }
  /** The sender does not stand for this term any more, and never will again: votes for it bind nobody. */
  | { readonly kind: 'withdrawn'; readonly term: Term }
  /** COORDINATOR: the outcome. */
  | { readonly kind: 'coordinator'; readonly term: Term; readonly at: MonotonicMs }
  | { readonly kind: 'clock'; readonly at: MonotonicMs }
  | { readonly kind: 'clock-reply'; readonly echo: MonotonicMs; readonly at: MonotonicMs }
  /** A run, and the newest version of its table that the sender has heard of: nobody plans it anew meanwhile. */
  | { readonly kind: 'run'; readonly record: RunRecord; readonly version: Version | null; readonly dormant: boolean }
  | { readonly kind: 'held'; readonly runId: RunId }
  | { readonly kind: 'pull'; readonly runId: RunId }
  /** `dormant`: from before a restart, and nobody is known who goes on with the run. */
  | { readonly kind: 'table'; readonly table: ShareTable; readonly dormant: boolean }
  /** A holder asks for its lease, telling how far it is. */
  | {
      readonly kind: 'renew'
      readonly term: Term
      readonly at: MonotonicMs
      readonly echo: MonotonicMs | null
      /** As in a heartbeat. */
      readonly soleFor: number
      readonly leaving: boolean
      /** Its present lease has not lapsed: nothing it holds can have been given away. */
      readonly unlapsed: boolean
      readonly runs: readonly RunStatusReport[]
    }
  | {
      readonly kind: 'lease'
      readonly term: Term
      /** `at` of the request. */
      readonly echo: MonotonicMs
      readonly at: MonotonicMs
      readonly granted: boolean
      readonly runs: readonly RunDigest[]
    }
  | ({ readonly kind: 'stop'; readonly runId: RunId } & StopWish)
  | { readonly kind: 'scale'; readonly runId: RunId; readonly change: Change }
  /** The sender wants the receiver's windows of a run as they come, for a while. */
  | { readonly kind: 'watch'; readonly runId: RunId }
  /** The sender leaves, and holds these windows of nodes that are gone too: the receiver is to have them. */
  | { readonly kind: 'hand-over'; readonly runId: RunId; readonly windows: readonly HeldWindows[] }
  /** Of the windows that the receiver hands over, the sender has these. */
  | { readonly kind: 'handed-over'; readonly runId: RunId; readonly windows: readonly HeldWindows[] }
  | { readonly kind: 'pull-batches'; readonly runId: RunId; readonly bootId: BootId; readonly ranges: Ranges }

export type MessageKind = Message['kind']
