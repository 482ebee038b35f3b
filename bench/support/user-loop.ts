/**
 * The hot path and nothing else: the users of a closed load fire on this thread, are recorded and fire again, through the
 * real executors and drivers. No core, no mesh, no lease that ends, and no window is closed unless the caller does.
 */

import type { RunId } from '../../src/base/ids.ts'
import type { Suite } from '../../src/suite/spec.ts'
import * as tasks from '../../src/tasks/registry.ts'
import { InFlight } from '../../src/worker/in-flight.ts'
import { LeaseReader, LeaseWriter } from '../../src/worker/lease-cell.ts'
import { MixTurns } from '../../src/worker/mix-turns.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { buildScenarios, type RunScenario, type ThreadSurroundings } from '../../src/worker/run-scenarios.ts'

const SLOTS = 2520
const FAR_MS = 1e9

/**
 * Sets the only scenario of a suite up and lets its users fire, until the process ends.
 *
 * @param workOf what goes along with iterations; left out for suites that need nothing
 */
export async function fireAsUsers(suite: Suite, workOf?: ThreadSurroundings['workOf']): Promise<RunScenario> {
  const run = { runId: 'bench' as RunId, suite, slotCount: SLOTS, seed: 1, node: 'bench', bootId: 'bench' }
  const writer = new LeaseWriter(monotonicNow())
  writer.renew(monotonicNow() + FAR_MS, monotonicNow())
  const lease = new LeaseReader(writer.memory)
  const turns = MixTurns.create(1)
  const shared = { run, inFlight: InFlight.create(1, 1), turns, lease, credentials: undefined, rows: null }
  let wanted = false
  let turning = false
  const [only] = buildScenarios(shared, {
    index: 0,
    tasks,
    clock: monotonicNow,
    log: () => {},
    wakeBy: () => {
      if (!wanted && !turning) setImmediate(turn)
      wanted = true
    },
    ...(workOf !== undefined && { workOf }),
  })
  const { closed, executions, journey, tasks: stepTasks } = only!
  for (const task of stepTasks) await task.setup()
  const startAt = monotonicNow()

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

  executions.startAt(startAt)
  closed!.startAt(startAt)
  const joined = Array.from({ length: SLOTS }, (_, slot) => ({ slot, from: 0 }))
  closed!.assign({ kept: [], joined, released: [] }, Number.POSITIVE_INFINITY)
  turn()
  return only!
}
