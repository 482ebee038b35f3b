/** A store for what ends with the process: nothing to be found afterwards, and no more in memory than it must be. */

import { accessSync, constants } from 'node:fs'

/** SQLite's name for a database of its own in a temporary file, which is deleted as soon as it is opened. */
export const TEMPORARY = ''

/** Where SQLite makes temporary files on Unix, in its order: https://www.sqlite.org/tempfiles.html, section 5. */
function temporaryFolders(env: NodeJS.ProcessEnv): string[] {
  const named = [env.SQLITE_TMPDIR, env.TMPDIR].filter((folder) => folder !== undefined)
  return [...named, '/var/tmp', '/usr/tmp', '/tmp', '.']
}

/**
 * The path of such a database. SQLite keeps its newest 2 MB in memory and writes the rest to a temporary file: the windows
 * of an hour with ten scenarios are tens of megabytes. Where no such file can be made, all of it is in memory.
 */
export function scratchPath(env: NodeJS.ProcessEnv = process.env): typeof TEMPORARY | ':memory:' {
  return process.platform === 'win32' || temporaryFolders(env).some(isWritable) ? TEMPORARY : ':memory:'
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
