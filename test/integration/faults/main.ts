/**
 * Real faults on real processes: cut networks, lost packets, stopped and killed processes, wrong clocks.
 *
 *     npm run test:faults -- [--save] [MOCHA OPTION…] [FILE…]
 *
 * Runs mocha in a network of its own, which is gone when it ends, however it ends. It needs Linux, root, and the packages
 * `iproute2` and `iptables` (`faketime` for one case); where something is missing it says what, and every test is
 * pending. `--save` writes bench/RESULTS-faults.md; with `FAULTS_RESULTS=FOLDER` the table is also written there, as
 * JSON.
 */

import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { clockLibrary, environment, privately, tryOut } from './support/prerequisites.ts'

const ROOT = join(import.meta.dirname, '../../..')
const MOCHA = join(ROOT, 'node_modules/mocha/bin/mocha.js')

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

const missing = tryOut()
if (missing !== null) say(`The tests of real faults are skipped: ${missing}.`)
else if (clockLibrary() === null) say('The test of a wrong clock is skipped: the package faketime is missing.')

const given = process.argv.slice(2).filter((argument) => argument !== '--save')
const save = given.length < process.argv.length - 2
const files = given.some((argument) => argument.endsWith('.faults.ts'))
  ? []
  : globSync('*.faults.ts', { cwd: import.meta.dirname })
      .sort()
      .map((name) => join(import.meta.dirname, name))
// A connection that a fault has left open keeps nobody waiting.
const mocha = [process.execPath, MOCHA, '--exit', ...given, ...files]
const [command = '', ...args] = missing === null ? privately(mocha) : mocha
const { FAULTS_RESULTS: results } = process.env
const child = spawn(command, args, {
  cwd: ROOT,
  stdio: 'inherit',
  env: {
    ...environment(missing),
    ...(results !== undefined && { FAULTS_RESULTS: resolve(results) }),
    ...(save && { FAULTS_SAVE: '1' }),
  },
})
// Whatever is left in there ends with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    child.kill('SIGKILL')
    process.exitCode = 130
  })
}
child.on('error', (error) => {
  say(`test:faults: ${error.message}`)
  process.exitCode = 1
})
child.on('exit', (code) => {
  process.exitCode ??= code ?? 1
})
