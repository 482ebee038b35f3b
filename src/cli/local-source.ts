/** Follows a run on a node in this process. */

import type { NodePort, RunStreamItem } from '../api/node-port.ts'
import { VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'
import type { RunSource } from './run-source.ts'

/** @param stopReason what the run's document will say when it is stopped from here */
export function localSource(node: NodePort, stopReason: string): RunSource {
  return {
    follow: (runId, signal) => follow(node, runId, signal),
    report: async (runId) => {
      const report = await node.report(runId)
      if (report === undefined) throw new VajraError('RUN_UNKNOWN', `node ${node.name} does not know the run ${runId}`)
      return report
    },
    stop: async (runId) => {
      await node.stop(runId, stopReason)
    },
  }
}

async function* follow(node: NodePort, runId: RunId, signal: AbortSignal): AsyncGenerator<RunStreamItem> {
  let waiting: RunStreamItem[] = []
  let wake = () => {}
  const unsubscribe = node.subscribe(runId, (item) => {
    // Of live totals only the newest counts: a slow terminal shows fewer of them.
    if (item.type === 'live') waiting = waiting.filter((other) => other.type !== 'live')
    waiting.push(item)
    wake()
  })
  const onAbort = () => wake()
  signal.addEventListener('abort', onAbort)
  try {
    while (!signal.aborted) {
      const item = waiting.shift()
      if (item !== undefined) {
        yield item
        if (item.type === 'end') return
        continue
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        if (waiting.length > 0 || signal.aborted) resolve()
      })
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    unsubscribe()
  }
}
