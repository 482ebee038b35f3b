/** Where a node keeps runs and windows: its folder and database, or one that ends with it. */

import type { BootId } from '../base/ids.ts'
import { openDataDir } from '../store/data-dir.ts'
import { scratchPath } from '../store/scratch.ts'
import { openStore } from '../store/sqlite-store.ts'
import type { StorePort } from '../store/store-port.ts'
import type { NodeOptions } from './options.ts'

export interface Storage {
  readonly store: StorePort
  readonly release: () => void
  /** Of the node's name. */
  readonly suffix: string
  readonly formerLives: readonly BootId[]
}

/** @throws VajraError DATA_DIR_UNUSABLE */
export function openStorage(options: NodeOptions, bootId: BootId): Storage {
  if (options.dataDir === ':memory:') {
    return { store: openStore({ path: scratchPath() }), release: () => {}, suffix: '', formerLives: [] }
  }
  const folder = openDataDir({ dir: options.dataDir, explicit: options.dataDirExplicit })
  try {
    // The second node of one machine gets a folder, and unless it was named a name, of its own.
    const number = /node-(\d+)$/.exec(folder.dir)?.[1]
    const numbered = number !== undefined && !options.dataDirExplicit && !options.nameExplicit
    const store = openStore({ path: folder.databasePath, onNotice: (message) => options.log('warn', message) })
    const formerLives = folder.beginLife(bootId)
    return { store, release: () => folder.release(), suffix: numbered ? `-${number}` : '', formerLives }
  } catch (error) {
    folder.release()
    throw error
  }
}
