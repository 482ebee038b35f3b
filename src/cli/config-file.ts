/** Configuration files: flag names and their values, in YAML or JSON. Shared by all commands. */

import { readFileSync } from 'node:fs'
import { messageOf, type Problem, VajraError } from '../base/errors.ts'
import { closest } from '../suite/suggest.ts'
import { FLAGS, type FlagName } from './flag-table.ts'

export interface ConfigFile {
  readonly path: string
  /** Texts as flags would give them. */
  readonly texts: ReadonlyMap<FlagName, readonly string[]>
}

/** @throws VajraError FILE_UNREADABLE, or OPTION_INVALID with everything that is wrong in the file */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  const value = await parse(path)
  const problems: Problem[] = []
  const texts = new Map<FlagName, readonly string[]>()
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.push({
      path: '',
      message: 'is not a map of flag names to values',
      hint: 'write lines such as "workers: 4"',
    })
  } else {
    for (const [key, entry] of Object.entries(value)) {
      const read = readEntry(key, entry)
      if ('message' in read) problems.push(read)
      else texts.set(key as FlagName, read)
    }
  }
  if (problems.length === 0) return { path, texts }
  throw new VajraError('OPTION_INVALID', `the configuration file ${path} is wrong`, {
    problems: problems.map((problem) => ({
      ...problem,
      path: problem.path === '' ? path : `${path}: ${problem.path}`,
    })),
  })
}

async function parse(path: string): Promise<unknown> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new VajraError('FILE_UNREADABLE', `cannot read the configuration file ${path}: ${messageOf(cause)}`, {
      cause,
    })
  }
  // Loaded only when there is a file: the YAML parser is a large part of the time a query takes.
  const { readDocument } = await import('../suite/document.ts')
  const read = readDocument({ text, format: path.toLowerCase().endsWith('.json') ? 'json' : 'yaml' })
  if (read.ok) return read.value ?? {}
  throw new VajraError('OPTION_INVALID', `the configuration file ${path} cannot be read`, {
    problems: read.problems.map((problem) => ({ ...problem, path })),
  })
}

function readEntry(key: string, entry: unknown): readonly string[] | Problem {
  if (!Object.hasOwn(FLAGS, key) || key === 'config') {
    const near = closest(key, Object.keys(FLAGS))
    return { path: key, message: 'is not the name of a flag', ...(near && { hint: `did you mean ${near}?` }) }
  }
  const values: readonly unknown[] = Array.isArray(entry) ? entry : [entry]
  const { placeholder, repeatable } = FLAGS[key as FlagName]
  if (Array.isArray(entry) && !repeatable) {
    return { path: key, message: 'is a list, but takes one value', hint: `write "${key}: ${placeholder ?? 'true'}"` }
  }
  if (values.every((value) => ['string', 'number', 'boolean'].includes(typeof value))) return values.map(String)
  return { path: key, message: 'is neither a text nor a number nor true or false' }
}
