/**
 * What windows and the mesh add to the CPU time of a node that fires flat out: the bare hot path, a run in one process,
 * and a node in a mesh of three, in turns.
 *
 *     npm run bench:overhead -- [--rounds 7] [--seconds 3] [--cli dist/bin/vajra.js] [--json] [--save]
 *
 * nginx is the target, on one CPU together with the two other nodes of the mesh, which get nothing to fire; what is
 * measured is on another CPU. `--save` writes bench/RESULTS-overhead.md.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { median } from '../examples/support/arrivals.ts'
import { Cluster, type ClusterNode, until } from '../examples/support/cluster.ts'
import { atExit } from '../examples/support/leave-nothing.ts'
import { EXIT, messageOf } from '../src/base/errors.ts'
import { ToolProcess } from './peers/tool-process.ts'
import { describeMachine, loadNow, machineText } from './support/machine.ts'
import { type Nginx, startNginx } from './support/nginx.ts'
import { choosePinning, joinTarget } from './support/pinning.ts'
import { cpuMs } from './support/process-usage.ts'
import { markdownTable } from './support/tables.ts'

const USERS = 64
/** From the first request until measuring begins: by then the code is compiled. */
const SETTLE_MS = 3000
const AFTER_MS = 700
/** The one of three that fires; with the others' capacity of 1 they get no slot. */
const CAPACITY = 1_000_000
const AIM_PERCENT = 2

type Variant = 'bare' | 'alone' | 'mesh'

const VARIANTS: readonly { readonly name: Variant; readonly title: string }[] = [
  { name: 'bare', title: 'hot path alone: everything recorded, no windows' },
  { name: 'alone', title: '`vajra run`: windows, a mesh of one' },
  { name: 'mesh', title: 'a node of three: windows, and the mesh' },
]

