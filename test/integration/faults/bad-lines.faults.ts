/** Bad lines between all nodes: packets that are lost, and words that take their time. */

import assert from 'node:assert/strict'
import { describeFault, type Field } from './support/fault-case.ts'

const RATE = 300
const SECONDS = 15
const FROM = 3500
const UNTIL = 12_000

/** A node that seems lost for a while is a silent loss. */
const SILENT_LOSS_MS = 5000

/** One way from any node to any other, in milliseconds. */
const SLOW_MS = 200

function delayAll(field: Field, ms: number): void {
  for (const relay of field.cluster.relays) relay.delayMs = ms
}

describeFault('5 % of all packets lost', {
  nodes: ['a', 'b', 'c'],
  rate: RATE,
  seconds: SECONDS,
  async faults(field) {
    const from = await field.at(FROM)
    await field.network.lose(0.05)
    const until = await field.at(UNTIL)
    await field.network.heal()
    field.promise({ what: 'losses', from, until, withinMs: SILENT_LOSS_MS })
    field.promise({ what: 'healed', from: until, until: SECONDS * 1000, withinMs: 0 })
  },
})

describeFault(
  `${SLOW_MS} ms from any node to any other`,
  {
    nodes: ['a', 'b', 'c'],
    rate: RATE,
    seconds: SECONDS,
    prepare: (field) => field.cluster.relay(),
    async faults(field) {
      const from = await field.at(FROM)
      delayAll(field, SLOW_MS)
      const until = await field.at(UNTIL)
      delayAll(field, 0)
      field.promise({ what: 'slow', from, until, withinMs: 0 })
      field.promise({ what: 'quick again', from: until, until: SECONDS * 1000, withinMs: 0 })
    },
  },
  (outcome) => {
    it('goes through the relays', () => {
      // Two nodes share one connection: the relay of whoever was dialled carries it, and one may be dialled by nobody.
      const used = outcome().field.cluster.relays.filter(({ longestMs }) => longestMs > 0)
      assert.ok(used.length > 0, 'nothing went through a relay')
      for (const { longestMs } of used) assert.ok(longestMs >= SLOW_MS, `${longestMs} ms`)
    })
  },
)

describeFault(`the coordinator killed, ${SLOW_MS} ms from any node to any other`, {
  nodes: ['a', 'b', 'c'],
  rate: RATE,
  seconds: SECONDS,
  prepare: (field) => field.cluster.relay(),
  async faults(field) {
    await field.at(FROM)
    delayAll(field, SLOW_MS)
    const from = await field.at(FROM + 2000)
    // The relay in its place still accepts connections, so nothing proves it gone.
    await field.kill(field.coordinator)
    field.promise({ what: 'another takes over', from, until: SECONDS * 1000, withinMs: SILENT_LOSS_MS })
  },
})
