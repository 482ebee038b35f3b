/**
 * Preloaded into a node and so into each of its threads: appends to the file `HEAP_LOG` what the thread's heap holds,
 * each second, as `thread heapUsed external` in bytes.
 */

import { appendFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'

const { HEAP_LOG: file } = process.env

if (file !== undefined) {
  setInterval(() => {
    const { heapUsed, external } = process.memoryUsage()
    appendFileSync(file, `${threadId} ${heapUsed} ${external}\n`)
  }, 1000).unref()
}
