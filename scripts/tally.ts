/**
 * `node scripts/tally.ts FILE…`: adds up the results that mocha wrote as JSON, tells each failure once more, since the
 * whole output is long, and prints `N passed, N failed, N skipped`. Exits with 1 when anything failed, or when there is
 * a file it cannot read: a run that died has no results.
 */

import { readFileSync } from 'node:fs'

interface Failure {
  readonly fullTitle: string
  readonly err: { readonly message?: string; readonly stack?: string }
}

interface Results {
  readonly stats: { readonly passes: number; readonly failures: number; readonly pending: number }
  readonly failures: readonly Failure[]
}

/** How much of a failure's text is told again, in lines. */
const LINES = 30

function summary({ fullTitle, err }: Failure): string {
  const text = err.stack ?? err.message ?? 'no message'
  const lines = text.split('\n').slice(0, LINES)
  return [`FAILED: ${fullTitle}`, ...lines.map((line) => `  ${line}`)].join('\n')
}

const files = process.argv.slice(2)
let passed = 0
let failed = 0
let skipped = 0
for (const file of files) {
  const { stats, failures } = JSON.parse(readFileSync(file, 'utf8')) as Results
  passed += stats.passes
  failed += stats.failures
  skipped += stats.pending
  for (const failure of failures) console.log(summary(failure))
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 && files.length > 0 ? 0 : 1
