/** One node on a virtual clock that holds a whole run. */

import assert from 'node:assert/strict'
import { seededRandom } from '../../../src/base/random.ts'
import type { Suite } from '../../../src/suite/spec.ts'
import { slotsFrom } from './suites.ts'
import { type Execution, VirtualNode, VirtualTime } from './virtual-node.ts'

const START_AFTER = 100

export interface World {
  readonly time: VirtualTime
  readonly executions: Execution[]
  readonly node: VirtualNode
  /** Advances to a run time. */
  readonly to: (run: number) => Promise<void>
  readonly startAt: number
}

/** One node that holds everything and has a lease for the whole run. */
export async function world(
  suite: Suite,
  more: { threads?: number; takes?: number; slotCount?: number; lease?: number } = {},
): Promise<World> {
  const { threads = 1, slotCount = 8, lease = Number.POSITIVE_INFINITY } = more
  const time = new VirtualTime()
  const executions: Execution[] = []
  const takes = more.takes === undefined ? {} : { takes: more.takes }
  const random = seededRandom(1)
  const node = new VirtualNode({ name: 'a', time, random, suite, slotCount, threads, executions, ...takes })
  const prepared = node.run.prepare()
  await time.advanceTo(time.now + 10, [node])
  await prepared
  const assigned = node.assign(1, slotsFrom(slotCount), 0)
  await time.advanceTo(time.now + 20, [node])
  assert.equal(await assigned, 0)
  const startAt = time.now + START_AFTER
  node.run.lease(startAt + lease)
  node.run.start(startAt)
  return { time, executions, node, startAt, to: (run) => time.advanceTo(startAt + run, [node]) }
}
