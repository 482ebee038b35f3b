/**
 * This load tester beside the others: every tool that is found on the PATH, on the same machine, in turns.
 *
 *     npm run bench:peers -- [--rounds 5] [--seconds 2] [--only PART,…] [--tools NAME,…] [--cli dist/bin/vajra.js]
 *                            [--collect FILE [--budget SECONDS]] [--json] [--save]
 *
 * Targets run on one CPU, tools on another. Progress goes to stderr, tables to stdout; `--save` writes bench/RESULTS.md.
 * `--collect` keeps each sample in a file and measures what is missing in it, `--budget` stops in time: a comparison can
 * be made in several sittings. bench/README.md says what the columns mean, and how to get the tools.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { atExit } from '../examples/support/leave-nothing.ts'
import { EXIT, messageOf } from '../src/base/errors.ts'
import { measureClosed, measureExactly } from './peers/measure.ts'
import { type PlannedRun, planRuns, RATE_SHAPE, STALL_SECONDS, STALL_SHAPE } from './peers/plan.ts'
import { resultsText } from './peers/results.ts'
import { disturbanceOf, keyOf, type Measured, type Part, type Sample, type SampleKey } from './peers/sample.ts'
import { Targets } from './peers/targets.ts'
import { killTools } from './peers/tool-process.ts'
import { type FoundTool, findTools } from './peers/tools/index.ts'
import { benchmark, publish, say } from './support/benchmark.ts'
import { Collection } from './support/collection.ts'
import { AT_ONCE, expectedWaits } from './support/delay-shape.ts'
import { describeMachine, loadNow, machineText } from './support/machine.ts'
import { choosePinning, joinTarget } from './support/pinning.ts'
import { quantile } from './support/quantiles.ts'
import { untilQuiet } from './support/quiet.ts'

const PARTS: readonly Part[] = ['http', 'https', 'rate', 'stall']
const CONNECTIONS = 64
const SOURCES = 'bin/vajra.ts'
/** Disturbed measurements are made anew so many times. */
const REPEATS = 2

async function measure(run: PlannedRun, targets: Targets, seconds: number): Promise<Measured> {
  const { found, part, rate } = run
  const bench = { ...targets.bench, connections: CONNECTIONS, seconds }
  switch (part) {
    case 'http':
      return measureClosed(bench, found.tool, await targets.http())
    case 'https':
      return measureClosed(bench, found.tool, await targets.https())
    case 'rate':
      return measureExactly(bench, found.tool, await targets.exact(), rate, RATE_SHAPE, null)
    case 'stall':
      return measureExactly(bench, found.tool, await targets.exact(), rate, STALL_SHAPE, STALL_SECONDS)
  }
}

async function sampleOf(run: PlannedRun, targets: Targets, seconds: number): Promise<Sample> {
  const { found, ...key } = run
  const about = { ...key, version: found.version, expected: run.part === 'stall' ? expectedOfStall() : null }
  try {
    return { ...about, measured: await measure(run, targets, seconds), failure: null }
  } catch (error) {
    return { ...about, measured: null, failure: messageOf(error) }
  }
}

/** Measures again what somebody else disturbed; the last one counts, whatever it was. */
async function undisturbed(run: PlannedRun, targets: Targets, seconds: number): Promise<Sample> {
  for (let repeated = 0; ; repeated++) {
    await untilQuiet(targets.pinning)
    const sample = await sampleOf(run, targets, seconds)
    const disturbance = sample.measured === null ? null : disturbanceOf(sample.measured)
    if (disturbance === null || repeated === REPEATS) return sample
    say(`round ${run.round} ${run.part} ${run.rate ?? ''} ${run.tool}: once more: ${disturbance}`)
  }
}

function expectedOfStall(): Sample['expected'] {
  const waits = expectedWaits({ ...AT_ONCE, ...STALL_SHAPE }, 1000, STALL_SECONDS)
  return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99), max: waits.at(-1)! }
}

