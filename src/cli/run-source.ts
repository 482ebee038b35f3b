/** Where a run is followed: over HTTP from any node of a mesh, or in this process. */

import type { RunStreamItem } from '../api/node-port.ts'
import type { RunId } from '../base/ids.ts'
import type { Report } from '../metrics/report-document.ts'

export interface RunSource {
  /**
   * What has happened and what happens; `end` is the last. Items may come again after a change of nodes.
   *
   * @throws VajraError when the run is unknown or no node answers any more
   */
  follow(runId: RunId, signal: AbortSignal): AsyncIterable<RunStreamItem>
  /** @throws VajraError */
  report(runId: RunId): Promise<Report>
  /** Asks for a graceful stop. @throws VajraError */
  stop(runId: RunId): Promise<void>
}
