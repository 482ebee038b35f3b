/** The data files that a suite names, read from beside it. */

import { dirname, resolve } from 'node:path'
import type { SuiteSource } from '../api/node-port.ts'
import { messageOf, type Problem, VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'

/**
 * The suite with the files that are to travel with it. One that is not valid stays as it is: whoever it is given to says
 * why.
 *
 * @param path of the suite, `-` for stdin: files are relative to it, or to the working folder
 * @throws VajraError SUITE_INVALID when a file cannot be read
 */
export async function withDataFiles(source: SuiteSource, path: string): Promise<SuiteSource> {
  // The parser is large, and most suites have no data.
  if (!/\bdata\b/.test(source.text)) return source
  const { parseSuite } = await import('../suite/parse.ts')
  const parsed = parseSuite(source)
  const sources = parsed.ok ? (parsed.suite.data ?? []).filter(({ onNodes }) => !onNodes) : []
  if (sources.length === 0) return source
  const [{ readBounded }, { formatPath }] = await Promise.all([
    import('../data/read-sources.ts'),
    import('../suite/show.ts'),
  ])
  const folder = path === '-' ? '' : dirname(path)
  const files = new Map<string, Uint8Array>()
  const problems: Problem[] = []
  let total = 0
  for (const { file, path: place } of sources) {
    if (files.has(file)) continue
    try {
      const bytes = await readBounded(resolve(folder, file))
      total += bytes.length
      files.set(file, bytes)
    } catch (thrown) {
      const hint = `the path is relative to ${path === '-' ? 'the working folder' : 'the suite'}`
      problems.push({ path: formatPath(place), message: `cannot read ${file}: ${messageOf(thrown)}`, hint })
    }
  }
  if (total > LIMITS.dataBytes) {
    const message = `the data files have ${total} bytes; all of a suite together may have ${LIMITS.dataBytes}`
    problems.push({ path: 'data', message, hint: 'use fewer rows, or `path` for files that lie on the nodes' })
  }
  if (problems.length > 0) throw new VajraError('SUITE_INVALID', 'the data files cannot be used', { problems })
  return { ...source, files }
}
