/**
 * The cluster key: 256 bits that let a node into a mesh. Named by a flag or the environment, else made once in the
 * user's configuration folder, so that nodes of one user on one machine just work and nobody else gets in.
 */

import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { messageOf, VajraError } from '../base/errors.ts'
import { makeFolder } from '../system/make-folder.ts'

/** First lines of a key file, as libp2p's private networks have them. */
const HEADER = '/key/swarm/psk/1.0.0/'
const ENCODING = '/base16/'

/** Name of the key's file in the configuration folder. */
export const KEY_FILE = 'cluster.key'

/** Largest key file that is read; a real one has 95 bytes. */
const FILE_BYTES = 4096

type Environment = Readonly<Record<string, string | undefined>>

export interface ClusterKeyRequest {
  /** A key file the user named. */
  readonly file?: string
  /** The key itself, or a key file's text, as the environment gave it. */
  readonly value?: string
  /** Folder for the key that is made when none is given. */
  readonly configDir: string
  /** Where `VAJRA_CLUSTER_KEY` is looked up when no value is given. */
  readonly env: Environment
}

export interface ClusterKey {
  /** 64 lower-case hex digits. */
  readonly key: string
  readonly source: 'file' | 'environment' | 'config'
  /** Whether it was made just now. */
  readonly created: boolean
  /** What the user should know, as that others can read the file. */
  readonly warning: string | null
}

/**
 * The cluster key of this node: from the file, else from the value or `VAJRA_CLUSTER_KEY`, else from the user's
 * configuration folder, where it is made if there is none. Of several nodes that start at the same moment one makes
 * it and all get the same.
 *
 * @throws VajraError CLUSTER_KEY_INVALID when a key is malformed, or a file cannot be read or written
 */
export function loadClusterKey(request: ClusterKeyRequest): ClusterKey {
  const { file, configDir, env } = request
  if (file !== undefined) return readKeyFile(file, 'file')
  const value = request.value ?? env.VAJRA_CLUSTER_KEY
  if (value !== undefined && value !== '') {
    return { key: parseKey(value, 'VAJRA_CLUSTER_KEY'), source: 'environment', created: false, warning: null }
  }
  const path = join(configDir, KEY_FILE)
  const created = createKeyFile(configDir, path)
  return { ...readKeyFile(path, 'config'), created }
}

/** The three lines of a key file. */
export function formatKeyFile(key: string): string {
  return `${HEADER}\n${ENCODING}\n${key}\n`
}

/** A new random key, 64 hex digits. */
export function newClusterKey(): string {
  return randomBytes(32).toString('hex')
}

/** The folder for this user's configuration of vajra. */
export function userConfigDir(env: Environment, platform: NodeJS.Platform = process.platform): string {
  return userDir(env, platform, { xdg: 'XDG_CONFIG_HOME', unix: '.config', windows: 'APPDATA', roaming: 'Roaming' })
}

/** The folder for what vajra keeps for this user: runs and their windows. */
export function userDataDir(env: Environment, platform: NodeJS.Platform = process.platform): string {
  return userDir(env, platform, {
    xdg: 'XDG_DATA_HOME',
    unix: '.local/share',
    windows: 'LOCALAPPDATA',
    roaming: 'Local',
  })
}

interface Places {
  readonly xdg: string
  readonly unix: string
  readonly windows: string
  readonly roaming: string
}

/** XDG Base Directory Specification 0.8; on macOS and Windows their own places, unless XDG's are set. */
function userDir(env: Environment, platform: NodeJS.Platform, places: Places): string {
  const home = env.HOME || env.USERPROFILE || homedir()
  const xdg = env[places.xdg]
  // Relative paths in XDG variables are to be ignored, says the specification.
  if (xdg?.startsWith('/')) return join(xdg, 'vajra')
  if (platform === 'win32') return join(env[places.windows] || join(home, 'AppData', places.roaming), 'vajra')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'vajra')
  return join(home, places.unix, 'vajra')
}

/**
 * Makes the key file if there is none. Written under another name and then linked: the file is never there half
 * written, and the link fails for all but the first.
 */
function createKeyFile(directory: string, path: string): boolean {
  if (exists(path)) return false
  try {
    makeFolder(directory)
    publishNewKey(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && exists(path)) return false
    throw new VajraError('CLUSTER_KEY_INVALID', `the cluster key cannot be kept in ${path}: ${messageOf(error)}`, {
      hint: 'make the folder writable, or name a key with --cluster-key-file or VAJRA_CLUSTER_KEY',
      cause: error,
    })
  }
}

function publishNewKey(path: string): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(temporary, formatKeyFile(newClusterKey()), { mode: 0o600, flag: 'wx' })
  try {
    publish(temporary, path)
  } finally {
    rmSync(temporary, { force: true })
  }
}

function publish(temporary: string, path: string): void {
  try {
    linkSync(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error
    // A file system without hard links: still only one can make the file, though others could see it half written.
    writeFileSync(path, readFileSync(temporary), { mode: 0o600, flag: 'wx' })
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

function readKeyFile(path: string, source: 'file' | 'config'): ClusterKey {
  const { text, stats } = readSmall(path)
  return { key: parseKey(text, path), source, created: false, warning: warningAbout(path, stats) }
}

function readSmall(path: string): { readonly text: string; readonly stats: Stats } {
  try {
    const stats = statSync(path)
    if (!stats.isFile() || stats.size > FILE_BYTES) throw new Error('it is not a key file')
    return { text: readFileSync(path, 'utf8'), stats }
  } catch (error) {
    throw new VajraError('CLUSTER_KEY_INVALID', `the cluster key file ${path} cannot be read: ${messageOf(error)}`, {
      hint: 'name an existing key file, or make one with `vajra key create`',
      cause: error,
    })
  }
}

/** Windows has no such modes; there, who may read a file is not told by them. */
function warningAbout(path: string, stats: Stats): string | null {
  if (process.platform === 'win32' || (stats.mode & 0o077) === 0) return null
  return `other users can read the cluster key in ${path}: run chmod 600 ${path}`
}

/** The key in the text of a key file, or in 64 hex digits. Says what is wrong without showing any of it. */
function parseKey(text: string, where: string): string {
  const lines = text.split(/\r?\n|\r/).map((line) => line.trim())
  while (lines.at(-1) === '') lines.pop()
  const [first, second, third] = lines
  const key = lines.length === 1 ? first : lines.length === 3 && first === HEADER && second === ENCODING ? third : ''
  if (key !== undefined && /^[0-9a-f]{64}$/i.test(key)) return key.toLowerCase()
  throw new VajraError('CLUSTER_KEY_INVALID', `${where} does not hold a cluster key`, {
    hint: `write 64 hexadecimal digits, or the three lines ${HEADER}, ${ENCODING} and the digits; \`vajra key create\` makes one`,
  })
}
