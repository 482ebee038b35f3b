/** Processes that are killed (SIGKILL): one after the other, and nearly all at once. */

import assert from 'node:assert/strict'
import { getJson, until } from '../../../examples/support/asking.ts'
import type { ClusterNode } from '../../../examples/support/cluster.ts'
import type { NodesDocument } from '../../../src/api/node-port.ts'
import { describeFault, type Field } from './support/fault-case.ts'

const RATE = 300
const SECONDS = 12
const KILLED = 4200

/** The share of a node whose process is gone is fired by others within this time. */
const CRASH_MS = 2000

/** The coordinator on which all that are left agree. */
async function successor(field: Field): Promise<ClusterNode> {
  let name: string | null = null
  await until('a successor', 10_000, async () => {
    const documents = await Promise.all(
      field.cluster.alive().map(({ http }) => getJson<NodesDocument>(`${http}/v1/nodes`)),
    )
    const names = new Set(documents.map(({ coordinator }) => coordinator))
    ;[name = null] = names
    return names.size === 1 && name !== null && !field.killed.has(name)
  })
  return field.cluster.node(name ?? '')
}

describeFault(
  'the coordinator killed, and its successor',
  {
    nodes: ['a', 'b', 'c', 'd', 'e'],
    rate: RATE,
    seconds: SECONDS,
    async faults(field) {
      const first = await field.at(KILLED)
      await field.kill(field.coordinator)
      const next = await successor(field)
      const from = field.now
      await field.kill(next)
      // What the successor had to bring back waits for the next one.
      field.promise({ what: 'from the first', from: first, until: SECONDS * 1000, withinMs: from - first + CRASH_MS })
      field.promise({ what: 'from the second', from, until: SECONDS * 1000, withinMs: CRASH_MS })
    },
  },
  (outcome) => {
    it('loses both, and only them', () => {
      const { report, field } = outcome()
      const lost = report.coverage.nodes.filter((node) => node.lost).map(({ node }) => node)
      assert.deepEqual(lost.sort(), [...field.killed].sort())
      assert.deepEqual([report.status, report.degraded], ['completed', true])
    })
  },
)

describeFault('all nodes but one killed', {
  nodes: ['a', 'b', 'c', 'd', 'e'],
  rate: RATE,
  seconds: SECONDS,
  async faults(field) {
    const from = await field.at(KILLED)
    // The one that is left is a follower.
    await Promise.all([field.coordinator, ...field.followers.slice(1)].map((node) => field.kill(node)))
    field.promise({ what: 'one is left', from, until: SECONDS * 1000, withinMs: CRASH_MS })
  },
})
