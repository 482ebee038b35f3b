/**
 * Users of a closed load that fire one scenario on a single thread, through the real executors and drivers but without
 * mesh and windows. Prints the CPU time that a request took, in microseconds, once it has run warm.
 *
 *     node bench/journey/fire.ts SUITE.json SETTLE_SECONDS SECONDS
 */

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunId } from '../../src/base/ids.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import * as tasks from '../../src/tasks/registry.ts'
import { InFlight } from '../../src/worker/in-flight.ts'
import { LeaseReader, LeaseWriter } from '../../src/worker/lease-cell.ts'
import { MixTurns } from '../../src/worker/mix-turns.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { buildScenarios } from '../../src/worker/run-scenarios.ts'
import { workOf } from '../../src/worker/scenario-work.ts'

const [file = '', settle = '2', seconds = '3'] = process.argv.slice(2)
const parsed = parseSuite({ text: readFileSync(file, 'utf8'), format: 'json' })
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))

const SLOTS = 2520
const FAR_MS = 1e9
const slots = Array.from({ length: SLOTS }, (_, slot) => ({ slot, from: 0 }))
const run = { runId: 'bench' as RunId, suite: parsed.suite, slotCount: SLOTS, seed: 1, node: 'bench', bootId: 'bench' }

let wanted = false
let turning = false

/** Lets everyone go on whose time has come; again once the event loop has looked for answers. */
function turn(): void {
  wanted = false
  turning = true
  const now = monotonicNow()
  while (closed!.dueAfter(now - startAt) <= now - startAt) closed!.processNext(now, 0)
  while (journey !== null && journey.due <= now) journey.resumeNext(now, 0)
  turning = false
  if (wanted) setImmediate(turn)
}

const writer = new LeaseWriter(monotonicNow())
writer.renew(monotonicNow() + FAR_MS, monotonicNow())
const lease = new LeaseReader(writer.memory)
const shared = {
  run,
  inFlight: InFlight.create(1, 1),
  turns: MixTurns.create(1),
  lease,
  credentials: undefined,
  rows: null,
}
const [only] = buildScenarios(shared, {
  index: 0,
  tasks,
  clock: monotonicNow,
  log: () => {},
  wakeBy: () => {
    if (!wanted && !turning) setImmediate(turn)
    wanted = true
  },
  workOf,
})
const { closed, executions, journey, tasks: stepTasks, windows } = only!
for (const task of stepTasks) await task.setup()

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

const startAt = monotonicNow()
executions.startAt(startAt)
closed!.startAt(startAt)
closed!.assign({ kept: [], joined: slots, released: [] }, Number.POSITIVE_INFINITY)
turn()
await sleep(Number(settle) * 1000)
answered()
const before = process.cpuUsage()
await sleep(Number(seconds) * 1000)
const { user, system } = process.cpuUsage(before)
const requests = answered()
console.log(JSON.stringify({ micros: (user + system) / requests, requests }))
process.exit(0)
