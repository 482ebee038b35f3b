/** Has targets and credentials looked at on a thread of its own, which is ended with its answer. */

import { Worker } from 'node:worker_threads'
import { messageOf } from '../base/errors.ts'
import { processNow } from '../tasks/preflight/deadline.ts'
import type { ProbeJob, ProbeResult } from '../tasks/preflight/messages.ts'
import { PROBE_URL } from './thread-urls.ts'

/** Clients of secret managers are large. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

/**
 * @returns what was seen, or why nothing was
 */
export async function probe(job: ProbeJob): Promise<ProbeResult | { readonly problem: string }> {
  const worker = new Worker(PROBE_URL, {
    execArgv: [],
    stdout: true,
    resourceLimits: RESOURCE_LIMITS,
    name: 'pre-flight',
  })
  worker.stdout.on('data', (chunk: Buffer) => process.stderr.write(chunk))
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise((resolve) => {
      worker.once('message', resolve)
      worker.once('error', (error) => resolve({ problem: `the thread that checks has died: ${messageOf(error)}` }))
      worker.once('exit', () => resolve({ problem: 'the thread that checks has ended' }))
      timer = setTimeout(() => resolve({ problem: 'the checks were not over in time' }), job.endsAt - processNow())
      worker.postMessage(job)
    })
  } finally {
    clearTimeout(timer)
    // Not waited for: a name that is being looked up holds its thread up until the system has given up.
    void worker.terminate()
  }
}