interface Setting {
  readonly cluster: Cluster
  readonly nginx: Nginx
  readonly inside: readonly string[]
  readonly cli: string
  readonly seconds: number
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** CPU time per request over the measured span, in µs. */
async function measureSpan({ nginx, seconds }: Setting, before: number, cpu: () => number): Promise<number> {
  await until('the first request', 20_000, async () => (await nginx.count()) > before)
  await sleep(SETTLE_MS)
  const [requestsFrom, cpuFrom] = [await nginx.count(), cpu()]
  await sleep(seconds * 1000)
  const [requestsTo, cpuTo] = [await nginx.count(), cpu()]
  return ((cpuTo - cpuFrom) * 1000) / (requestsTo - requestsFrom)
}

function loadOf({ seconds }: Setting): Record<string, unknown> {
  return { users: USERS, duration: `${Math.ceil(seconds + (SETTLE_MS + AFTER_MS) / 1000)}s` }
}

function suiteOf(setting: Setting): Record<string, unknown> {
  const scenario = { name: 'only', load: loadOf(setting), http: setting.nginx.http }
  return { name: 'overhead', shares: 'weighted', scenarios: [scenario] }
}

async function measureProcess(setting: Setting, args: readonly string[]): Promise<number> {
  const before = await setting.nginx.count()
  const run = new ToolProcess({ args: [process.execPath, ...args] }, setting.inside, {}, setting.cluster.folder)
  const micros = await measureSpan(setting, before, () => run.usage().cpuMs)
  const { code, stderr } = await run.ended
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`)
  return micros
}

async function measureNode(setting: Setting, node: ClusterNode): Promise<number> {
  const { cluster } = setting
  const before = await setting.nginx.count()
  const runId = await cluster.submit(node, suiteOf(setting))
  const micros = await measureSpan(setting, before, () => cpuMs(node.process.pid!))
  await cluster.ended(runId, 30_000)
  const { coverage } = await cluster.report(node, runId)
  const others = coverage.nodes.filter(({ node: name, requests }) => name !== node.name && requests > 0)
  if (others.length > 0) throw new Error(`${others.map(({ node: name }) => name).join(', ')} fired too`)
  return micros
}

function measure(variant: Variant, setting: Setting, node: ClusterNode): Promise<number> {
  const { nginx, seconds, cli, cluster } = setting
  if (variant === 'mesh') return measureNode(setting, node)
  const total = Math.ceil(seconds + (SETTLE_MS + AFTER_MS) / 1000)
  if (variant === 'bare')
    return measureProcess(setting, [
      join(import.meta.dirname, 'overhead/bare-loop.ts'),
      nginx.http,
      `${USERS}`,
      `${total}`,
    ])
  const file = join(cluster.folder, 'suite.json')
  writeFileSync(file, JSON.stringify(suiteOf(setting)))
  return measureProcess(setting, [cli, 'run', file, '--quiet', '--json', '--workers', '1'])
}

/** Three nodes, of which the first fires everything and has a CPU without the others. */
async function startMesh(cluster: Cluster, cli: string, others: readonly string[], own: readonly string[]) {
  const start = (name: string, capacity: number, inside: readonly string[]): Promise<ClusterNode> => {
    const place = [
      '--no-mdns',
      '--listen',
      '127.0.0.1:0',
      '--http',
      '127.0.0.1:0',
      '--data-dir',
      join(cluster.folder, name),
    ]
    const args = [cli, 'node', '--name', name, '--json', '--workers', '1', '--capacity', String(capacity), ...place]
    return cluster.ready(cluster.launch(name, args, {}, inside))
  }
  const [node] = await Promise.all([
    start('node-1', CAPACITY, own),
    start('node-2', 1, others),
    start('node-3', 1, others),
  ])
  await cluster.formed(3)
  return node
}

function resultsText(found: Readonly<Record<Variant, readonly number[]>>): string {
  const ratioTo = (of: Variant, base: Variant): number[] => found[of].map((value, i) => value / found[base][i]!)
  const rows = VARIANTS.map(({ name, title }) => {
    const values = found[name]
    const range = `${Math.min(...values).toFixed(2)} … ${Math.max(...values).toFixed(2)}`
    return [title, median(values).toFixed(2), range, median(ratioTo(name, 'bare')).toFixed(3), `${values.length}`]
  })
  const table = markdownTable(['what', 'CPU µs/request', 'least … most', '÷ hot path', 'n'], rows)
  const added = (median(ratioTo('mesh', 'bare')) - 1) * 100
  const mesh = (median(ratioTo('mesh', 'alone')) - 1) * 100
  const verdict = `Windows and mesh add ${added.toFixed(1)} % to the hot path (aim: at most ${AIM_PERCENT} %) ${added <= AIM_PERCENT ? '✓' : '✗'}`
  return `${table}\n\n${verdict}; the mesh adds ${mesh.toFixed(1)} % to a run in one process. Medians of the ratios within each round.`
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '3' },
      cli: { type: 'string', default: 'bin/vajra.ts' },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  })
  const loadBefore = loadNow()
  const cli = resolve(values.cli)
  const pinning = choosePinning()
  joinTarget(pinning)
  const folder = mkdtempSync(join(tmpdir(), 'vajra-overhead-'))
  const nginx = await startNginx(folder, pinning.target, null)
  const cluster = new Cluster()
  atExit(() => {
    nginx.kill()
    cluster.closeNow()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  })
  const node = await startMesh(cluster, cli, pinning.target, pinning.generator)
  const setting = { cluster, nginx, inside: pinning.generator, cli, seconds: Number(values.seconds) }
  const found: Record<Variant, number[]> = { bare: [], alone: [], mesh: [] }
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const { name } of VARIANTS) {
      const micros = await measure(name, setting, node)
      found[name].push(micros)
      say(`round ${round} ${name}: ${micros.toFixed(2)} µs of CPU a request`)
    }
  }
  const machine = machineText(describeMachine(loadBefore, values.cli))
  const text = `${resultsText(found)}\n\n${USERS} users without think time; ${pinning.text}; nginx ${nginx.version}.\n\n${machine}`
  console.log(text)
  if (values.json) console.log(JSON.stringify({ found, machine }))
  const head =
    '# What windows and the mesh cost, measured\n\nWritten by `npm run bench:overhead -- --save`; [README.md](README.md) says more.'
  if (values.save) writeFileSync(new URL('RESULTS-overhead.md', import.meta.url), `${head}\n\n${text}\n`)
  process.exit(EXIT.ok)
}

try {
  await main()
} catch (error) {
  say(`bench:overhead: ${messageOf(error)}`)
  process.exit(EXIT.failure)
}
