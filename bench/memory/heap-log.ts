/** Preloaded into a node: appends to the file `HEAP_LOG` what its main thread's heap holds, each second, in bytes. */

import { appendFileSync } from 'node:fs'

const { HEAP_LOG: file } = process.env

if (file !== undefined) {
  setInterval(() => appendFileSync(file, `${process.memoryUsage().heapUsed}\n`), 1000).unref()
}
