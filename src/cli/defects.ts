/**
 * Defects that nobody caught: an exception in a timer or an event handler, a promise nobody waited for. Mostly they are
 * a library's and concern one connection; ending a node for them would cost a run. They are told of, and only a process
 * that does nothing else any more is ended.
 */

import { EXIT, messageOf } from '../base/errors.ts'
import type { Log } from '../node/options.ts'
import type { ProcessContext } from './process-context.ts'

/** So many within {@link SPAN_MS} are no accident: the process ends, and others take its load. */
export const MOST_DEFECTS = 100
const SPAN_MS = 10_000

/** Tells of every defect from here to the end of the process. */
export function surviveDefects(
  context: Pick<ProcessContext, 'onDefect' | 'exitNow'>,
  log: Log,
  now: () => number = () => performance.now(),
): void {
  let since = now()
  let count = 0
  context.onDefect((thrown) => {
    log('error', `a defect: ${messageOf(thrown)}`, thrown instanceof Error ? { stack: thrown.stack } : {})
    if (now() - since > SPAN_MS) {
      since = now()
      count = 0
    }
    if (++count >= MOST_DEFECTS) context.exitNow(EXIT.failure)
  })
}
