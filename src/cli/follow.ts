/** Follows a run to its end, with progress on the way, and tells what came of it. */

import type { RunDocument } from '../api/node-port.ts'
import { messageOf, VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { Report } from '../metrics/report-document.ts'
import type { Interrupts } from './interrupts.ts'
import type { Notices } from './notices.ts'
import type { ProcessContext } from './process-context.ts'
import { Progress } from './progress.ts'
import type { RunSource } from './run-source.ts'

export interface FollowOptions {
  readonly source: RunSource
  readonly runId: RunId
  readonly quiet: boolean
  readonly interrupts: Interrupts
  readonly notices: Notices
  /** What Ctrl-C does: stop the run, or leave it alone and only stop following. */
  readonly onInterrupt: 'stop' | 'detach'
}

export interface Followed {
  readonly report: Report
  readonly run: RunDocument
}

/**
 * @returns the run's end and report; undefined when the follower was told to leave
 * @throws VajraError when the run is unknown or no node answers any more
 */
export async function followRun(
  options: FollowOptions,
  context: Pick<ProcessContext, 'stderr'>,
): Promise<Followed | undefined> {
  const { source, runId, quiet, interrupts, notices } = options
  const progress = new Progress(context.stderr)
  notices.above = (text) => progress.note(text)
  const leaving = new AbortController()
  interrupts.onFirst = (signal) => {
    if (options.onInterrupt === 'detach') {
      leaving.abort()
      return
    }
    notices.tell(`vajra: ${signal}: stopping the run; once more to quit at once`)
    source.stop(runId).catch((thrown) => notices.tell(`vajra: cannot stop the run: ${messageOf(thrown)}`))
  }
  let run: RunDocument | undefined
  try {
    for await (const item of source.follow(runId, leaving.signal)) {
      if (!quiet) progress.show(item)
      if (item.type === 'end') run = item.data
    }
  } finally {
    progress.clear()
    notices.above = undefined
    interrupts.onFirst = undefined
  }
  if (leaving.signal.aborted) return undefined
  if (run === undefined) throw new VajraError('INTERNAL', `the events of run ${runId} ended before the run did`)
  return { run, report: await source.report(runId) }
}
