/**
 * What a mesh costs as it grows: messages, bytes and CPU time of a node and of its coordinator, and how quickly it gets
 * over a kill.
 *
 *     npm run bench:scale -- [--nodes 10,50,…] [--windows-only] [--json] [--save] [--budget SECONDS]
 *
 * Virtual time and no network: the real core, codec, window exchange and store of a few nodes among many, so what
 * sockets and encryption cost is not in it. Progress goes to stderr, tables to stdout, with `--json` a line of JSON below
 * them; `--save` writes bench/RESULTS-scale.md. A figure over its aim is marked, and is no failure.
 */

import { parseArgs } from 'node:util'
import { EXIT } from '../src/base/errors.ts'
import { LIMITS } from '../src/base/limits.ts'
import { GivenUp, measureRoles, measureScale } from './scale/measure.ts'
import {
  costTable,
  kindTable,
  type Roles,
  type Row,
  remarks,
  rolesTable,
  timeTable,
  trafficTable,
} from './scale/results.ts'
import { benchmark, publish, say } from './support/benchmark.ts'
import { describeMachine, loadNow, machineText } from './support/machine.ts'

/** Fewer have no node that is neither measured nor killed; more are more than a share table may name. */
const LEAST_NODES = 8
const MOST_NODES = 4 * LIMITS.nodes

/** Measured spans, in virtual seconds: larger meshes take longer for each, and vary less. */
const STEADY_SECONDS = [
  { nodes: 50, seconds: 20 },
  { nodes: 100, seconds: 10 },
  { nodes: 300, seconds: 5 },
  { nodes: Number.POSITIVE_INFINITY, seconds: 3 },
] as const

/** Measured once before all others, and forgotten: the code is compiled meanwhile. */
const WARM_UP = { nodes: 20, steadySeconds: 20, budgetSeconds: 30 }

async function measureAll(sizes: readonly number[], budgetSeconds: number): Promise<Row[]> {
  await measureScale(WARM_UP)
  const rows: Row[] = []
  for (const nodes of sizes) {
    say(`measuring ${nodes} nodes …`)
    const steadySeconds = STEADY_SECONDS.find((span) => nodes <= span.nodes)!.seconds
    try {
      rows.push(await measureScale({ nodes, steadySeconds, budgetSeconds }))
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error
      rows.push({ nodes, givenUp: error.message })
    }
  }
  return rows
}

async function measureAllRoles(sizes: readonly number[]): Promise<Roles[]> {
  await measureRoles(WARM_UP.nodes, WARM_UP.steadySeconds)
  const roles: Roles[] = []
  for (const nodes of sizes) roles.push({ nodes, loads: await measureRoles(nodes, nodes > 300 ? 5 : 20) })
  return roles
}

function resultsText(rows: readonly Row[], roles: readonly Roles[]): string {
  const windows = ['## Windows per second, by role', rolesTable(roles)]
  if (rows.length === 0) return windows.join('\n\n')
  const parts = [
    '## CPU time, of one core',
    costTable(rows),
    '## Messages and bytes per second',
    trafficTable(rows),
    ...windows,
    '## Control messages per second, by kind',
    kindTable(rows),
    '## Kills, the start, and totals',
    timeTable(rows),
    ...remarks(rows),
  ]
  return parts.join('\n\n')
}

function sizesOf(text: string): number[] {
  const sizes = text.split(',').map(Number)
  const wrong = sizes.find((size) => !Number.isInteger(size) || size < LEAST_NODES || size > MOST_NODES)
  if (wrong !== undefined) throw new Error(`--nodes takes whole numbers from ${LEAST_NODES} to ${MOST_NODES}`)
  return sizes
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '10,50,100,300,1000' },
      json: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
      'windows-only': { type: 'boolean', default: false },
      budget: { type: 'string', default: '150' },
    },
  })
  const sizes = sizesOf(values.nodes)
  const loadBefore = loadNow()
  const roles = await measureAllRoles(sizes)
  const rows = values['windows-only'] ? [] : await measureAll(sizes, Number(values.budget))
  const machine = describeMachine(loadBefore, 'the sources')
  const page = {
    file: 'RESULTS-scale.md',
    title: 'The mesh as it grows, measured',
    command: ['npm run bench:scale --', ...process.argv.slice(2)].join(' '),
    told: 'what each column means',
  }
  const text = `${resultsText(rows, roles)}\n\n${machineText(machine)}`
  publish(page, { text, data: { rows, roles, machine } }, values)
  return EXIT.ok
}

await benchmark('scale', main)
