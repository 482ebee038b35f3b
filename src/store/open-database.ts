/**
 * Opens the database file. One that is damaged is set aside, never deleted, and a new one takes its place: a node that
 * cannot read its past can still take part in the mesh, and gets the runs it lacks from the others.
 */

import { existsSync, renameSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { messageOf, VajraError } from '../base/errors.ts'
import { migrate } from './migrations.ts'
import { TEMPORARY } from './scratch.ts'

/** How long a statement waits for another connection's write, in milliseconds. */
const BUSY_TIMEOUT_MS = 5000

/** SQLite's primary result codes (https://www.sqlite.org/rescode.html). */
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

/** A database that opened, and where the damaged one before it went, if there was one. */
export interface OpenedDatabase {
  readonly database: DatabaseSync
  readonly setAside: string | undefined
}

/**
 * @param path the file, `:memory:`, or `TEMPORARY`
 * @param wallMs milliseconds since the Unix epoch; names the file of a damaged database
 * @throws VajraError DATA_DIR_UNUSABLE when the file cannot be opened, created or written
 */
export function openDatabase(path: string, wallMs: number): OpenedDatabase {
  try {
    return { database: openChecked(path), setAside: undefined }
  } catch (thrown) {
    if (!isDamage(thrown) || path === ':memory:' || path === TEMPORARY) throw unusable(path, thrown)
  }
  try {
    const setAside = moveAside(path, wallMs)
    return { database: openChecked(path), setAside }
  } catch (thrown) {
    throw unusable(path, thrown)
  }
}

function openChecked(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  try {
    // In WAL mode a commit with NORMAL survives the death of the process; FULL (used where it matters, see the store)
    // survives the death of the machine as well.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF')
    const check = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string }
    if (check.quick_check !== 'ok') throw new Damage(check.quick_check)
    migrate(database, path)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

/** What SQLite's own check found wrong with a file that opens. */
class Damage extends Error {}

function isDamage(thrown: unknown): boolean {
  if (thrown instanceof Damage) return true
  const code = sqliteCode(thrown)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

/** SQLite's primary result code of an error it threw; undefined for any other error. */
export function sqliteCode(thrown: unknown): number | undefined {
  const code = (thrown as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

function moveAside(path: string, wallMs: number): string {
  const stamp = new Date(wallMs).toISOString().replace(/[:.]/g, '-')
  let target = `${path}.corrupt-${stamp}`
  for (let i = 2; existsSync(target); i++) target = `${path}.corrupt-${stamp}-${i}`
  // The write-ahead log goes along: a new database must not replay the old one's.
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix)
  }
  return target
}

/** The error a user sees for whatever went wrong with the database file. */
export function unusable(path: string, thrown: unknown): VajraError {
  if (thrown instanceof VajraError) return thrown
  if (path === TEMPORARY) {
    return new VajraError('DATA_DIR_UNUSABLE', `cannot use a temporary database: ${messageOf(thrown)}`, {
      hint: 'make room where temporary files go, or name another folder for them with TMPDIR',
      cause: thrown,
    })
  }
  return new VajraError('DATA_DIR_UNUSABLE', `cannot use the database ${path}: ${messageOf(thrown)}`, {
    hint: 'check that the folder is writable and its disk has room, or choose another with --data-dir',
    cause: thrown,
  })
}
