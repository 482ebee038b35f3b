/** Suites from files and from stdin. */

import { readFileSync, statSync } from 'node:fs'
import type { SuiteSource } from '../api/node-port.ts'
import { messageOf, VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { withDataFiles } from './data-files.ts'
import type { ProcessContext } from './process-context.ts'

/**
 * Reads a suite, and the data files that are to travel with it. `-` is stdin. What ends in `.json` is JSON; everything else is YAML, of which JSON is a part.
 *
 * @throws VajraError FILE_UNREADABLE, SUITE_TOO_LARGE, SUITE_INVALID for data files that cannot be read
 */
export async function readSuiteFile(path: string, context: Pick<ProcessContext, 'readStdin'>): Promise<SuiteSource> {
  const text = path === '-' ? await context.readStdin() : readText(path)
  const source: SuiteSource = { text, format: path.toLowerCase().endsWith('.json') ? 'json' : 'yaml' }
  try {
    return await withDataFiles(source, path)
  } catch (thrown) {
    throw aboutFile(thrown, path)
  }
}

function readText(path: string): string {
  let bytes: Buffer
  try {
    // Before it is read: the path may be a device, or a recording of a day.
    const { size } = statSync(path)
    if (size > LIMITS.suiteBytes) {
      throw new VajraError('SUITE_TOO_LARGE', `${path} has ${size} bytes; a suite may have ${LIMITS.suiteBytes}`, {
        hint: 'split it into several suites',
      })
    }
    bytes = readFileSync(path)
  } catch (cause) {
    if (cause instanceof VajraError) throw cause
    throw new VajraError('FILE_UNREADABLE', `cannot read the suite ${path}: ${messageOf(cause)}`, {
      hint: 'give the path of a YAML or JSON file, or - for stdin',
      cause,
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new VajraError('FILE_UNREADABLE', `${path} is not valid UTF-8`, { hint: 'save it as UTF-8', cause })
  }
}

/** The suite without its thresholds, so that none of them stops the run. One that is not valid stays as it is. */
export async function withoutThresholds(source: SuiteSource): Promise<SuiteSource> {
  const { parseSuite } = await import('../suite/parse.ts')
  const parsed = parseSuite(source)
  if (!parsed.ok) return source
  const { thresholds: _, ...rest } = parsed.document as Record<string, unknown>
  return { ...source, text: JSON.stringify(rest), format: 'json' }
}

/** A suite error with the name of the file it is about. */
export function aboutFile(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof VajraError) || thrown.code !== 'SUITE_INVALID') return thrown
  const count = thrown.problems.length
  const message = `${path === '-' ? 'the suite' : path} has ${count === 1 ? 'an error' : `${count} errors`}`
  return new VajraError('SUITE_INVALID', message, { problems: thrown.problems })
}
