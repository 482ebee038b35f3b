/** What the shape of `data` cannot say. */

import type { Problem } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { buildSources, buildUses, formatOfFile, isOneSource, type PlacedSource, placedSources } from './data-build.ts'
import { sourceSchema } from './data-shape.ts'
import { type DataFile, type DataSource, type DataUse, OWN_SOURCE, rowsOfUse } from './data-spec.ts'
import { BUILTIN_NAMES } from './extractions.ts'
import { check } from './issues.ts'
import { isOfUsers } from './load-rules.ts'
import { isMap, type RawMap } from './raw.ts'
import { formatPath, show } from './show.ts'

/** @param files what is known of the files' contents; empty as long as nobody has read them */
export function dataProblems(document: RawMap, files: readonly DataFile[]): Problem[] {
  const placed = placedSources(document)
  const problems: Problem[] = []
  if (placed.length > LIMITS.dataSources) {
    const message = `${placed.length} sources of data; at most ${LIMITS.dataSources} are allowed`
    problems.push({ path: 'data', message, hint: 'remove some' })
    return problems
  }
  if (isOneSource(document.data)) {
    const checked = check(sourceSchema, document.data, ['data'])
    if (!checked.ok) problems.push(...checked.problems)
  }
  for (const source of placed) problems.push(...sourceProblems(source))
  problems.push(...nameProblems(placed))
  // Whether uses make sense can be told of sources only that make sense themselves.
  const good = placed.every(({ raw }) => check(sourceSchema, raw).ok)
  return good && problems.length === 0 ? useProblems(document, buildSources(document, files)) : problems
}

function sourceProblems({ raw, path }: PlacedSource): Problem[] {
  const source = typeof raw === 'string' ? { file: raw } : raw
  if (!isMap(source)) return []
  const problems: Problem[] = []
  const tell = (key: string | null, message: string, hint: string) =>
    problems.push({ path: formatPath(key === null ? path : [...path, key]), message, hint })
  const { file, path: onNodes, format, delimiter, order, share, onEnd } = source
  if ((file === undefined) === (onNodes === undefined)) {
    const message = file === undefined ? 'there is no file' : 'a file and a path are given'
    tell(null, message, '`file` travels with the suite, `path` is where it lies on every node: give one of them')
    return problems
  }
  if (typeof onNodes === 'string' && !onNodes.startsWith('/')) {
    tell(
      'path',
      `${show(onNodes)} is not an absolute path`,
      'write it from / on, or use `file` for one beside the suite',
    )
  }
  const name = file ?? onNodes
  const known = typeof name === 'string' ? formatOfFile(name) : undefined
  if (format === undefined && known === undefined && typeof name === 'string') {
    tell(null, `${show(name)} does not tell its format`, 'add `format: csv`, `json` or `ndjson`')
  }
  if (delimiter !== undefined && (format ?? known) !== 'csv') tell('delimiter', 'only CSV files have one', 'remove it')
  if (order === 'random' && share === 'split') {
    const hint = 'use `order: shuffled`, which takes each row once a round, or `share: copy`'
    tell('share', 'random order draws rows again and again, so they cannot be split', hint)
  }
  if (order === 'random' && onEnd === 'stop') {
    tell('onEnd', 'random order comes to no end', 'use `order: shuffled`, or remove onEnd')
  }
  return problems
}

function nameProblems(placed: readonly PlacedSource[]): Problem[] {
  const problems: Problem[] = []
  for (const { name, scenario, path } of placed) {
    if (BUILTIN_NAMES.includes(name)) {
      const message = `${name} is the name of something else in templates`
      problems.push({ path: formatPath(path), message, hint: 'call the source something else' })
    }
    if (scenario !== null && placed.some((other) => other.scenario === null && other.name === OWN_SOURCE)) {
      const message = `the suite has a source called ${OWN_SOURCE} already, which is the name of this one too`
      problems.push({ path: formatPath(path), message, hint: "give the suite's another name" })
    }
  }
  return problems
}

function useProblems(document: RawMap, sources: readonly DataSource[]): Problem[] {
  const scenarios = Array.isArray(document.scenarios) ? (document.scenarios as readonly unknown[]) : []
  const uses = buildUses(document, sources)
  return scenarios.flatMap((scenario, index) =>
    isMap(scenario) ? uses[index]!.flatMap((use) => useProblem(scenario, sources[use.source]!, use)) : [],
  )
}

function useProblem({ load, name }: RawMap, source: DataSource, use: DataUse): Problem[] {
  const { share, onEnd, content, path } = source
  const open = isMap(load) && !isOfUsers(load)
  if (open && share === 'copy' && onEnd === 'stop') {
    const message = `scenario ${show(name)} has a rate for the whole mesh, and copies of the rows have no end in common`
    return [{ path: formatPath([...path, 'onEnd']), message, hint: 'use `share: split`, or `onEnd: recycle`' }]
  }
  if (content === null || rowsOfUse(source, use) > 0) return []
  const message = `${source.file} has ${content.rows === 1 ? 'one row' : `${content.rows} rows`} for ${use.parts} scenarios that split them`
  return [{ path: formatPath(path), message, hint: 'give each a row at least, or use `share: copy`' }]
}
