/**
 * What extraction, templates, checks and cookies add to the CPU time of a request: a plain `http` scenario against journeys,
 * in turns, each in a process of its own.
 *
 *     npm run bench:journey -- [--rounds 5] [--settle 2] [--seconds 2] [--json] [--save]
 *
 * `--save` writes bench/RESULTS-journey.md.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { median } from '../examples/support/arrivals.ts'
import { atExit } from '../examples/support/leave-nothing.ts'
import { EXIT } from '../src/base/errors.ts'
import { benchmark, publish, say } from './support/benchmark.ts'
import { describeMachine, loadNow, machineText } from './support/machine.ts'
import { choosePinning, joinTarget } from './support/pinning.ts'
import { markdownTable } from './support/tables.ts'

const USERS = 64
const AIM = 2
const EXPECT = { status: 200 }

const login = {
  name: 'login',
  http: { method: 'POST', url: '/login', json: { user: 'u{{iteration}}', order: '{{uuid}}' } },
  extract: { token: 'json:$.token', cart: 'json:$.cart' },
  expect: { ...EXPECT, json: { '$.user.id': 17 } },
}
const browse = { name: 'browse', http: { url: '/carts/{{cart}}?n={{random(1,1000)}}' }, expect: EXPECT }
const buy = {
  name: 'buy',
  http: {
    method: 'POST',
    url: '/checkout',
    headers: { authorization: 'Bearer {{token}}' },
    json: { cart: '{{cart}}' },
  },
  expect: EXPECT,
}
const steps = [login, browse, buy]

const VARIANTS = [
  { name: 'plain', title: 'plain `http`', scenario: { http: '/products' }, cookie: false },
  {
    name: 'steps',
    title: 'three steps, nothing else',
    scenario: { steps: plainSteps(), cookies: false },
    cookie: false,
  },
  {
    name: 'values',
    title: 'the same with extraction, templates and checks',
    scenario: { steps, cookies: false },
    cookie: false,
  },
  { name: 'cookies', title: 'the same, and a cookie that comes with each answer', scenario: { steps }, cookie: true },
] as const

type Variant = (typeof VARIANTS)[number]

function plainSteps(): readonly object[] {
  return ['a', 'b', 'c'].map((name) => ({ name, http: `/${name}` }))
}

/** A target in a process of its own. @returns its port */
async function startTarget(before: readonly string[], cookie: string): Promise<{ port: string; child: ChildProcess }> {
  const [command = process.execPath, ...args] = [
    ...before,
    process.execPath,
    join(import.meta.dirname, 'journey/target.ts'),
  ]
  const child = spawn(command, [...args, cookie], { stdio: ['pipe', 'pipe', 'inherit'] })
  const port = await firstLine(child)
  return { port, child }
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout!) {
    text += String(chunk)
    if (text.includes('\n')) return text.trim()
  }
  throw new Error('a process of the benchmark has ended early')
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      settle: { type: 'string', default: '2' },
      seconds: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  })
  const loadBefore = loadNow()
  const pinning = choosePinning()
  joinTarget(pinning)
  const folder = mkdtempSync(join(tmpdir(), 'vajra-journey-'))
  const targets = [await startTarget(pinning.target, ''), await startTarget(pinning.target, 'sid=s3ss10n; Path=/')]
  let firing: ChildProcess | undefined
  atExit(() => {
    for (const { child } of targets) child.kill('SIGKILL')
    firing?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const fire = async ({ name, scenario, cookie }: Variant): Promise<number> => {
    const { port } = targets[cookie ? 1 : 0]!
    const load = { users: USERS, duration: '1h' }
    const file = join(folder, `${name}.json`)
    writeFileSync(
      file,
      JSON.stringify({ name, target: `http://127.0.0.1:${port}`, scenarios: [{ name, load, ...scenario }] }),
    )
    const script = join(import.meta.dirname, 'journey/fire.ts')
    const [command = process.execPath, ...args] = [...pinning.generator, process.execPath, script, file]
    firing = spawn(command, [...args, values.settle, values.seconds], { stdio: ['ignore', 'pipe', 'inherit'] })
    const { micros } = JSON.parse(await firstLine(firing)) as { micros: number }
    return micros
  }
  const found = new Map<string, number[]>(VARIANTS.map(({ name }) => [name, []]))
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const variant of VARIANTS) found.get(variant.name)!.push(await fire(variant))
    say(`round ${round} of ${values.rounds}`)
  }
  const machine = describeMachine(loadBefore, 'the sources')
  const text = [journeyText(found), `${USERS} users without think time; ${pinning.text}.`, machineText(machine)].join(
    '\n\n',
  )
  const page = {
    file: 'RESULTS-journey.md',
    title: 'What a journey costs, measured',
    command: 'npm run bench:journey -- --save',
    told: 'more',
    anchor: '#what-a-journey-costs-npm-run-benchjourney',
  }
  publish(page, { text, data: { samples: Object.fromEntries(found), machine } }, values)
  return EXIT.ok
}

/** Medians, those of the ratios within each round. @param found CPU time per request in µs, by round */
function journeyText(found: ReadonlyMap<string, readonly number[]>): string {
  const plain = found.get('plain')!
  const ratio = (name: string): number => median(found.get(name)!.map((micros, round) => micros / plain[round]!))
  const rows = VARIANTS.map(({ name, title }) => {
    const all = found.get(name)!
    const range = `${Math.min(...all).toFixed(2)} … ${Math.max(...all).toFixed(2)}`
    return [title, median(all).toFixed(2), range, ratio(name).toFixed(2), `${all.length}`]
  })
  const table = markdownTable(['what', 'CPU µs/request', 'least … most', '÷ plain', 'n'], rows)
  const full = ratio('values')
  return `${table}\n\nA request of the journey costs ${full.toFixed(2)} times a plain one (aim: at most ${AIM}) ${full <= AIM ? '✓' : '✗'}`
}

await benchmark('journey', main)
