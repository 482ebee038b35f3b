/** Rows of a JSON file, which is a list of objects, and of one with an object on each line. */

import { setImmediate as turn } from 'node:timers/promises'
import { FileProblem, type RowSink } from './rows.ts'

/** Rows read at a time. */
const SLICE_ROWS = 5000

type JsonRow = Readonly<Record<string, unknown>>

/** @throws FileProblem */
export async function readJson(text: string, sink: RowSink): Promise<void> {
  if (text.trim() === '') return
  const value = parsed(text, null)
  if (!Array.isArray(value)) {
    throw new FileProblem(null, 'is not a list of objects', 'write [{"email": "…"}, {"email": "…"}]')
  }
  for (const [index, row] of (value as readonly unknown[]).entries()) {
    take(row, `entry ${index}`, null, sink)
    if (index % SLICE_ROWS === SLICE_ROWS - 1) await turn()
  }
}

/** @throws FileProblem */
export async function readNdjson(text: string, sink: RowSink): Promise<void> {
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() !== '') take(parsed(line, index + 1), 'it', index + 1, sink)
    if (index % SLICE_ROWS === SLICE_ROWS - 1) await turn()
  }
}

/** @param line the text's; null for a text of many lines */
function parsed(text: string, line: number | null): unknown {
  try {
    return JSON.parse(text)
  } catch (thrown) {
    // The engine's message quotes the text, so only the place is taken from it.
    const at = /at position (\d+)/.exec(String(thrown))?.[1]
    const place = at === undefined ? null : text.slice(0, Number(at)).split('\n').length
    throw new FileProblem(line ?? place, 'is not valid JSON', 'check commas, quotes and brackets there')
  }
}

function take(row: unknown, which: string, line: number | null, sink: RowSink): void {
  if (typeof row !== 'object' || row === null || Array.isArray(row)) {
    throw new FileProblem(line, `${which} is not an object`, 'write {"email": "…"} for each row')
  }
  if (!sink.hasHeader) sink.header(Object.keys(row), line)
  const { columns } = sink
  const missing = columns.find((name) => !Object.hasOwn(row, name))
  if (missing !== undefined) {
    throw new FileProblem(line, `${which} has no ${missing}, which the first row has`, `add "${missing}": null`)
  }
  if (Object.keys(row).length > columns.length) {
    throw new FileProblem(line, `${which} has a key that the first row does not have`, 'give all rows the same keys')
  }
  sink.row(columns.map((name) => textOf((row as JsonRow)[name])))
}

/** Texts as they are, nothing for null, all else as JSON. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === null || value === undefined ? '' : JSON.stringify(value)
}
