/**
 * How quick and how light a mesh is: formation, first request, freshness of totals, take-over, idle cost.
 *
 *     npm run bench:mesh -- [--quick] [--json] [--save] [--only NAME,…] [--cli dist/bin/vajra.js]
 *
 * Starts real nodes on loopback, in temporary folders. Progress goes to stderr, a table to stdout, with `--json` a line
 * of JSON below it; `--save` writes bench/RESULTS-mesh.md. A figure over its aim is marked, and is no failure. Without
 * `--cli` the sources are measured, which take more time and memory than what is published.
 */

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { EXIT } from '../src/base/errors.ts'
import { measureBoot, measureFirstRequests, measureFormation } from './mesh/formation.ts'
import { measureIdle } from './mesh/idle.ts'
import { measureTakeOver } from './mesh/take-over.ts'
import { measureTotalsAge } from './mesh/totals-age.ts'
import { benchmark, type Page, publish, say } from './support/benchmark.ts'
import { useProgram } from './support/clusters.ts'
import { type Figure, type FigureSummary, figureTable, summarize } from './support/figures.ts'
import { describeMachine, loadNow, machineText } from './support/machine.ts'

const PAGE: Page = {
  file: 'RESULTS-mesh.md',
  title: 'The mesh, measured',
  command: 'npm run bench:mesh -- --save',
  told: 'what each line means',
}

/** Whatever hangs, the benchmark ends. */
const LONGEST_MS = 30 * 60_000

interface Part {
  readonly name: string
  measure(quick: boolean): Promise<Figure[]>
}

const PARTS: readonly Part[] = [
  { name: 'boot', measure: (quick) => measureBoot(quick ? 1 : 5) },
  { name: 'first', measure: (quick) => measureFirstRequests(quick ? 1 : 5) },
  { name: 'twelve', measure: (quick) => measureFormation(12, quick ? 1 : 3, 5000) },
  { name: 'totals', measure: (quick) => measureTotalsAge(quick ? 5 : 15) },
  { name: 'take-over', measure: (quick) => measureTakeOver(quick ? 1 : 5, say) },
  { name: 'idle', measure: (quick) => measureIdle(quick ? 5000 : 20_000) },
]

async function measureAll(parts: readonly Part[], quick: boolean): Promise<FigureSummary[]> {
  const figures: FigureSummary[] = []
  for (const { name, measure } of parts) {
    say(`measuring ${name} …`)
    figures.push(...(await measure(quick)).map(summarize))
  }
  return figures
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      cli: { type: 'string' },
      only: { type: 'string', default: PARTS.map(({ name }) => name).join(',') },
    },
  })
  setTimeout(() => process.exit(EXIT.timeout), LONGEST_MS).unref()
  const wanted = new Set(values.only.split(','))
  const unknown = [...wanted].filter((name) => !PARTS.some((part) => part.name === name))
  if (unknown.length > 0)
    throw new Error(`no part ${unknown.join(', ')}; there are ${PARTS.map(({ name }) => name).join(', ')}`)
  if (values.cli !== undefined) useProgram(resolve(values.cli))
  const loadBefore = loadNow()
  const figures = await measureAll(
    PARTS.filter(({ name }) => wanted.has(name)),
    values.quick,
  )
  const machine = describeMachine(loadBefore, values.cli ?? 'the sources')
  const text = `${figureTable(figures)}\n\n${machineText(machine)}`
  publish(PAGE, { text, data: { figures, machine, quick: values.quick } }, values)
  return EXIT.ok
}

await benchmark('mesh', main)
