/**
 * `node scripts/tally.ts FILE…`: adds up the results that mocha wrote as JSON and prints `N passed, N failed, N
 * skipped`. Exits with 1 when anything failed, or when there is a file it cannot read: a run that died has no results.
 */

import { readFileSync } from 'node:fs'

interface Results {
  readonly stats: { readonly passes: number; readonly failures: number; readonly pending: number }
}

const files = process.argv.slice(2)
let passed = 0
let failed = 0
let skipped = 0
for (const file of files) {
  const { stats } = JSON.parse(readFileSync(file, 'utf8')) as Results
  passed += stats.passes
  failed += stats.failures
  skipped += stats.pending
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 && files.length > 0 ? 0 : 1
