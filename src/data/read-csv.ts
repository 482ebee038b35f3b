/** Rows of a CSV file (RFC 4180), read in slices, so that a large one holds nobody up. */

import { setImmediate as turn } from 'node:timers/promises'
import { parse } from 'csv-parse'
import { FileProblem, type RowSink } from './rows.ts'

const SLICE_BYTES = 128 * 1024
/** Longest row, in bytes: what is longer most likely has a quote that is not closed. */
const ROW_BYTES = 1024 * 1024

/** @throws FileProblem */
export async function readCsv(text: string, delimiter: string, sink: RowSink): Promise<void> {
  // Named, or the first one that comes would be the only one.
  const ends = ['\r\n', '\n', '\r']
  const parser = parse({ delimiter, record_delimiter: ends, skip_empty_lines: true, max_record_size: ROW_BYTES })
  const ended = new Promise<void>((resolve, reject) => {
    parser.once('end', resolve)
    parser.once('error', reject)
  })
  // Awaited at the end, and looked at before: it must not count as unhandled meanwhile.
  let failed = false
  ended.catch(() => {
    failed = true
  })
  parser.on('data', (record: readonly string[]) => {
    if (failed) return
    try {
      if (sink.hasHeader) sink.row(record)
      else sink.header(record)
    } catch (problem) {
      parser.destroy(problem as Error)
    }
  })
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length && !failed; at += SLICE_BYTES) {
    parser.write(bytes.subarray(at, at + SLICE_BYTES))
    await turn()
  }
  if (!failed) parser.end()
  try {
    await ended
  } catch (thrown) {
    throw thrown instanceof FileProblem ? thrown : problemOf(thrown)
  }
}

/** What the parser found, without the texts that it quotes: rows may be credentials. */
function problemOf(thrown: unknown): FileProblem {
  const { code = '', message = '' } = thrown as { readonly code?: string; readonly message?: string }
  const line = Number(/ line (\d+)/.exec(message)?.[1] ?? Number.NaN)
  const at = Number.isNaN(line) ? null : line
  switch (code) {
    case 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH': {
      const [, expected = '?', got = '?'] = /expect (\d+), got (\d+)/.exec(message) ?? []
      const hint = 'give each row as many fields as the header has, and put fields with delimiters in them in quotes'
      return new FileProblem(at, `has ${fields(got)}, the header has ${expected}`, hint)
    }
    case 'CSV_QUOTE_NOT_CLOSED':
      return new FileProblem(at, 'the file ends within quotes', 'close them; a quote within quotes is written twice')
    case 'INVALID_OPENING_QUOTE':
      return new FileProblem(at, 'a quote is within a field that has none around it', 'write "a ""b"" c"')
    case 'CSV_INVALID_CLOSING_QUOTE':
      return new FileProblem(at, 'something follows a closing quote', 'a quote within quotes is written twice')
    case 'CSV_MAX_RECORD_SIZE':
      return new FileProblem(at, `a row is longer than ${ROW_BYTES} bytes`, 'close its quote, or make it shorter')
    default:
      return new FileProblem(at, 'is not CSV', 'see RFC 4180 for what CSV is')
  }
}

function fields(count: string): string {
  return count === '1' ? '1 field' : `${count} fields`
}
