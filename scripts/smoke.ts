/**
 * `npm run smoke`: packs the package, looks at what is in it, installs it into an empty folder as a user would, and
 * uses it there: version, library, a two-second run against the example target. Says what it has seen; exits with 1
 * at the first thing that is wrong.
 */

import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Report } from '../src/metrics/report-document.ts'

const root = join(import.meta.dirname, '..')
const work = mkdtempSync(join(tmpdir(), 'vajra-smoke-'))
const folder = join(work, 'app')

/** What may be in the package, and nothing else. */
const PUBLISHED = [
  /^dist\/(src|bin)\/.+\.(js|d\.ts)$/,
  /^schema\/suite\.schema\.json$/,
  /^examples\/[\w-]+\.(yaml|json|csv)$/,
  /^(README|ARCHITECTURE|CHANGELOG)\.md$/,
  /^docs\/[\w-]+\.md$/,
  /^LICENSE$/,
  /^package\.json$/,
]

/** The caller's environment without what npm adds for its scripts: a user has none of it. */
function environment(path: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|VAJRA_)/i.test(name))
  return { ...Object.fromEntries(kept), PATH: path, XDG_CONFIG_HOME: join(work, 'config'), NO_COLOR: '1' }
}

const systemPath = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((entry) => !entry.includes('node_modules') && !entry.includes('node-gyp-bin'))
  .join(delimiter)

/** This Node.js first, and nothing else of the project's own tools. */
function pathWithThisNode(): string {
  const bin = join(work, 'bin')
  mkdirSync(bin)
  symlinkSync(process.execPath, join(bin, 'node'))
  return bin + delimiter + systemPath
}

function pack(): string {
  const args = ['pack', '--json', '--pack-destination', work]
  const stdout = execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  // Before its JSON, npm shows what the build prints.
  const packed = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as unknown
  const [entry] = Object.values(packed as Record<string, { filename: string; size: number; files: { path: string }[] }>)
  assert.ok(entry, 'npm pack says what it made')
  const paths = entry.files.map((file) => file.path)
  const strangers = paths.filter((path) => !PUBLISHED.some((pattern) => pattern.test(path)))
  assert.deepEqual(strangers, [], 'files that should not be in the package')
  for (const needed of [
    'dist/bin/vajra.js',
    'dist/src/index.d.ts',
    'README.md',
    'docs/suite.md',
    'LICENSE',
    'examples/stages.yaml',
  ]) {
    assert.ok(paths.includes(needed), `${needed} is in the package`)
  }
  console.log(`packed ${entry.filename}: ${paths.length} files, ${Math.round(entry.size / 1000)} kB`)
  return join(work, entry.filename)
}

/** Longest time for one command: downloads stall now and then, and are begun again after a minute. */
const LONGEST_MS = 300_000
const DOWNLOADS = ['--fetch-timeout=60000', '--fetch-retries=4']

/** Runs a program in the folder of installation. */
function run(path: string, command: string, args: readonly string[]) {
  const env = environment(path)
  const result = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8', timeout: LONGEST_MS })
  if (result.error !== undefined) throw result.error
  return result
}

function check(path: string, command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = run(path, command, args)
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`)
  return stdout
}

function install(path: string, tarball: string): void {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  check(path, 'npm', ['install', '--no-audit', '--no-fund', '--no-progress', ...DOWNLOADS, tarball])
  console.log('installed into an empty folder')
}

function version(): string {
  return (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
}

/** A machine with an older Node.js is told so, in one line. */
function checkRefusal(): void {
  const { status, stdout } = run(systemPath, 'node', ['--version'])
  if (status !== 0 || Number(/^v(\d+)/.exec(stdout)?.[1]) >= 24) {
    console.log('no older Node.js on this machine to be refused')
    return
  }
  const refused = run(systemPath, join(folder, 'node_modules/.bin/vajra'), ['--version'])
  assert.equal(refused.status, 104)
  assert.match(refused.stderr, /^vajra needs Node\.js 24 or newer[^\n]*\n$/)
  console.log(`Node.js ${stdout.trim()}: ${refused.stderr.trim()}`)
}

function checkLibrary(path: string): void {
  const script = `
    const { createNode, parseSuite } = await import('vajra-mesh')
    const { defineTask } = await import('vajra-mesh/sdk')
    const { default: schema } = await import('vajra-mesh/schema', { with: { type: 'json' } })
    console.log(typeof createNode, typeof parseSuite, typeof defineTask, typeof schema.properties.scenarios)`
  const said = check(path, 'node', ['--input-type=module', '--eval', script])
  assert.equal(said.trim(), 'function function function object')
  console.log('import vajra-mesh, vajra-mesh/sdk, vajra-mesh/schema: ok')
}

async function startTarget(): Promise<{ readonly target: ChildProcess; readonly url: string }> {
  const target = spawn(process.execPath, [join(root, 'examples/target.ts'), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: target.stdout })) {
    return { target, url: (JSON.parse(line) as { url: string }).url }
  }
  throw new Error('the example target did not start')
}

async function checkRun(path: string): Promise<void> {
  const { target, url } = await startTarget()
  try {
    const scenario = { name: 'fast', load: { rate: '100/s', duration: '2s' }, http: '/fast' }
    const suite = { name: 'smoke', target: url, scenarios: [scenario], thresholds: { failed: ['count==0'] } }
    writeFileSync(join(folder, 'suite.json'), JSON.stringify(suite))
    const report = JSON.parse(check(path, 'npx', ['vajra', 'run', 'suite.json', '--json'])) as Report
    const { scheduled, sent, succeeded } = report.totals
    assert.deepEqual(
      { status: report.status, complete: report.complete, scheduled, sent, succeeded },
      { status: 'completed', complete: true, scheduled: 200, sent: 200, succeeded: 200 },
    )
    console.log(`npx vajra run: ${sent} sent, ${succeeded} succeeded, p99 ${report.totals.latency.p99} ms`)
  } finally {
    target.kill('SIGKILL')
  }
}

try {
  const path = pathWithThisNode()
  install(path, pack())
  assert.equal(check(path, 'npx', ['vajra', '--version']).trim(), version())
  console.log(`npx vajra --version: ${version()}`)
  checkRefusal()
  checkLibrary(path)
  await checkRun(path)
} finally {
  rmSync(work, { recursive: true, force: true })
}
