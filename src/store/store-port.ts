/**
 * What a node keeps: accepted runs, their share tables, windows and reports. One database per data folder, or in
 * memory for `vajra run`. Values are opaque bytes or JSON text to the store.
 */

import type { BootId, RunId } from '../base/ids.ts'
import type { WindowBatch } from '../metrics/window.ts'

/** A run as stored: documents are JSON, written by the node. */
export interface StoredRun {
  readonly runId: RunId
  /** Wall-clock milliseconds of acceptance, for ordering. */
  readonly createdAt: number
  /** The run's own document (suite source, origin, …): written once. */
  readonly record: string
  /** The newest share table, or null before the first. */
  readonly table: string | null
  /** The final report, or null. */
  readonly report: string | null
  readonly ended: boolean
}

/** A window batch as stored and sent: its identity and its encoded bytes. */
export interface StoredBatch {
  readonly runId: RunId
  readonly bootId: BootId
  readonly sequence: number
  /** The encoded {@link WindowBatch}; the same bytes on every node. */
  readonly bytes: Uint8Array
}

export type BatchOutcome = 'stored' | 'duplicate' | 'contradiction'

export interface StorePort {
  /**
   * Durable when it returns. A second put of the same run id changes nothing.
   *
   * `files`: hashes of the data files that the run needs; they are kept as long as it is.
   */
  putRun(run: {
    readonly runId: RunId
    readonly createdAt: number
    readonly record: string
    readonly files?: readonly string[]
  }): void
  /** Keeps a data file for the runs that name it. One that no run names by the next opening, or pruning, goes. */
  putFile(sha256: string, bytes: Uint8Array): void
  /** Length of a data file in bytes; undefined when it is not here. */
  fileLength(sha256: string): number | undefined
  /** A part of a data file, or what there is of it; nothing of one that is not here. */
  filePart(sha256: string, offset: number, length: number): Uint8Array
  putTable(runId: RunId, table: string, ended: boolean): void
  putReport(runId: RunId, report: string): void
  /** All runs, newest first, without their windows. */
  runs(): readonly StoredRun[]
  run(runId: RunId): StoredRun | undefined
  /**
   * Stores batches in one transaction. A batch that is there already with the same bytes is a `duplicate`, with
   * other bytes a `contradiction` (the first stays). Answers in order.
   */
  putBatches(batches: readonly StoredBatch[]): readonly BatchOutcome[]
  /** Batches of a run ordered by sequence, then boot id; of one node and range when asked for. */
  batches(
    runId: RunId,
    filter?: { readonly bootId: BootId; readonly from: number; readonly to: number },
  ): IterableIterator<StoredBatch>
  /** Which sequences are held, per boot id, ascending. */
  heldSequences(runId: RunId): ReadonlyMap<BootId, readonly number[]>
  /** Deletes the oldest ended runs beyond `keep`; returns the deleted ids. */
  prune(keep: number): readonly RunId[]
  close(): void
}

export type DecodeBatch = (bytes: Uint8Array) => WindowBatch
