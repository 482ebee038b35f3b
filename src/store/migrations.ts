/**
 * The database's schema, as steps from one version to the next. `user_version` holds the number of steps taken; an
 * older database is brought up to date when it is opened, a newer one is refused.
 */

import type { DatabaseSync } from 'node:sqlite'
import { VajraError } from '../base/errors.ts'

/**
 * Batches live in an ordinary table with a unique index over their identity, not WITHOUT ROWID: a batch is kilobytes,
 * and the index answers "which sequences are held" without touching the bytes (measured: 3 times faster). The index
 * has the sequence before the boot id because that is the order in which batches are read (20 times faster).
 */
const STEPS: readonly string[] = [
  `CREATE TABLE runs (
     run_id     TEXT    NOT NULL PRIMARY KEY,
     created_at REAL    NOT NULL,
     record     TEXT    NOT NULL,
     share_table TEXT,
     report     TEXT,
     ended      INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX runs_by_age ON runs (created_at DESC, run_id DESC);
   CREATE TABLE batches (
     run_id   TEXT    NOT NULL,
     sequence INTEGER NOT NULL,
     boot_id  TEXT    NOT NULL,
     bytes    BLOB    NOT NULL,
     UNIQUE (run_id, sequence, boot_id)
   ) STRICT;`,
  // Batches may be of wire version 2 from here on, which earlier programs cannot read; those of version 1 stay as they are.
  '',
  `CREATE TABLE files (
     sha256 TEXT NOT NULL PRIMARY KEY,
     bytes  BLOB NOT NULL
   ) STRICT;
   CREATE TABLE run_files (
     run_id TEXT NOT NULL,
     sha256 TEXT NOT NULL,
     PRIMARY KEY (run_id, sha256)
   ) STRICT, WITHOUT ROWID;`,
]

/** The schema version this program writes. */
export const SCHEMA_VERSION = STEPS.length

/** Brings a database to {@link SCHEMA_VERSION}, each step in its own transaction. */
export function migrate(database: DatabaseSync, path: string): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number }
  if (row.user_version > SCHEMA_VERSION) {
    throw new VajraError(
      'DATA_DIR_UNUSABLE',
      `${path} was written by a newer vajra (schema ${row.user_version}; this one knows ${SCHEMA_VERSION})`,
      { hint: 'use that version of vajra, or choose another folder with --data-dir' },
    )
  }
  for (let version = row.user_version; version < SCHEMA_VERSION; version++) {
    database.exec('BEGIN IMMEDIATE')
    try {
      database.exec(STEPS[version] as string)
      database.exec(`PRAGMA user_version = ${version + 1}`)
      database.exec('COMMIT')
    } catch (thrown) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw thrown
    }
  }
}
