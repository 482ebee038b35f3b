/**
 * The store on SQLite (`node:sqlite`, write-ahead log). Everything is synchronous: one transaction a second and a few
 * rows a run do not keep the main thread waiting, and what is stored is stored when the call returns.
 */

import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite'
import type { BootId, RunId } from '../base/ids.ts'
import { openDatabase, unusable } from './open-database.ts'
import type { BatchOutcome, StoredBatch, StoredRun, StorePort } from './store-port.ts'

export interface StoreOptions {
  /** The database file, `:memory:`, or what `scratchPath` says. */
  readonly path: string
  /** Milliseconds since the Unix epoch; names the file of a damaged database. */
  readonly wall?: () => number
  /** Told once, in a sentence for people, when a damaged database was set aside. */
  readonly onNotice?: (message: string) => void
}

/** Rows read at a time while batches are walked, so that a long run is never in memory as a whole. */
const PAGE = 256

type Row = Record<string, SQLOutputValue>

/**
 * Opens the store, creating or migrating its database.
 *
 * @throws VajraError DATA_DIR_UNUSABLE; later calls throw it too when the disk fails or is full
 */
export function openStore(options: StoreOptions): StorePort {
  const { database, setAside } = openDatabase(options.path, (options.wall ?? Date.now)())
  if (setAside !== undefined) {
    options.onNotice?.(`the database ${options.path} is damaged; it was moved to ${setAside} and a new one was created`)
  }
  return new SqliteStore(database, options.path)
}

class SqliteStore implements StorePort {
  readonly #database: DatabaseSync
  readonly #path: string
  readonly #statements: ReturnType<typeof prepare>

  constructor(database: DatabaseSync, path: string) {
    this.#database = database
    this.#path = path
    this.#statements = prepare(database)
    // Batches may arrive before their run does; those whose run never came are dropped at the next opening.
    this.#guard(() => database.exec('DELETE FROM batches WHERE run_id NOT IN (SELECT run_id FROM runs)'))
    this.#guard(() => database.exec('DELETE FROM run_files WHERE run_id NOT IN (SELECT run_id FROM runs)'))
    this.#guard(() => this.#statements.deleteFiles.run())
  }

  putRun({ runId, createdAt, record, files = [] }: Parameters<StorePort['putRun']>[0]): void {
    const { putRun, putRunFile } = this.#statements
    // Which files it needs before the run itself: what is stored of it is never without them.
    for (const sha256 of files) this.#guard(() => putRunFile.run(runId, sha256))
    this.#durably(() => putRun.run(runId, createdAt, record))
  }

  putFile(sha256: string, bytes: Uint8Array): void {
    this.#guard(() => this.#statements.putFile.run(sha256, bytes))
  }

  fileLength(sha256: string): number | undefined {
    return this.#guard(() => this.#statements.fileLength.get(sha256))?.length as number | undefined
  }

  filePart(sha256: string, offset: number, length: number): Uint8Array {
    const row = this.#guard(() => this.#statements.filePart.get(offset + 1, length, sha256))
    return (row?.part as Uint8Array | undefined) ?? new Uint8Array(0)
  }

  putTable(runId: RunId, table: string, ended: boolean): void {
    this.#guard(() => this.#statements.putTable.run(table, ended ? 1 : 0, runId))
  }

  putReport(runId: RunId, report: string): void {
    this.#durably(() => this.#statements.putReport.run(report, runId))
  }

  runs(): readonly StoredRun[] {
    return this.#guard(() => this.#statements.runs.all().map(toRun))
  }

  run(runId: RunId): StoredRun | undefined {
    const row = this.#guard(() => this.#statements.run.get(runId))
    return row === undefined ? undefined : toRun(row)
  }

  putBatches(batches: readonly StoredBatch[]): readonly BatchOutcome[] {
    if (batches.length === 0) return []
    return this.#transaction(() => batches.map((batch) => this.#putBatch(batch)))
  }

