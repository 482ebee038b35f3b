/** The ticker thread, as the main thread sees it. */

import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { TickerLink } from './alarm.ts'
import { TickerCells } from './ticker-cells.ts'

/** It holds next to nothing. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 }

/** To the ticker: what it rings a load thread with from now on. */
export interface BellMessage {
  readonly thread: number
  readonly bell: MessagePort
}

export class Ticker {
  readonly #cells: TickerCells
  readonly #url: URL
  readonly #onDeath: (error: Error) => void
  #worker: Worker | undefined
  /** Bells made before it was started, by load thread. */
  readonly #bells = new Map<number, MessagePort>()
  #closing = false

  /** @param onDeath it ended without being asked to */
  constructor(url: URL, threads: number, onDeath: (error: Error) => void) {
    this.#cells = new TickerCells(new SharedArrayBuffer(TickerCells.bytes(threads)))
    this.#url = url
    this.#onDeath = onDeath
  }

  /** Until then the load threads' alarms ring by their own timers. Once is enough. */
  start(): void {
    if (this.#worker !== undefined || this.#closing) return
    this.#worker = new Worker(this.#url, {
      workerData: this.#cells.memory,
      execArgv: [],
      resourceLimits: RESOURCE_LIMITS,
      name: 'ticker',
    })
    this.#worker.on('error', (error) => {
      if (!this.#closing) this.#onDeath(error instanceof Error ? error : new Error(String(error)))
    })
    for (const [thread, bell] of this.#bells) this.#send(this.#worker, { thread, bell })
    this.#bells.clear()
  }

  /**
   * Makes the bell of a load thread that is about to be started; the one of its index before is not rung any more.
   *
   * @returns what the thread is to be given; the bell is to be transferred
   */
  linkOf(thread: number): TickerLink {
    const { port1: bell, port2: heard } = new MessageChannel()
    if (this.#worker !== undefined) this.#send(this.#worker, { thread, bell })
    else {
      this.#bells.get(thread)?.close()
      this.#bells.set(thread, bell)
    }
    return { memory: this.#cells.memory, bell: heard }
  }

  #send(worker: Worker, message: BellMessage): void {
    worker.postMessage(message, [message.bell])
    this.#cells.announceBell()
  }

  async close(): Promise<void> {
    this.#closing = true
    for (const bell of this.#bells.values()) bell.close()
    this.#bells.clear()
    await this.#worker?.terminate()
  }
}
