/** The data files of a suite, read: from what came with it, and from the node's own disk. */

import { constants, open } from 'node:fs/promises'
import { messageOf, type Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { DataFile, DataSource } from '../suite/data-spec.ts'
import { formatPath } from '../suite/show.ts'
import { readTable, tooLarge } from './read-table.ts'

export interface ReadSources {
  readonly files: readonly DataFile[]
  readonly problems: readonly Problem[]
}

export interface SourceReading {
  /** Files that came with the suite, by the path that the suite has for them. */
  readonly files: ReadonlyMap<string, Uint8Array>
  /** Name of the node whose disk has the files that lie on nodes; null where they are not read. */
  readonly node: string | null
  /** What to do about a file that has not come. */
  readonly missingHint: string
}

/** Reads every source of a suite. Those that lie on nodes are left out where this is none. */
export async function readSources(sources: readonly DataSource[], reading: SourceReading): Promise<ReadSources> {
  const files: DataFile[] = []
  const problems: Problem[] = []
  const sent = [...reading.files.values()].reduce((sum, bytes) => sum + bytes.length, 0)
  if (sent > LIMITS.dataBytes) return { files, problems: [tooLargeTogether(sent)] }
  for (const source of sources) {
    if (source.onNodes && reading.node === null) continue
    const found = source.onNodes ? await readNodeFile(source, `node ${reading.node}`) : cameWith(source, reading)
    if (!(found instanceof Uint8Array)) {
      problems.push(found)
      continue
    }
    const read = await readTable(source, found)
    if (read.ok) files.push({ key: source.key, onNodes: source.onNodes, ...read.content })
    else problems.push(read.problem)
  }
  // Each node has all of them in memory, also those that two sources share, and those from its own disk.
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  if (total > LIMITS.dataBytes) problems.push(tooLargeTogether(total))
  return { files, problems }
}

function tooLargeTogether(bytes: number): Problem {
  const message = `the data files have ${bytes} bytes; all of a suite together may have ${LIMITS.dataBytes}`
  return { path: 'data', message, hint: 'use fewer rows or columns' }
}

function cameWith(source: DataSource, { files, missingHint }: SourceReading): Uint8Array | Problem {
  const bytes = files.get(source.file)
  if (bytes !== undefined) return bytes
  const message = `${source.file} has not come with the suite`
  return { path: formatPath(source.path), message, hint: missingHint }
}

/**
 * A source's file on this node, or why it cannot be used.
 *
 * @param where what to call the node where it is not told beside the problem
 */
export async function readNodeFile({ file, path }: DataSource, where = 'this node'): Promise<Uint8Array | Problem> {
  try {
    return await readBounded(file)
  } catch (thrown) {
    const message = `${file} cannot be read on ${where}: ${messageOf(thrown)}`
    return {
      path: formatPath(path),
      message,
      hint: 'put the file on every node, or name one beside the suite as `file`',
    }
  }
}

/** A regular file of at most the size that data may have. */
export async function readBounded(file: string): Promise<Uint8Array> {
  // Without waiting: a pipe that nobody writes to would hold up a thread of the process for good.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = await handle.stat()
    if (!stat.isFile()) throw new Error('it is not a file')
    if (stat.size > LIMITS.dataBytes) throw new Error(`it ${tooLarge(stat.size)}`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
