/** The ticker thread, as the main thread sees it. */

import { Worker } from 'node:worker_threads'
import { TickerCells } from './ticker-cells.ts'

/** It holds next to nothing. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 }

export class Ticker {
  /** To be given to the load threads. */
  readonly memory: SharedArrayBuffer
  readonly #url: URL
  readonly #onDeath: (error: Error) => void
  #worker: Worker | undefined
  #closing = false

  /** @param onDeath it ended without being asked to */
  constructor(url: URL, threads: number, onDeath: (error: Error) => void) {
    this.memory = new SharedArrayBuffer(TickerCells.bytes(threads))
    this.#url = url
    this.#onDeath = onDeath
  }

  /** Until then the load threads' alarms ring by their own timers. Once is enough. */
  start(): void {
    if (this.#worker !== undefined || this.#closing) return
    this.#worker = new Worker(this.#url, {
      workerData: this.memory,
      execArgv: [],
      resourceLimits: RESOURCE_LIMITS,
      name: 'ticker',
    })
    this.#worker.on('error', (error) => {
      if (!this.#closing) this.#onDeath(error instanceof Error ? error : new Error(String(error)))
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#worker?.terminate()
  }
}
