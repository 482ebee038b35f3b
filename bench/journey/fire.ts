/**
 * Users of a closed load that fire one scenario on a single thread, through the real executors and drivers but without
 * mesh and windows. Prints the CPU time that a request took, in microseconds, once it has run warm.
 *
 *     node bench/journey/fire.ts SUITE.json SETTLE_SECONDS SECONDS
 */

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseSuite } from '../../src/suite/parse.ts'
import { workOf } from '../../src/worker/scenario-work.ts'
import { fireAsUsers } from '../support/user-loop.ts'

const [file = '', settle = '2', seconds = '3'] = process.argv.slice(2)
const parsed = parseSuite({ text: readFileSync(file, 'utf8'), format: 'json' })
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))

const { journey, windows } = await fireAsUsers(parsed.suite, workOf)

/** Requests that were answered since the last call. @throws Error where one has failed */
function answered(): number {
  // Where there are steps, the last window is of whole iterations.
  const requests = journey === null ? windows : windows.slice(0, -1)
  for (const { recorder } of windows.slice(requests.length)) recorder.take(0)
  let count = 0
  for (const { recorder } of requests) {
    const window = recorder.take(0)
    if (window === null) continue
    if (window.counts.failed > 0) throw new Error(JSON.stringify(window.errors))
    count += window.counts.succeeded
  }
  return count
}

await sleep(Number(settle) * 1000)
answered()
const before = process.cpuUsage()
await sleep(Number(seconds) * 1000)
const { user, system } = process.cpuUsage(before)
const requests = answered()
console.log(JSON.stringify({ micros: (user + system) / requests, requests }))
process.exit(0)
