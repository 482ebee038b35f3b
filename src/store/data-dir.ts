/**
 * The data folder of a node: created when missing, and held by one node at a time. A second node on the same machine
 * gets a folder of its own beside the default one; a folder that was asked for by name is refused when it is taken.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { messageOf, VajraError } from '../base/errors.ts'
import type { BootId } from '../base/ids.ts'
import { makeFolder } from '../system/make-folder.ts'
import { beginLife, placeOf } from './lives.ts'
import { sqliteCode } from './open-database.ts'

/** Nodes that may share one default folder by numbered sub-folders. */
const NUMBERED_FOLDERS = 64

const SQLITE_BUSY = 5

export interface DataDirOptions {
  readonly dir: string
  /** The user named the folder: if another node holds it, that is an error, not a reason to take another. */
  readonly explicit: boolean
}

export interface DataDir {
  /** Absolute path of the folder that is held. */
  readonly dir: string
  /** Absolute path of its database, for the store. */
  readonly databasePath: string
  /**
   * Notes under which boot id the folder is held from now on.
   *
   * @returns boot ids under which it was held before, the newest first: none of their processes is left
   * @throws VajraError DATA_DIR_UNUSABLE
   */
  beginLife(bootId: BootId): readonly BootId[]
  /** Gives the folder up; the end of the process does the same. */
  release(): void
}

/**
 * Takes a data folder.
 *
 * @throws VajraError DATA_DIR_UNUSABLE when it cannot be created, written, or is held by another node
 */
export function openDataDir(options: DataDirOptions): DataDir {
  const base = resolve(options.dir)
  const first = hold(base)
  if (first !== undefined) return first
  if (options.explicit) {
    throw new VajraError('DATA_DIR_UNUSABLE', `the data folder ${base} is in use by another node${ownerOf(base)}`, {
      hint: 'give each node a folder of its own with --data-dir',
    })
  }
  for (let number = 2; number <= NUMBERED_FOLDERS; number++) {
    const next = hold(join(base, `node-${number}`))
    if (next !== undefined) return next
  }
  throw new VajraError('DATA_DIR_UNUSABLE', `${base} and its ${NUMBERED_FOLDERS - 1} numbered folders are all in use`, {
    hint: 'give this node a folder of its own with --data-dir',
  })
}

/** Holds a folder; undefined when another node does. */
function hold(dir: string): DataDir | undefined {
  return usable(dir, () => {
    makeFolder(dir)
    const lockPath = join(dir, 'vajra.lock')
    const lock = lockFile(lockPath)
    if (lock === undefined) return undefined
    const pidFile = join(dir, 'vajra.pid')
    writeFileSync(pidFile, `${process.pid}\n`)
    return {
      dir,
      databasePath: join(dir, 'vajra.db'),
      beginLife: (bootId) => usable(dir, () => beginLife(dir, placeOf(lockPath), bootId)),
      release: () => {
        if (!lock.isOpen) return
        rmSync(pidFile, { force: true })
        lock.close()
      },
    }
  })
}

/** @throws VajraError DATA_DIR_UNUSABLE when `action` throws */
function usable<T>(dir: string, action: () => T): T {
  try {
    return action()
  } catch (thrown) {
    throw new VajraError('DATA_DIR_UNUSABLE', `cannot use the data folder ${dir}: ${messageOf(thrown)}`, {
      hint: 'check that it is writable and its disk has room, or choose another with --data-dir',
      cause: thrown,
    })
  }
}

/**
 * Locks a file with the operating system's lock, which ends with the process however it dies. A pid in a file cannot
 * tell a dead node from a living one: pids are used again, and in a container every node is pid 1. Node.js has no
 * call for such locks, but SQLite takes one for an exclusive transaction; the file stays empty.
 */
function lockFile(path: string): DatabaseSync | undefined {
  const lock = new DatabaseSync(path, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (thrown) {
    lock.close()
    if (sqliteCode(thrown) === SQLITE_BUSY) return undefined
    throw thrown
  }
}

/** Who holds a folder, for the message only: ` (pid 4711)`, or nothing when that is not known. */
function ownerOf(dir: string): string {
  try {
    const pid = Number.parseInt(readFileSync(join(dir, 'vajra.pid'), 'utf8'), 10)
    return Number.isInteger(pid) ? ` (pid ${pid})` : ''
  } catch {
    return ''
  }
}
