/**
 * The hot path and nothing else: users of a closed load that fire, are recorded and fire again. No thread, no core, no
 * lease, no mesh, and no window is ever closed.
 *
 *     node bench/overhead/bare-loop.ts URL USERS SECONDS
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { RunId } from '../../src/base/ids.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import * as tasks from '../../src/tasks/registry.ts'
import { InFlight } from '../../src/worker/in-flight.ts'
import { LeaseReader, LeaseWriter } from '../../src/worker/lease-cell.ts'
import { MixTurns } from '../../src/worker/mix-turns.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { buildScenarios } from '../../src/worker/run-scenarios.ts'

const [url = '', users = '64', seconds = '5'] = process.argv.slice(2)
const load = { users: Number(users), duration: `${seconds}s` }
const parsed = parseSuite({
  text: JSON.stringify({ name: 'bare', scenarios: [{ name: 'only', load, http: url }] }),
  format: 'json',
})
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))

const SLOTS = 2520
const slots = Array.from({ length: SLOTS }, (_, slot) => ({ slot, from: 0 }))
const run = { runId: 'bare' as RunId, suite: parsed.suite, slotCount: SLOTS, seed: 1, node: 'bare', bootId: 'bare' }

let wanted = false
let turning = false

/** Lets every user go on whose time has come; again once the event loop has looked for answers. */
function turn(): void {
  wanted = false
  turning = true
  const now = monotonicNow()
  while (closed!.dueAfter(now - startAt) <= now - startAt) closed!.processNext(now, 0)
  turning = false
  if (wanted) setImmediate(turn)
}

const lease = new LeaseReader(new LeaseWriter(monotonicNow()).memory)
const shared = {
  run,
  inFlight: InFlight.create(1, 1),
  turns: MixTurns.create(1),
  rows: null,
  lease,
  credentials: undefined,
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
})
const { closed, executions, tasks: stepTasks } = only!
await stepTasks[0]!.setup()
const startAt = monotonicNow()
executions.startAt(startAt)
closed!.startAt(startAt)
closed!.assign({ kept: [], joined: slots, released: [] }, Number.POSITIVE_INFINITY)
turn()
await sleep(Number(seconds) * 1000)
process.exit(0)
