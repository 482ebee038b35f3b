/** From a data file's bytes to its rows. */

import { createHash } from 'node:crypto'
import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { DataMemory } from '../journey/data-table.ts'
import type { DataContent, DataSource } from '../suite/data-spec.ts'
import { formatPath } from '../suite/show.ts'
import { readCsv } from './read-csv.ts'
import { readJson, readNdjson } from './read-json.ts'
import { FileProblem, RowSink } from './rows.ts'

export type ReadTable =
  | { readonly ok: true; readonly content: DataContent; readonly memory: DataMemory }
  | { readonly ok: false; readonly problem: Problem }

/** SHA-256 in hex: what a file is known by. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Reads a source's file. Problems name the file, the line where there is one, and what to do, and quote no row. */
export async function readTable(source: DataSource, bytes: Uint8Array): Promise<ReadTable> {
  try {
    const sink = new RowSink()
    const text = textOf(bytes)
    if (source.format === 'csv') await readCsv(text, source.delimiter, sink)
    else if (source.format === 'json') await readJson(text, sink)
    else await readNdjson(text, sink)
    const memory = sink.table().build()
    const { rows, columns } = memory
    return { ok: true, content: { sha256: hashOf(bytes), bytes: bytes.length, rows, columns }, memory }
  } catch (thrown) {
    if (!(thrown instanceof FileProblem)) throw thrown
    const place = thrown.line === null ? '' : `, line ${thrown.line}`
    const problem = {
      path: formatPath(source.path),
      message: `${source.file}${place}: ${thrown.message}`,
      hint: thrown.hint,
    }
    return { ok: false, problem }
  }
}

/** @throws FileProblem */
function textOf(bytes: Uint8Array): string {
  if (bytes.length > LIMITS.dataBytes) throw new FileProblem(null, tooLarge(bytes.length), 'use fewer rows or columns')
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new FileProblem(null, 'is UTF-16', 'save it as UTF-8')
  }
  try {
    // A byte order mark at the beginning is left out.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new FileProblem(lineOfBadByte(bytes), 'is not valid UTF-8', 'save the file as UTF-8')
  }
}

export function tooLarge(bytes: number): string {
  return `has ${bytes} bytes; all data files of a suite together may have ${LIMITS.dataBytes}`
}

/** The first line that is not UTF-8. */
function lineOfBadByte(bytes: Uint8Array): number | null {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  for (let from = 0; from <= bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from)
    try {
      decoder.decode(bytes.subarray(from, end < 0 ? bytes.length : end))
    } catch {
      return line
    }
    if (end < 0) return null
    from = end + 1
  }
  return null
}
