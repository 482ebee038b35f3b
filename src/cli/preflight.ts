/** Pre-flight before a run: tells what was found, and whether the run may go on. */

import type { ValidationDocument } from '../api/node-port.ts'
import { VajraError } from '../base/errors.ts'
import type { PreflightDocument } from '../base/finding.ts'
import { headline, renderPreflight } from '../report/preflight.ts'
import type { Settings } from './flag-table.ts'
import type { Output, ProcessContext } from './process-context.ts'

/**
 * Has the checks made.
 *
 * @param check has the nodes look; of a suite that is not valid nothing is told here
 * @throws VajraError PREFLIGHT_FAILED when the run is not to be started
 */
export async function beforeRun(
  check: () => Promise<ValidationDocument>,
  settings: Settings<'yes' | 'quiet'>,
  context: Pick<ProcessContext, 'stderr' | 'ask'>,
): Promise<void> {
  const { valid, preflight } = await check()
  if (!valid) return
  const { stderr } = context
  if (preflight === undefined || preflight === null) {
    stderr.write('vajra: the node knows no pre-flight checks: it runs an older version\n')
    return
  }
  if (preflight.level === 'PASS') {
    if (!settings.quiet) stderr.write(`${headline(preflight)}\n`)
    return
  }
  stderr.write(preflightText(preflight, stderr))
  if (preflight.level === 'FAIL')
    throw blocked('pre-flight checks fail', 'without pre-flight (--no-preflight) it starts all the same')
  if (settings.yes) return
  const answer = await context.ask('Start the run all the same? [y/N] ')
  if (answer === null) {
    throw blocked('pre-flight checks warn', '--yes goes on with warnings')
  }
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw blocked('pre-flight checks warn')
}

function blocked(why: string, hint?: string): VajraError {
  return new VajraError('PREFLIGHT_FAILED', `the run is not started: ${why}`, hint === undefined ? {} : { hint })
}

/** Everything that was found, ending with a line break. */
export function preflightText(document: PreflightDocument, output: Pick<Output, 'colour' | 'width'>): string {
  return `${renderPreflight(document, output).join('\n')}\n`
}
