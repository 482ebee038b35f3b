/**
 * The layout holds: imports point downward only, the pure folders stay pure, nothing imports in a circle, and files stay
 * short.
 */

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Import,
  importsOf,
  isRelative,
  others,
  packageOf,
  program,
  resolve,
  root,
  withoutComments,
} from './support/sources.ts'

/** Lowest first. What stands on one line does not import each other. A file imports its own line's folder and below. */
const LAYERS: readonly (readonly string[])[] = [
  ['base'],
  ['suite'],
  ['load', 'journey'],
  ['metrics'],
  ['report'],
  ['membership', 'preflight'],
  ['run'],
  ['coordination'],
  ['system'],
  ['mesh', 'worker', 'tasks', 'store', 'export', 'data'],
  ['api'],
  ['node'],
  ['cli', 'index'],
  ['bin'],
]

/** Folders that see less than what lies below them. */
const SEES_ONLY: Readonly<Record<string, readonly string[]>> = { api: ['base', 'metrics'] }

const PURE = ['base', 'suite', 'load', 'journey', 'metrics', 'report', 'preflight', 'membership', 'run', 'coordination']

/**
 * Packages without I/O, clocks and randomness at the time of use. json-p3 compiles JSONPath to a tree that it walks, without
 * `eval`; of its two uses of randomness, both are behind an option for its own test suite.
 */
const PURE_PACKAGES = ['zod', 'yaml', '@noble/hashes', 'json-p3', 're2js']

const IMPURE: Readonly<Record<string, RegExp>> = {
  'the wall clock': /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)/,
  'the monotonic clock': /\bperformance\b|\bhrtime\b/,
  timers: /\b(setTimeout|setInterval|setImmediate|queueMicrotask|nextTick)\b/,
  randomness: /\bMath\.random\b|\b(randomBytes|randomUUID|getRandomValues|randomInt)\b|\bcrypto\s*\./,
  'the process': /\bprocess\s*\.|\bglobalThis\b/,
  'the network': /\bfetch\s*\(|\bWebSocket\b/,
  'the console': /\bconsole\s*\./,
}

/** Lines a file may have. */
const LONGEST_FILE = 300

/** Longer all the same, with the reason. */
const LONG_FILES: readonly string[] = []

/**
 * Circles of types only, which are gone at run time: the host and the service that is typed by it, a link and its
 * hooks.
 */
const TYPE_CIRCLES: readonly string[] = [
  'src/mesh/gossip.ts src/mesh/libp2p-host.ts',
  'src/mesh/link-hooks.ts src/mesh/peer-link.ts',
]

/** What threads load for a run of plain requests, while it waits for them: no packages, and little of Node.js. */
const THREAD_ENTRIES = [
  'src/worker/thread-main.ts',
  'src/worker/ticker-main.ts',
  'src/tasks/registry.ts',
  'src/tasks/http/wire/wire-driver.ts',
]
const THREAD_MODULES = ['node:module', 'node:net', 'node:perf_hooks', 'node:worker_threads', 'node:zlib']

/** `src/run/planner.ts` is in `run`; `src/index.ts` in `index`. */
function folderOf(path: string): string {
  const [top = '', second = ''] = path.split('/')
  return top === 'src' ? second.replace(/\.ts$/, '') : top
}

function layerOf(folder: string): number {
  return LAYERS.findIndex((layer) => layer.includes(folder))
}

