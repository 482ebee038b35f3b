/** From `data` as authors write it to sources, and which of them each scenario uses. */

import type { ShapedSource } from './data-shape.ts'
import { type DataFile, type DataFormat, type DataSource, type DataUse, OWN_SOURCE, rowsOfUse } from './data-spec.ts'
import { isMap } from './raw.ts'
import type { Scenario } from './spec.ts'
import { namesIn } from './template.ts'

/** A source with its place in the document. */
export interface PlacedSource {
  readonly key: string
  readonly name: string
  /** Index of the scenario whose own it is; null for one of the suite. */
  readonly scenario: number | null
  readonly raw: unknown
  readonly path: readonly PropertyKey[]
}

interface RawSuite {
  readonly data?: unknown
  readonly scenarios?: unknown
}

/** Every source of a document, in its order. `data: { file: … }` on the suite is one source, as on a scenario. */
export function placedSources(document: RawSuite): PlacedSource[] {
  const placed: PlacedSource[] = []
  const { data, scenarios } = document
  if (isOneSource(data)) placed.push({ key: OWN_SOURCE, name: OWN_SOURCE, scenario: null, raw: data, path: ['data'] })
  else if (isMap(data)) {
    for (const [name, raw] of Object.entries(data)) {
      placed.push({ key: name, name, scenario: null, raw, path: ['data', name] })
    }
  }
  if (!Array.isArray(scenarios)) return placed
  for (const [index, scenario] of scenarios.entries()) {
    if (!isMap(scenario) || scenario.data === undefined) continue
    const key = `${String(scenario.name)}/${OWN_SOURCE}`
    placed.push({ key, name: OWN_SOURCE, scenario: index, raw: scenario.data, path: ['scenarios', index, 'data'] })
  }
  return placed
}

/** Whether `data` of a suite is a source rather than a map of sources. */
export function isOneSource(data: unknown): boolean {
  return isMap(data) && (typeof data.file === 'string' || typeof data.path === 'string')
}

const EXTENSIONS: Readonly<Record<string, DataFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
}

const extensionOf = (file: string): string => /\.([^./\\]+)$/.exec(file)?.[1]?.toLowerCase() ?? ''

/** The format that a file's name tells; undefined where it tells none. */
export function formatOfFile(file: string): DataFormat | undefined {
  return EXTENSIONS[extensionOf(file)]
}

/** The sources of a document that has been found good. */
export function buildSources(document: RawSuite, files: readonly DataFile[]): DataSource[] {
  const contents = new Map(files.map(({ key, onNodes: _, ...content }) => [key, content]))
  return placedSources(document).map(({ key, name, raw, path }) => {
    const source = raw as ShapedSource
    const given = typeof source === 'string' ? { file: source } : source
    const file = given.file ?? given.path ?? ''
    const order = given.order ?? 'sequential'
    return {
      key,
      name,
      file,
      onNodes: given.file === undefined,
      format: given.format ?? formatOfFile(file) ?? 'csv',
      delimiter: given.delimiter ?? (extensionOf(file) === 'tsv' ? '\t' : ','),
      order,
      share: given.share ?? (order === 'random' ? 'copy' : 'split'),
      onEnd: given.onEnd ?? 'recycle',
      content: contents.get(key) ?? null,
      path,
    }
  })
}

/**
 * The sources that each scenario uses: its own, and those of the suite that a text of it names. Scenarios that split one
 * source divide its rows among them.
 */
export function buildUses(document: RawSuite, sources: readonly DataSource[]): (readonly DataUse[])[] {
  const scenarios = Array.isArray(document.scenarios) ? (document.scenarios as readonly unknown[]) : []
  const placed = placedSources(document)
  const named = scenarios.map((scenario, index) => {
    // First words: `users` of `{{users.email}}`.
    const names = new Set([...namesIn(scenario)].map((name) => name.split(/[.(]/, 1)[0]!))
    const usable = placed.flatMap((each, at) => (each.scenario === null || each.scenario === index ? [at] : []))
    return usable.filter((at) => names.has(placed[at]!.name))
  })
  return named.map((indexes, scenario) =>
    indexes.map((source): DataUse => {
      if (sources[source]!.share === 'copy') return { source, part: 0, parts: 1 }
      const users = named.flatMap((others, index) => (others.includes(source) ? [index] : []))
      return { source, part: users.indexOf(scenario), parts: users.length }
    }),
  )
}

/** A scenario with the sources it uses, and the end that their rows put to it. */
export function withData(scenario: Scenario, sources: readonly DataSource[], data: readonly DataUse[]): Scenario {
  if (data.length === 0) return scenario
  if (scenario.load.model === 'closed') return { ...scenario, data }
  const ends = data.flatMap((use) => {
    const source = sources[use.source]!
    return source.onEnd === 'stop' && source.content !== null ? [rowsOfUse(source, use)] : []
  })
  return ends.length === 0 ? { ...scenario, data } : { ...scenario, data, iterations: Math.min(...ends) }
}

/**
 * Columns by name of source, for whoever reads templates; null where nobody has read the file.
 *
 * @param scenario whose own source is among them; null for the suite's only
 */
export function dataFields(
  document: RawSuite,
  files: readonly DataFile[],
  scenario: number | null,
): (readonly [name: string, columns: ReadonlySet<string> | null])[] {
  const columns = new Map(files.map((file) => [file.key, new Set(file.columns)]))
  return placedSources(document)
    .filter((each) => each.scenario === scenario)
    .map(({ key, name }) => [name, columns.get(key) ?? null])
}
