/** However a process ends that has started others, nothing that it started stays. */

import { EXIT } from '../../src/base/errors.ts'

/**
 * Calls back when this process exits, whether by itself, by a signal, by an error, or because nobody reads its output
 * any more. What is called must not wait.
 */
export function atExit(close: () => void): void {
  process.on('exit', close)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => process.exit(EXIT.interrupted))
  // The reader has gone: there is nobody left to show anything to.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(EXIT.failure))
}