  #putBatch(batch: StoredBatch): BatchOutcome {
    const { insertBatch, sameBatch } = this.#statements
    const { runId, sequence, bootId, bytes } = batch
    if (insertBatch.run(runId, sequence, bootId, bytes).changes === 1) return 'stored'
    return sameBatch.get(bytes, runId, sequence, bootId)?.same === 1 ? 'duplicate' : 'contradiction'
  }

  *batches(
    runId: RunId,
    filter?: { readonly bootId: BootId; readonly from: number; readonly to: number },
  ): IterableIterator<StoredBatch> {
    // Pages by key instead of one open cursor: a cursor would see, or block, what is written between two steps.
    const { page, pageOfNode } = this.#statements
    let sequence = filter === undefined ? -1 : filter.from - 1
    let bootId = filter?.bootId ?? ''
    for (;;) {
      const rows: Row[] = this.#guard(() =>
        filter === undefined
          ? page.all(runId, sequence, bootId, PAGE)
          : pageOfNode.all(runId, sequence, filter.to, filter.bootId, PAGE),
      )
      for (const row of rows) yield toBatch(runId, row)
      const last = rows.at(-1)
      if (last === undefined || rows.length < PAGE) return
      sequence = last.sequence as number
      bootId = last.boot_id as BootId
    }
  }

  heldSequences(runId: RunId): ReadonlyMap<BootId, readonly number[]> {
    const held = new Map<BootId, number[]>()
    for (const row of this.#guard(() => this.#statements.held.all(runId))) {
      const bootId = row.boot_id as BootId
      const sequences = held.get(bootId)
      if (sequences === undefined) held.set(bootId, [row.sequence as number])
      else sequences.push(row.sequence as number)
    }
    return held
  }

  prune(keep: number): readonly RunId[] {
    return this.#transaction(() => {
      const surplus = this.#statements.surplus.all(keep).map((row) => row.run_id as RunId)
      for (const runId of surplus) {
        this.#statements.deleteBatches.run(runId)
        this.#statements.deleteRunFiles.run(runId)
        this.#statements.deleteRun.run(runId)
      }
      if (surplus.length > 0) this.#statements.deleteFiles.run()
      return surplus
    })
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  /** Runs `action` so that what it commits survives a power cut, together with everything committed before it. */
  #durably(action: () => void): void {
    this.#guard(() => {
      this.#database.exec('PRAGMA synchronous = FULL')
      try {
        action()
      } finally {
        this.#database.exec('PRAGMA synchronous = NORMAL')
      }
    })
  }

  #transaction<T>(action: () => T): T {
    return this.#guard(() => {
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        const result = action()
        this.#database.exec('COMMIT')
        return result
      } catch (thrown) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw thrown
      }
    })
  }

  #guard<T>(action: () => T): T {
    try {
      return action()
    } catch (thrown) {
      throw unusable(this.#path, thrown)
    }
  }
}

function prepare(database: DatabaseSync): {
  readonly [name in
    | 'putRun'
    | 'putTable'
    | 'putReport'
    | 'runs'
    | 'run'
    | 'insertBatch'
    | 'sameBatch'
    | 'page'
    | 'pageOfNode'
    | 'held'
    | 'surplus'
    | 'deleteBatches'
    | 'deleteRun'
    | 'putFile'
    | 'putRunFile'
    | 'fileLength'
    | 'filePart'
    | 'deleteRunFiles'
    | 'deleteFiles']: StatementSync
} {
  return {
    putRun: database.prepare(
      'INSERT INTO runs (run_id, created_at, record) VALUES (?, ?, ?) ON CONFLICT (run_id) DO NOTHING',
    ),
    putTable: database.prepare('UPDATE runs SET share_table = ?, ended = max(ended, ?) WHERE run_id = ?'),
    putReport: database.prepare('UPDATE runs SET report = ? WHERE run_id = ?'),
    runs: database.prepare('SELECT * FROM runs ORDER BY created_at DESC, run_id DESC'),
    run: database.prepare('SELECT * FROM runs WHERE run_id = ?'),
    insertBatch: database.prepare(
      'INSERT INTO batches (run_id, sequence, boot_id, bytes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    sameBatch: database.prepare(
      'SELECT bytes = ? AS same FROM batches WHERE run_id = ? AND sequence = ? AND boot_id = ?',
    ),
    page: database.prepare(
      `SELECT sequence, boot_id, bytes FROM batches
       WHERE run_id = ? AND (sequence, boot_id) > (?, ?) ORDER BY sequence, boot_id LIMIT ?`,
    ),
    pageOfNode: database.prepare(
      `SELECT sequence, boot_id, bytes FROM batches
       WHERE run_id = ? AND sequence > ? AND sequence <= ? AND boot_id = ? ORDER BY sequence LIMIT ?`,
    ),
    held: database.prepare('SELECT sequence, boot_id FROM batches WHERE run_id = ? ORDER BY sequence, boot_id'),
    surplus: database.prepare(
      'SELECT run_id FROM runs WHERE ended = 1 ORDER BY created_at DESC, run_id DESC LIMIT -1 OFFSET ?',
    ),
    deleteBatches: database.prepare('DELETE FROM batches WHERE run_id = ?'),
    deleteRun: database.prepare('DELETE FROM runs WHERE run_id = ?'),
    putFile: database.prepare('INSERT INTO files (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    putRunFile: database.prepare('INSERT INTO run_files (run_id, sha256) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    fileLength: database.prepare('SELECT length(bytes) AS length FROM files WHERE sha256 = ?'),
    filePart: database.prepare('SELECT substr(bytes, ?, ?) AS part FROM files WHERE sha256 = ?'),
    deleteRunFiles: database.prepare('DELETE FROM run_files WHERE run_id = ?'),
    deleteFiles: database.prepare('DELETE FROM files WHERE sha256 NOT IN (SELECT sha256 FROM run_files)'),
  }
}

function toRun(row: Row): StoredRun {
  return {
    runId: row.run_id as RunId,
    createdAt: row.created_at as number,
    record: row.record as string,
    table: row.share_table as string | null,
    report: row.report as string | null,
    ended: row.ended === 1,
  }
}

function toBatch(runId: RunId, row: Row): StoredBatch {
  return {
    runId,
    bootId: row.boot_id as BootId,
    sequence: row.sequence as number,
    bytes: row.bytes as Uint8Array,
  }
}
