/**
 * What the main thread and a load thread say to each other: a few control messages a second, and one transferred
 * buffer per window. Never a message per request. Leases do not travel as messages: a thread reads its deadline from
 * shared memory (`lease-cell.ts`), so that it needs no turn of its event loop to learn of it.
 */

import type { MonotonicMs, RunMs } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import type { Pacing, PacingMode } from '../base/pacing.ts'
import type { DataMemory } from '../journey/data-table.ts'
import type { LoadRevision } from '../metrics/run-course.ts'
import type { Window } from '../metrics/window.ts'
import type { Suite } from '../suite/spec.ts'
import type { TickerLink } from './alarm.ts'
import type { CredentialsLink } from './credential-thread.ts'

/** A run as a load thread needs it. */
export interface PreparedRun {
  readonly runId: RunId
  readonly suite: Suite
  /** Number of slots the load is divided into; arrival i of a scenario belongs to slot i mod slotCount (even). */
  readonly slotCount: number
  /** Seed for Poisson arrivals: the same on every node of the run. Scenario i uses `deriveSeed(seed, i)`. */
  readonly seed: number
  readonly node: string
  readonly bootId: BootId
  /** Rows of each source of data of the suite; left out for none. */
  readonly data?: readonly DataMemory[]
  /** Whether what answers gave is handed back at the end, see {@link DrainedRun}: of a setup, which is one iteration. */
  readonly handsBack?: boolean
}

/** Values by name. */
export type NamedValues = Readonly<Record<string, string>>

/** Which slots a node or thread fires from a run time on, until the next assignment. */
export interface Assignment {
  /** Sequence of the share table it comes from; later ones replace earlier ones. */
  readonly sequence: number
  /** The slots held, each with the run time from which it is held. Slots not listed are not fired. */
  readonly slots: readonly HeldFrom[]
  /** Run time from which slots that were held and are not listed any more must not be fired. */
  readonly releaseAt: RunMs
  /** All changes of the load so far, in the order of their times. */
  readonly revisions: readonly AssignedRevision[]
}

/** From a run time on, a scenario's load is another one than the suite says. */
export interface AssignedRevision extends LoadRevision {
  /** It takes effect; else nothing that is planned from its time on is decided until that is known. */
  readonly confirmed: boolean
}

export interface HeldFrom {
  readonly slot: number
  readonly from: RunMs
}

/** A node's final word on a run: the range of its window batches; 0 to -1 when there are none. */
export interface DrainedRun {
  readonly runId: RunId
  readonly firstSequence: number
  readonly lastSequence: number
  /** What answers gave, where the run hands that back. */
  readonly values?: NamedValues
}

export interface WorkerStatus {
  /** Load threads that are running: none before the first run. */
  readonly threads: number
  /** Requests in flight, of all runs. */
  readonly inFlight: number
  readonly pacing: Pacing
  /** CPU time that load threads spend spinning, in cores: it is free for whatever has to be done. */
  readonly spinning: number
}

/** Convert to absolute: planned start of an arrival = startAt + its run time. */
export type StartAt = MonotonicMs

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What a load thread is started with. */
export interface ThreadData {
  readonly index: number
  /** URL of the module with the tasks. */
  readonly tasksUrl: string
  readonly ticker: TickerLink
  /** Memory of the pacing mode; see `pacing-cell.ts`. */
  readonly pacing: SharedArrayBuffer
}

/** What a load thread's time went to since the window before, as parts of it (0 to 1); of all its runs. */
export interface ThreadSecond {
  readonly pacing: PacingMode
  /** Its event loop worked: all but sleeping and spinning. */
  readonly busy: number
  /** It spun, waiting for an arrival. */
  readonly spun: number
  /** It could have run, and had no CPU. */
  readonly starved: number
}

/** From the main thread to a load thread. */
export type ToThread =
  | {
      readonly type: 'prepare'
      readonly run: PreparedRun
      /** Shared memory of the lease and of the in-flight counters; see `lease-cell.ts` and `in-flight.ts`. */
      readonly lease: LeaseMemory
      readonly inFlight: SharedArrayBuffer
      /** Shared memory of the turns of mixes; see `mix-turns.ts`. */
      readonly turns: SharedArrayBuffer
      /** Shared memory of the rows taken; null where the suite has no data. See `scenario-rows.ts`. */
      readonly rows: SharedArrayBuffer | null
      readonly credentials: CredentialsLink
    }
  | {
      readonly type: 'start'
      readonly runId: RunId
      readonly startAt: StartAt
      /** Run time at which the run was stopped before this thread learned of its start; null unless it was. */
      readonly stopAt: RunMs | null
      /** Slots that the node held at the start: they say which rows of data are its users'. Empty without data. */
      readonly ownSlots: readonly number[]
      /** What the suite's setup gave, for `{{setup.NAME}}`. Before a thread has it, it fires nothing. */
      readonly setup: NamedValues
    }
  | {
      readonly type: 'assign'
      readonly runId: RunId
      readonly id: number
      /** The thread's part of the node's assignment. */
      readonly slots: readonly HeldFrom[]
      readonly releaseAt: RunMs
      /** First window sequence of the thread: the node's, unless it takes the place of one that died. */
      readonly firstSequence: number
      readonly revisions: readonly AssignedRevision[]
    }
  | { readonly type: 'settle'; readonly runId: RunId; readonly id: number; readonly at: RunMs }
  | { readonly type: 'stop'; readonly runId: RunId; readonly at: RunMs }
  | { readonly type: 'discard'; readonly runId: RunId }
  | { readonly type: 'close' }

export interface LeaseMemory {
  readonly buffer: SharedArrayBuffer
  /** Monotonic time the cells count from. */
  readonly origin: MonotonicMs
}

/** An error as it crosses threads. */
export interface ErrorMessage {
  readonly message: string
  readonly hint: string | undefined
}

/** From a load thread to the main thread. */
export type FromThread =
  | { readonly type: 'prepared'; readonly runId: RunId; readonly error: ErrorMessage | null }
  | {
      /** The thread follows the assignment from `from` on, and leaves what it released from there to be settled. */
      readonly type: 'assigned'
      readonly runId: RunId
      readonly id: number
      readonly from: RunMs
    }
  | {
      readonly type: 'window'
      readonly runId: RunId
      readonly sequence: number
      readonly windows: readonly Window[]
      /** Null when the time since the last window was too short to say. */
      readonly second: ThreadSecond | null
    }
  /** With what answers gave; empty unless the run hands it back. */
  | { readonly type: 'drained'; readonly runId: RunId; readonly values: NamedValues }
  | { readonly type: 'log'; readonly level: LogLevel; readonly message: string }
