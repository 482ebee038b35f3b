/**
 * Loaded by mocha before all tests. Hundreds of processes and threads are started by them, which compile the same
 * modules; kept in `node_modules/.cache`, that is done once, and each is up in half the time. Where coverage is measured
 * nothing is kept: it is less exact for functions that were not compiled anew.
 */

import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

if (process.env.NODE_V8_COVERAGE === undefined) {
  // Processes and threads that are started from here inherit it.
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../node_modules/.cache/node')
  enableCompileCache(process.env.NODE_COMPILE_CACHE)
}
