/**
 * How quick and how light a mesh is: formation, first request, freshness of totals, take-over, idle cost.
 *
 *     npm run bench:mesh -- [--quick] [--json] [--save] [--only NAME,…] [--cli dist/bin/vajra.js]
 *
 * Starts real nodes on loopback, in temporary folders. Progress goes to stderr, a table to stdout, with `--json` a line
 * of JSON below it; `--save` writes bench/RESULTS-mesh.md. A figure over its aim is marked, and is no failure. Without
 * `--cli` the sources are measured, which take more time and memory than what is published.
 */

import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { EXIT, messageOf } from '../src/base/errors.ts'
import { measureBoot, measureFirstRequests, measureFormation } from './mesh/formation.ts'
import { measureIdle } from './mesh/idle.ts'
import { measureTakeOver } from './mesh/take-over.ts'
import { measureTotalsAge } from './mesh/totals-age.ts'
import { useProgram } from './support/clusters.ts'
import { type Figure, type FigureSummary, figureTable, summarize } from './support/figures.ts'
import { describeMachine, loadNow, type Machine, machineText } from './support/machine.ts'

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

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

async function measureAll(parts: readonly Part[], quick: boolean): Promise<FigureSummary[]> {
  const figures: FigureSummary[] = []
  for (const { name, measure } of parts) {
    say(`measuring ${name} …`)
    figures.push(...(await measure(quick)).map(summarize))
  }
  return figures
}

function resultsPage(figures: readonly FigureSummary[], machine: Machine): string {
  return [
    '# The mesh, measured',
    '',
    'Written by `npm run bench:mesh -- --save`; [README.md](README.md) says what each line means.',
    '',
    figureTable(figures),
    '',
    machineText(machine),
    '',
  ].join('\n')
}

async function main(): Promise<void> {
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
  console.log(`${figureTable(figures)}\n\n${machineText(machine)}`)
  if (values.json) console.log(JSON.stringify({ figures, machine, quick: values.quick }))
  if (values.save) writeFileSync(new URL('RESULTS-mesh.md', import.meta.url), resultsPage(figures, machine))
}

try {
  await main()
} catch (error) {
  say(`bench:mesh: ${messageOf(error)}`)
  process.exit(EXIT.failure)
}
