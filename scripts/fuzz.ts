/**
 * `npm run fuzz -- [TIMES]`: the fuzzers of `npm test`, each looking so many times as long (50 unless told otherwise).
 * `FUZZ_SEED` makes them start from a seed that a failure has printed.
 */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const [times = '50', ...rest] = process.argv.slice(2)
if (!/^\d+$/.test(times) || times === '0') {
  console.error('usage: npm run fuzz -- [TIMES] [MOCHA-OPTIONS]')
  process.exit(2)
}
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/mocha/bin/mocha.js'), 'test/fuzz/**/*.test.ts', ...rest],
  { cwd: root, stdio: 'inherit', env: { ...process.env, FUZZ_RUNS: times } },
)
process.exit(status ?? 1)
