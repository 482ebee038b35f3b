/**
 * Nodes of one user on one machine find each other through files: each writes where it listens into a folder named
 * after the cluster key, and watches the folder. It works where multicast does not, which is in most containers.
 *
 * The folder is the machine's (its name, and on Linux its network namespace): the user's home may be shared with
 * other machines, whose process ids and loopback addresses mean something else.
 */

import { createHash } from 'node:crypto'
import { type FSWatcher, readlinkSync, rmSync, watch } from 'node:fs'
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { BOOT_ID_PATTERN, type BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { makeFolder } from '../system/make-folder.ts'
import { derivedName } from './derived-name.ts'
import { type Endpoint, toMultiaddr } from './endpoint.ts'
import { endpointsOf, type PeerAddress } from './notes.ts'

/** Largest file that is read. */
const FILE_BYTES = 8 * 1024

export class LocalDirectory {
  readonly #folder: string
  readonly #self: BootId
  #watcher: FSWatcher | null = null
  #content = ''
  /** Boot ids already reported; a file never changes its meaning. */
  readonly #reported = new Set<BootId>()

  constructor(directory: string, clusterKey: string, self: BootId) {
    this.#folder = join(directory, folderName(clusterKey))
    this.#self = self
  }

  /**
   * Makes this node known, and calls back when another one may have made itself known.
   *
   * @throws Error when the folder cannot be used
   */
  async announce(endpoints: readonly Endpoint[], onChange: () => void): Promise<void> {
    makeFolder(this.#folder)
    this.#content = JSON.stringify({ addresses: endpoints.map(toMultiaddr), pid: process.pid })
    await this.#write()
    this.#watcher ??= this.#watch(onChange)
  }

  /** Nodes that were not reported before. Removes what dead processes left, restores its own file if it is gone. */
  async read(): Promise<readonly PeerAddress[]> {
    const names = await readdir(this.#folder).catch(() => [])
    const bootIds = new Set(names.slice(0, 2 * LIMITS.nodes).map(bootIdOf))
    if (!bootIds.has(this.#self) && this.#content !== '') await this.#write().catch(() => {})
    for (const bootId of this.#reported) if (!bootIds.has(bootId)) this.#reported.delete(bootId)
    const fresh: PeerAddress[] = []
    for (const bootId of bootIds) {
      if (bootId === '' || bootId === this.#self || this.#reported.has(bootId)) continue
      const endpoints = await this.#readOne(bootId)
      if (endpoints === null) continue
      this.#reported.add(bootId)
      fresh.push({ bootId, endpoints })
    }
    return fresh
  }

  /** Removes the file of a node at whose addresses nobody listens; one that is still there is reported again. */
  async forget(bootId: BootId): Promise<void> {
    if (this.#reported.delete(bootId)) await rm(this.#path(bootId), { force: true }).catch(() => {})
  }

  /** Removes this node's own file. */
  withdraw(): void {
    this.#watcher?.close()
    this.#watcher = null
    this.#content = ''
    rmSync(this.#path(this.#self), { force: true })
  }

  /** Null where files cannot be watched: the reconciler reads the folder every few seconds anyway. */
  #watch(onChange: () => void): FSWatcher | null {
    try {
      return watch(this.#folder, { persistent: false }, onChange).on('error', () => {})
    } catch {
      return null
    }
  }

  /** Under another name first: nobody reads half a file. */
  async #write(): Promise<void> {
    const temporary = join(this.#folder, `.${this.#self}.tmp`)
    await writeFile(temporary, this.#content, { mode: 0o600 })
    await rename(temporary, this.#path(this.#self))
  }

  async #readOne(bootId: BootId): Promise<readonly Endpoint[] | null> {
    const path = this.#path(bootId)
    try {
      if ((await stat(path)).size > FILE_BYTES) return null
      const { addresses, pid } = JSON.parse(await readFile(path, 'utf8')) as { addresses?: unknown; pid?: unknown }
      if (typeof pid === 'number' && isAlive(pid)) return endpointsOf(addresses)
      await rm(path, { force: true })
      return null
    } catch {
      // Gone meanwhile, or not of this program.
      return null
    }
  }

  #path(bootId: BootId): string {
    return join(this.#folder, `${bootId}.json`)
  }
}

/** Whose file it is; empty when it is not a node's. */
function bootIdOf(name: string): BootId {
  const bootId = name.endsWith('.json') ? name.slice(0, -'.json'.length) : ''
  return BOOT_ID_PATTERN.test(bootId) ? bootId : ''
}

function folderName(clusterKey: string): string {
  const machine = createHash('sha256').update(`${hostname()} ${networkNamespace()}`).digest('hex')
  return derivedName(`local ${machine}`, clusterKey).slice(0, 32)
}

function networkNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/net')
  } catch {
    return ''
  }
}

/** Whether a process of this number runs; one of another user counts. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
