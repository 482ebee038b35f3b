/**
 * The thread that keeps credentials, as the main thread sees it: started for the first run that needs it, ended with the
 * last, and its memory with it. Load threads speak with it over ports of their own; no value passes here.
 */

import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { VajraError } from '../base/errors.ts'
import type { RunId } from '../base/ids.ts'

/** Leads to the thread that keeps credentials; null where the run has no use for it. */
export type CredentialsLink = MessagePort | null

/** Clients of secret managers are large. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 }

export class CredentialThread {
  readonly #url: URL
  readonly #onFault: (error: VajraError) => void
  readonly #runs = new Set<RunId>()
  #worker: Worker | undefined

  /** @param onFault it ended without being asked to: what it gave out is used on and not renewed */
  constructor(url: URL, onFault: (error: VajraError) => void) {
    this.#url = url
    this.#onFault = onFault
  }

  /** A port for one load thread and one run. */
  connect(runId: RunId): MessagePort {
    this.#runs.add(runId)
    this.#worker ??= this.#start()
    const { port1, port2 } = new MessageChannel()
    this.#worker.postMessage({ runId, port: port1 }, [port1])
    return port2
  }

  /** The run is over here. */
  leave(runId: RunId): void {
    if (this.#runs.delete(runId) && this.#runs.size === 0) void this.close()
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    this.#runs.clear()
    await worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(this.#url, {
      execArgv: [],
      stdout: true,
      resourceLimits: RESOURCE_LIMITS,
      name: 'credentials',
    })
    worker.stdout.on('data', (chunk: Buffer) => process.stderr.write(chunk))
    worker.on('error', (cause) => {
      if (this.#worker !== worker) return
      this.#worker = undefined
      const why = cause instanceof Error ? cause.message : String(cause)
      const message = `the thread that keeps credentials died: ${why}`
      this.#onFault(
        new VajraError('WORKER_CRASHED', message, { hint: 'tokens are not renewed until the next run', cause }),
      )
    })
    return worker
  }
}
