/** A suite checked in this process, with the rows of its data files. */

import type { SuiteSource } from '../api/node-port.ts'
import { readSources } from '../data/read-sources.ts'
import { endWithRows } from '../load/data-end.ts'
import { type ParsedSuite, parseSuite } from '../suite/parse.ts'

/** The suite as it goes with its rows, or what is wrong with it. Files that lie on the nodes are left unread. */
export async function checkSuite({ text, format, files }: SuiteSource): Promise<ParsedSuite> {
  const parsed = parseSuite({ text, format })
  if (!parsed.ok || parsed.suite.data === undefined) return parsed
  const reading = { files: files ?? new Map(), node: null, missingHint: 'put it beside the suite' }
  const read = await readSources(parsed.suite.data, reading)
  if (read.problems.length > 0) return { ok: false, problems: read.problems }
  const whole = parseSuite({ text, format, data: read.files })
  return whole.ok ? { ...whole, suite: endWithRows(whole.suite) } : whole
}
