/** One load thread, as the main thread sees it. */

import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { FromThread, ThreadData, ToThread } from './messages.ts'

/**
 * Space for new objects of a load thread, in MB. V8 begins with less and enlarges it with what survives. Here next to
 * nothing does, so that a small space is only emptied more often, each time taking some tenths of a millisecond from
 * requests that fall due; and enlarging it goes on for as long as it is seldom emptied, minutes at some hundred requests a
 * second, in which memory grows. Isolates take it from V8's flags when they are created; the ticker's own limit is smaller
 * and holds.
 */
const NEW_SPACE_MB = 8
/** A thread that needs more is broken, and must not take the process down with it. V8 takes new objects' space thrice. */
const RESOURCE_LIMITS = {
  maxOldGenerationSizeMb: 1024,
  maxYoungGenerationSizeMb: 3 * NEW_SPACE_MB,
  stackSizeMb: 4,
}
/** How long a thread may take to clean up when it is asked to end. */
const CLOSE_MS = 2000

export interface LoadThreadOptions {
  readonly url: URL
  readonly data: ThreadData
  readonly onMessage: (message: FromThread) => void
  /** It ended without being asked to: it runs no more, and all its messages have been given out. */
  readonly onDeath: (error: Error) => void
}

export class LoadThread {
  readonly index: number
  readonly #worker: Worker
  readonly #exited: Promise<void>
  #failed = false
  #closing = false

  constructor({ url, data, onMessage, onDeath }: LoadThreadOptions) {
    this.index = data.index
    setFlagsFromString(`--min-semi-space-size=${NEW_SPACE_MB}`)
    // Flags of the parent are for the parent; what a task prints must not mix with what a command prints.
    const worker = new Worker(url, {
      workerData: data,
      transferList: [data.ticker.bell],
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
    let cause: Error | undefined
    const fail = (error: unknown): void => {
      this.#failed = true
      cause ??= error instanceof Error ? error : new Error(String(error))
    }
    worker.on('error', fail)
    worker.on('messageerror', (error) => {
      fail(error)
      void worker.terminate()
    })
    worker.on('exit', (code) => {
      fail(new Error(`the thread ended with code ${code}`))
      if (!this.#closing) onDeath(cause!)
      resolve()
    })
  }

  /** Whether it has died, or is about to. */
  get failed(): boolean {
    return this.#failed
  }

  post(message: ToThread): void {
    if (this.#failed) return
    const port = message.type === 'prepare' ? message.credentials : null
    this.#worker.postMessage(message, port === null ? [] : [port])
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
