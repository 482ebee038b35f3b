/** One load thread, as the main thread sees it. */

import { Worker } from 'node:worker_threads'
import type { FromThread, ThreadData, ToThread } from './messages.ts'

/** A thread that needs more is broken, and must not take the process down with it. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 }
/** How long a thread may take to clean up when it is asked to end. */
const CLOSE_MS = 2000

export interface LoadThreadOptions {
  readonly url: URL
  readonly data: ThreadData
  readonly onMessage: (message: FromThread) => void
  /** It ended without being asked to. */
  readonly onDeath: (error: Error) => void
}

export class LoadThread {
  readonly index: number
  readonly #worker: Worker
  readonly #exited: Promise<void>
  #dead = false
  #closing = false

  constructor({ url, data, onMessage, onDeath }: LoadThreadOptions) {
    this.index = data.index
    // Flags of the parent are for the parent; what a task prints must not mix with what a command prints.
    const worker = new Worker(url, {
      workerData: data,
      execArgv: [],
      stdout: true,
      resourceLimits: RESOURCE_LIMITS,
      name: `load-${data.index}`,
    })
    this.#worker = worker
    worker.stdout.on('data', (chunk: Buffer) => process.stderr.write(chunk))
    worker.on('message', onMessage)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#exited = promise
    const die = (error: Error): void => {
      if (this.#dead) return
      this.#dead = true
      if (!this.#closing) onDeath(error)
    }
    worker.on('error', (error) => die(error instanceof Error ? error : new Error(String(error))))
    worker.on('messageerror', die)
    worker.on('exit', (code) => {
      die(new Error(`the thread ended with code ${code}`))
      resolve()
    })
  }

  post(message: ToThread): void {
    if (!this.#dead) this.#worker.postMessage(message)
  }

  /** Lets its tasks clean up, for a while, and ends it. */
  async close(): Promise<void> {
    this.#closing = true
    this.post({ type: 'close' })
    const timer = setTimeout(() => void this.#worker.terminate(), CLOSE_MS)
    await this.#exited
    clearTimeout(timer)
  }
}
