/**
 * Preloaded into a node: appends to the file `HEAP_LOG`, each second, a line of JSON with what is used on the heap of the
 * main thread, on those of its load threads, and outside of the main thread's heap for it (buffers, mostly), in bytes.
 * On SIGUSR2, a line with what a full collection leaves on the main thread's heap.
 */

import { appendFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Worker } from 'node:worker_threads'

const { HEAP_LOG: file } = process.env

/** A line of the log, of a second. */
export interface HeapSample {
  readonly main: number
  readonly load: number
  readonly outside: number
}

/** One that was asked for. */
export interface CollectedSample {
  /** What is reachable on the heap of the main thread. */
  readonly kept: number
}

if (file !== undefined && file !== '') {
  const loadThreads = new Set<Worker>()
  // Flags of the node are not for its threads, so nothing is preloaded into those: they are asked from here.
  process.on('worker', (worker: Worker) => {
    if (worker.threadName?.startsWith('load-') !== true) return
    loadThreads.add(worker)
    worker.once('exit', () => loadThreads.delete(worker))
  })
  const log = async (): Promise<void> => {
    const statistics = await Promise.all([...loadThreads].map((worker) => worker.getHeapStatistics()))
    const load = statistics.reduce((sum, { used_heap_size }) => sum + used_heap_size, 0)
    const { heapUsed, external } = process.memoryUsage()
    const sample: HeapSample = { main: heapUsed, load, outside: external }
    appendFileSync(file, `${JSON.stringify(sample)}\n`)
  }
  process.on('SIGUSR2', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    collect()
    const sample: CollectedSample = { kept: process.memoryUsage().heapUsed }
    appendFileSync(file, `${JSON.stringify(sample)}\n`)
  })
  // A thread that has just ended cannot be asked any more: that second is left out.
  setInterval(() => void log().catch(() => {}), 1000).unref()
}
