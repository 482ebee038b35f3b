/**
 * What windows and the mesh add to the CPU time of a node that fires flat out: a node that is alone, and one of three,
 * each side by side with the hot path alone.
 *
 *     npm run bench:overhead -- [--rounds 10] [--seconds 6] [--cli dist/bin/vajra.js] [--collect FILE [--budget SECONDS]]
 *                               [--json] [--save]
 *
 * nginx is the target, twice, on one CPU together with the two other nodes of the mesh, which get nothing to fire; what
 * is measured is on another CPU. Linux only. `--collect` keeps samples in a file and measures what is missing in it,
 * `--budget` stops in time; `--save` writes bench/RESULTS-overhead.md.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Cluster } from '../examples/support/cluster.ts'
import { atExit } from '../examples/support/leave-nothing.ts'
import { EXIT } from '../src/base/errors.ts'
import { measurePair, type Setting, USERS } from './overhead/pair.ts'
import { overheadText } from './overhead/results.ts'
import {
  addedBeside,
  addedToFiring,
  keyOf,
  type OverheadKey,
  type OverheadSample,
  type Variant,
} from './overhead/sample.ts'
import { benchmark, publish, say } from './support/benchmark.ts'
import { Collection } from './support/collection.ts'
import { describeMachine, loadNow, machineText } from './support/machine.ts'
import { startNginx } from './support/nginx.ts'
import { choosePinning, joinTarget } from './support/pinning.ts'

const VARIANTS: readonly Variant[] = ['alone', 'mesh']

/** Measures what is missing. @returns whether all is there */
async function collect(
  rounds: number,
  setting: Setting,
  samples: Collection<OverheadSample, OverheadKey>,
  until: number,
): Promise<boolean> {
  for (let round = 1; round <= rounds; round++) {
    for (const variant of VARIANTS) {
      if (samples.has({ variant, round })) continue
      if (performance.now() > until) return false
      const sample = { variant, round, ...(await measurePair(variant, setting)) }
      samples.add(sample)
      const percent = (part: number): string => `${(part * 100).toFixed(1)} %`
      say(`round ${round} ${variant}: ${percent(addedToFiring(sample))}, and beside it ${percent(addedBeside(sample))}`)
    }
  }
  return true
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '6' },
      cli: { type: 'string', default: 'bin/vajra.ts' },
      collect: { type: 'string' },
      budget: { type: 'string', default: 'Infinity' },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  })
  const until = performance.now() + Number(values.budget) * 1000
  const loadBefore = loadNow()
  const cli = resolve(values.cli)
  const pinning = choosePinning()
  joinTarget(pinning)
  const folder = mkdtempSync(join(tmpdir(), 'vajra-overhead-'))
  const start = (name: string) => {
    const own = join(folder, name)
    mkdirSync(own)
    return startNginx(own, pinning.target, null)
  }
  const targets = { bare: await start('bare'), node: await start('node') }
  const clusters: Cluster[] = []
  atExit(() => {
    for (const nginx of Object.values(targets)) nginx.kill()
    for (const cluster of clusters) cluster.closeNow()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
  const started = (cluster: Cluster) => void clusters.push(cluster)
  const setting = { targets, pinning, seconds: Number(values.seconds), cli, started }
  const samples = new Collection<OverheadSample, OverheadKey>(values.collect, keyOf)
  const done = await collect(Number(values.rounds), setting, samples, until)
  const machine = describeMachine(loadBefore, values.cli)
  const about = `${USERS} users without think time; ${pinning.text}; nginx ${targets.node.version}.`
  const text = [overheadText(samples.all), about, machineText(machine)].join('\n\n')
  const page = {
    file: 'RESULTS-overhead.md',
    title: 'What windows and the mesh cost, measured',
    command: 'npm run bench:overhead -- --save',
    told: 'more',
    anchor: '#what-windows-and-the-mesh-cost-npm-run-benchoverhead',
  }
  publish(page, { text, data: { samples: samples.all, machine } }, values)
  return done ? EXIT.ok : EXIT.timeout
}

await benchmark('overhead', main)
