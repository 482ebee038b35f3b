/**
 * What windows and the mesh add to the CPU time of a node that fires flat out: the bare hot path, a node that is
 * alone, and a node in a mesh of three, in turns.
 *
 *     npm run bench:overhead -- [--rounds 10] [--seconds 3] [--cli dist/bin/vajra.js] [--collect FILE [--budget SECONDS]]
 *                               [--json] [--save]
 *
 * nginx is the target, on one CPU together with the two other nodes of the mesh, which get nothing to fire; what is
 * measured is on another CPU. Linux only. What somebody else disturbed is measured again. `--collect` keeps samples in a
 * file and measures what is missing in it, `--budget` stops in time; `--save` writes bench/RESULTS-overhead.md.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Cluster } from '../examples/support/cluster.ts'
import { atExit } from '../examples/support/leave-nothing.ts'
import { EXIT } from '../src/base/errors.ts'
import { measureOverhead } from './overhead/measure.ts'
import { overheadText } from './overhead/results.ts'
import { keyOf, microsOf, type OverheadKey, type OverheadSample, type Variant } from './overhead/sample.ts'
import { type Setting, startVariants, USERS } from './overhead/variants.ts'
import { benchmark, publish, say } from './support/benchmark.ts'
import { Collection } from './support/collection.ts'
import { describeMachine, loadNow, machineText } from './support/machine.ts'
import { startNginx } from './support/nginx.ts'
import { choosePinning, joinTarget } from './support/pinning.ts'

const VARIANTS: readonly Variant[] = ['bare', 'alone', 'mesh']

/** Measures what is missing. @returns whether all is there */
async function collect(
  rounds: number,
  setting: Setting,
  samples: Collection<OverheadSample, OverheadKey>,
  until: number,
): Promise<boolean> {
  for (let round = 1; round <= rounds; round++) {
    for (const variant of VARIANTS) {
      // What was disturbed in another sitting gets another chance.
      if (samples.get({ variant, round })?.disturbance === null) continue
      if (performance.now() > until) return false
      const about = `round ${round} ${variant}`
      const sample = await measureOverhead(variant, setting, (why) => say(`${about}: once more: ${why}`))
      samples.add({ variant, round, ...sample })
      say(`${about}: ${microsOf({ variant, round, ...sample }).toFixed(2)} µs of CPU a request`)
    }
  }
  return true
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '10' },
      seconds: { type: 'string', default: '3' },
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
  const nginx = await startNginx(folder, pinning.target, null)
  const clusters = { alone: new Cluster(), mesh: new Cluster() }
  atExit(() => {
    nginx.kill()
    for (const cluster of Object.values(clusters)) cluster.closeNow()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
  const setting = await startVariants({ nginx, pinning, seconds: Number(values.seconds), cli, clusters })
  const samples = new Collection<OverheadSample, OverheadKey>(values.collect, keyOf)
  const done = await collect(Number(values.rounds), setting, samples, until)
  const machine = describeMachine(loadBefore, values.cli)
  const about = `${USERS} users without think time; ${pinning.text}; nginx ${nginx.version}.`
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
