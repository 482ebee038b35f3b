/** The rows of a run's data, read where the run is about to be fired. */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { readNodeFile } from '../data/read-sources.ts'
import { hashOf, readTable } from '../data/read-table.ts'
import type { DataMemory } from '../journey/data-table.ts'
import type { StorePort } from '../store/store-port.ts'
import type { DataContent, DataSource } from '../suite/data-spec.ts'
import { formatPath } from '../suite/show.ts'
import type { Suite } from '../suite/spec.ts'

/** Memory for each source of a suite, in order. @throws Error that says which file cannot be used, and why */
export async function readDataTables(suite: Suite, store: StorePort): Promise<readonly DataMemory[]> {
  const tables: DataMemory[] = []
  for (const source of suite.data ?? []) tables.push(await readOne(source, store))
  return tables
}

async function readOne(source: DataSource, store: StorePort): Promise<DataMemory> {
  const { content, file, onNodes } = source
  if (content === null) throw new Error(`nobody has read ${file}`)
  const bytes = onNodes ? await nodeFileOf(source, content) : storedFile(content.sha256, store)
  if (bytes === undefined) throw new Error(`${file} is not on this node; submit the suite again`)
  if (!(bytes instanceof Uint8Array)) throw new Error(textOf(bytes))
  const read = await readTable(source, bytes)
  if (!read.ok) throw new Error(textOf(read.problem))
  return read.memory
}

/** A source's file on this node, if it is what the suite was taken with; else what is wrong with it. */
export async function nodeFileOf(source: DataSource, { sha256, bytes }: DataContent): Promise<Uint8Array | Problem> {
  const found = await readNodeFile(source)
  if (!(found instanceof Uint8Array)) return found
  const hash = hashOf(found)
  if (hash === sha256) return found
  const [here, there] = [
    `${found.length} bytes, SHA-256 ${hash.slice(0, 12)}…`,
    `${bytes} bytes, ${sha256.slice(0, 12)}…`,
  ]
  return {
    path: formatPath(source.path),
    message: `${source.file} is not the same here as on the node that the suite was given to (here ${here}; there ${there})`,
    hint: 'copy one of them to every node, or name one beside the suite as `file`',
  }
}

function storedFile(sha256: string, store: StorePort): Uint8Array | undefined {
  return store.fileLength(sha256) === undefined ? undefined : store.filePart(sha256, 0, LIMITS.dataBytes)
}

function textOf({ message, hint }: Problem): string {
  return hint === undefined ? message : `${message} (${hint})`
}
