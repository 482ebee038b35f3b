/** Processes that stand still for ten seconds and go on (SIGSTOP, SIGCONT), as on a machine that was suspended. */

import assert from 'node:assert/strict'
import type { ClusterNode } from '../../../examples/support/cluster.ts'
import { describeFault } from './support/fault-case.ts'

const RATE = 300
const SECONDS = 18
const STOPPED = 3300
const CONTINUED = 13_300

/** A silent node's share is fired by others within this time. */
const SILENT_LOSS_MS = 5000

for (const [title, coordinates] of [
  ['a node stopped for 10 s', false],
  ['the coordinator stopped for 10 s', true],
] as const) {
  let victim: ClusterNode | undefined

  describeFault(
    title,
    {
      nodes: ['a', 'b', 'c'],
      rate: RATE,
      seconds: SECONDS,
      async faults(field) {
        victim = coordinates ? field.coordinator : field.followers[0]!
        const from = await field.at(STOPPED)
        victim.process.kill('SIGSTOP')
        const until = await field.at(CONTINUED)
        victim.process.kill('SIGCONT')
        field.promise({ what: 'stopped', from, until, withinMs: SILENT_LOSS_MS })
        field.promise({ what: 'goes on', from: until, until: SECONDS * 1000, withinMs: SILENT_LOSS_MS })
      },
    },
    (outcome) => {
      it('has it taken for lost, and taken back', () => {
        const events = outcome().report.events.filter(({ node }) => node === victim?.name)
        assert.deepEqual(
          events.map(({ kind }) => kind),
          ['node-lost', 'node-resumed'],
        )
      })
    },
  )
}
