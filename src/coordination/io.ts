/**
 * The core's boundary: what it is told (inputs) and what it wants done (effects). The driver turns one into the
 * other; the simulation is another driver.
 */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import type { Ranges } from '../base/ranges.ts'
import type { Version } from '../membership/term.ts'
import type { StopWish } from '../run/plan-input.ts'
import type { Change, ChoreName, ChoreOutcome, Final, ShareTable, TableRevision } from '../run/share-table.ts'
import type { Message, NodeInfo, RunRecord, Submission } from './messages.ts'

export type Input =
  | { readonly kind: 'tick' }
  | { readonly kind: 'connected'; readonly peer: BootId }
  | { readonly kind: 'disconnected'; readonly peer: BootId }
  /** `refused` and `replaced` are evidence of death; anything else is not. */
  | { readonly kind: 'probed'; readonly peer: BootId; readonly result: 'refused' | 'replaced' | 'reachable' | 'silent' }
  | { readonly kind: 'message'; readonly from: BootId; readonly message: Message }
  | { readonly kind: 'submit'; readonly record: Submission }
  | ({ readonly kind: 'stop'; readonly runId: RunId } & StopWish)
  /** Somebody asks this node to change a scenario's load. */
  | { readonly kind: 'scale'; readonly runId: RunId; readonly change: Change }
  /** The node is asked to go: hand over, drain, leave. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'info'; readonly info: NodeInfo }
  /** Worker: tasks are set up, or are not. */
  | { readonly kind: 'prepared'; readonly runId: RunId; readonly error: string | null }
  /** Worker: all threads follow this table from `at` on. */
  | { readonly kind: 'applied'; readonly runId: RunId; readonly version: Version; readonly at: RunMs }
  /** Worker: the setup or teardown that this node was told to run is over. */
  | { readonly kind: 'chore'; readonly runId: RunId; readonly name: ChoreName; readonly outcome: ChoreOutcome }
  | { readonly kind: 'drained'; readonly runId: RunId; readonly final: Final }
  /** A window batch is stored here: own, received or repaired. */
  | { readonly kind: 'batch'; readonly runId: RunId; readonly bootId: BootId; readonly sequence: number }
  /** At boot: earlier boot ids of this node whose processes are certain to be gone, the newest first. */
  | { readonly kind: 'former-lives'; readonly bootIds: readonly BootId[] }
  /** Somebody asks this node for all of a run: its totals so far, or its report. Given again while that lasts. */
  | { readonly kind: 'want'; readonly runId: RunId }
  /** From the store, at boot. */
  | {
      readonly kind: 'restore'
      readonly record: RunRecord
      readonly table: ShareTable | null
      readonly held: ReadonlyMap<BootId, Ranges>
    }

export type Effect =
  | { readonly kind: 'send'; readonly to: BootId; readonly message: Message }
  | { readonly kind: 'gossip'; readonly message: Message }
  | { readonly kind: 'probe'; readonly peer: BootId }
  | { readonly kind: 'store-run'; readonly record: RunRecord }
  | { readonly kind: 'store-table'; readonly table: ShareTable }
  /** The submitted run is held as promised (or was not confirmed in time). */
  | { readonly kind: 'accepted'; readonly runId: RunId; readonly replicated: boolean }
  /** A run that nobody has planned yet is known: shares of it are likely to come soon. */
  | { readonly kind: 'stand-by' }
  | { readonly kind: 'prepare'; readonly runId: RunId }
  /** With what the setup gave. */
  | {
      readonly kind: 'start'
      readonly runId: RunId
      readonly startAt: MonotonicMs
      readonly setup: ChoreOutcome['values']
    }
  | {
      readonly kind: 'assign'
      readonly runId: RunId
      readonly version: Version
      readonly slots: readonly { readonly slot: number; readonly from: RunMs }[]
      readonly releaseAt: RunMs
      readonly revisions: readonly TableRevision[]
    }
  /** Threads may fire until then, on this node's clock. */
  | { readonly kind: 'lease'; readonly runId: RunId; readonly until: MonotonicMs }
  | { readonly kind: 'stop-firing'; readonly runId: RunId; readonly at: RunMs }
  /** Runs the setup or teardown, this with what the setup gave. Told once. */
  | {
      readonly kind: 'chore'
      readonly runId: RunId
      readonly name: ChoreName
      readonly setup: ChoreOutcome['values']
    }
  | { readonly kind: 'discard'; readonly runId: RunId }
  | {
      readonly kind: 'serve-batches'
      readonly to: BootId
      readonly runId: RunId
      readonly bootId: BootId
      readonly ranges: Ranges
    }
  /** The table of a run changed: views and listeners want to know. */
  | { readonly kind: 'run-changed'; readonly runId: RunId }
  /** The run has ended and every window that can be had is here: the report is final. */
  | { readonly kind: 'settled'; readonly runId: RunId }
  /** The node has handed over and may go. */
  | { readonly kind: 'left' }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly message: string }