describe('architecture', () => {
  it('reads imports', () => {
    const code = withoutComments(
      "import type { A } from './a.ts' // from './no.ts'\nimport {\n  b,\n} from 'b/c'\n/* import './no.ts' */\nexport * from './d.ts'\nconst url = 'http://x'\nawait import('./e.ts')\n",
    )
    assert.deepEqual(importsOf(code), [
      { specifier: './a.ts', typeOnly: true, dynamic: false },
      { specifier: 'b/c', typeOnly: false, dynamic: false },
      { specifier: './d.ts', typeOnly: false, dynamic: false },
      { specifier: './e.ts', typeOnly: false, dynamic: true },
    ])
    assert.match(code, /http:\/\/x/)
  })

  it('imports files that are there, with their extension', () => {
    const missing = [...program, ...others].flatMap(({ path, imports }) =>
      imports
        .filter(isRelative)
        .map(({ specifier }) => resolve(path, specifier))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${path} imports ${target}`),
    )
    assert.deepEqual(missing, [])
  })

  it('imports downward only', () => {
    const wrong: string[] = []
    for (const { path, imports } of program) {
      const folder = folderOf(path)
      assert.ok(layerOf(folder) >= 0, `${path} is in no layer`)
      for (const { specifier } of imports.filter(isRelative)) {
        const target = folderOf(resolve(path, specifier))
        if (target === folder) continue
        const visible = SEES_ONLY[folder]?.includes(target) ?? layerOf(target) < layerOf(folder)
        if (!visible) wrong.push(`${path} imports ${specifier}`)
      }
    }
    assert.deepEqual(wrong, [])
  })

  it('keeps time, randomness and I/O out of the pure folders', () => {
    const wrong: string[] = []
    for (const { path, code, imports } of program.filter((file) => PURE.includes(folderOf(file.path)))) {
      for (const [what, pattern] of Object.entries(IMPURE)) {
        const match = pattern.exec(code.replace(/'(?:[^'\\\n]|\\.)*'/g, "''"))
        if (match !== null) wrong.push(`${path} uses ${what}: ${match[0]}`)
      }
      for (const each of imports.filter((one) => !isRelative(one))) {
        if (!PURE_PACKAGES.includes(packageOf(each.specifier))) wrong.push(`${path} imports ${each.specifier}`)
      }
    }
    assert.deepEqual(wrong, [])
  })

  it('keeps what task authors import free of everything else', () => {
    const sdk = program.find(({ path }) => path === 'src/tasks/sdk.ts')
    assert.deepEqual(sdk?.imports, [])
  })

  it('starts threads with little to load', () => {
    const loaded = (one: Import): boolean => !one.typeOnly && !one.dynamic
    const files = new Set(THREAD_ENTRIES)
    const wrong: string[] = []
    for (const path of files) {
      const file = program.find((each) => each.path === path)
      assert.ok(file, `there is ${path}`)
      for (const each of file.imports.filter(loaded)) {
        if (isRelative(each)) files.add(resolve(path, each.specifier))
        else if (!THREAD_MODULES.includes(each.specifier)) wrong.push(`${path} imports ${each.specifier}`)
      }
    }
    assert.deepEqual(wrong, [])
  })

  it('has no circles of imports, and of types only the known ones', () => {
    const runtime = circles((each) => !each.typeOnly)
    assert.deepEqual(runtime, [])
    assert.deepEqual(
      circles(() => true),
      TYPE_CIRCLES,
    )
  })

  it(`has no file longer than ${LONGEST_FILE} lines`, () => {
    const long = program.filter(({ path, lines }) => lines > LONGEST_FILE && !LONG_FILES.includes(path))
    assert.deepEqual(
      long.map(({ path, lines }) => `${path}: ${lines} lines`),
      [],
    )
  })
})

/** Groups of files that reach each other by imports, each as its sorted paths (Tarjan's algorithm). */
function circles(counts: (each: Import) => boolean): string[] {
  const edges = new Map(
    program.map(({ path, imports }) => [
      path,
      imports.filter((each) => isRelative(each) && counts(each)).map(({ specifier }) => resolve(path, specifier)),
    ]),
  )
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[] = []
  const visit = (path: string): void => {
    order.set(path, order.size)
    low.set(path, order.get(path)!)
    stack.push(path)
    for (const next of edges.get(path) ?? []) {
      if (!order.has(next)) visit(next)
      if (stack.includes(next)) low.set(path, Math.min(low.get(path)!, low.get(next)!))
    }
    if (low.get(path) !== order.get(path)) return
    const group = stack.splice(stack.indexOf(path))
    if (group.length > 1) found.push(group.sort().join(' '))
  }
  for (const path of edges.keys()) if (!order.has(path)) visit(path)
  return found.sort()
}