/** @returns whether all is measured */
async function collect(
  runs: readonly PlannedRun[],
  collection: Collection<Sample, SampleKey>,
  targets: Targets,
  seconds: number,
  until: number,
): Promise<boolean> {
  // What was disturbed in another sitting gets another chance.
  const missing = runs.filter((run) => {
    const found = collection.get(run)
    return found === undefined || (found.measured !== null && disturbanceOf(found.measured) !== null)
  })
  for (const [i, run] of missing.entries()) {
    if (performance.now() > until) {
      say(`${missing.length - i} of ${runs.length} runs are still to be made: call again with the same --collect`)
      return false
    }
    const sample = await undisturbed(run, targets, seconds)
    collection.add(sample)
    const { measured, failure } = sample
    const figures =
      measured === null ? failure : `${Math.round(measured.arrived)}/s, ${measured.cpuMicros.toFixed(1)} µs of CPU each`
    say(`${i + 1}/${missing.length} round ${run.round} ${run.part} ${run.rate ?? ''} ${run.tool}: ${figures}`)
  }
  return true
}

function missingText(missing: readonly { readonly name: string; readonly source: string }[]): string {
  if (missing.length === 0) return ''
  const lines = missing.map(({ name, source }) => `- ${name}: ${source}`)
  return `Not found on the PATH, and how to get them:\n\n${lines.join('\n')}\n\n`
}

function choose<T>(given: string | undefined, all: readonly T[], nameOf: (one: T) => string): readonly T[] {
  if (given === undefined) return all
  const names = given.split(',')
  const unknown = names.filter((name) => !all.some((one) => nameOf(one) === name))
  if (unknown.length > 0) throw new Error(`no ${unknown.join(', ')}; there are ${all.map(nameOf).join(', ')}`)
  return all.filter((one) => names.includes(nameOf(one)))
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '2' },
      only: { type: 'string' },
      tools: { type: 'string' },
      cli: { type: 'string', default: SOURCES },
      collect: { type: 'string' },
      budget: { type: 'string', default: 'Infinity' },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  })
  const until = performance.now() + Number(values.budget) * 1000
  const loadBefore = loadNow()
  const folder = mkdtempSync(join(tmpdir(), 'vajra-peers-'))
  const pinning = choosePinning()
  joinTarget(pinning)
  const targets = new Targets(folder, pinning)
  atExit(() => {
    killTools()
    targets.closeNow()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
  const { found, missing } = findTools(resolve(values.cli))
  const tools = choose<FoundTool>(values.tools, found, ({ tool }) => tool.name)
  const parts = choose<Part>(values.only, PARTS, (part) => part)
  const runs = planRuns(tools, parts, Number(values.rounds))
  const collection = new Collection<Sample, SampleKey>(values.collect, keyOf)
  const done = await collect(runs, collection, targets, Number(values.seconds), until)
  const machine = describeMachine(loadBefore, values.cli === SOURCES ? 'the sources' : values.cli)
  const versions = found
    .filter(({ tool }) => tool.variant !== true)
    .map(({ tool, version }) => `${tool.name} ${version}`)
    .join(', ')
  const text = [
    resultsText(collection.all, Number(values.seconds)),
    `${CONNECTIONS} connections; ${pinning.text}. Flat out the target is ${targets.httpName}; at rates, one with known delays.`,
    `${versions}.`,
    `${missingText(missing)}${machineText(machine)}`,
  ].join('\n\n')
  const page = {
    file: 'RESULTS.md',
    title: 'Beside other load generators, measured',
    command: `npm run bench:peers -- --rounds ${values.rounds} --seconds ${values.seconds} --save`,
    told: 'what each column means',
    anchor: '#other-load-generators-npm-run-benchpeers',
  }
  publish(page, { text, data: { samples: collection.all, machine, versions } }, values)
  return done ? EXIT.ok : EXIT.timeout
}

await benchmark('peers', main)
