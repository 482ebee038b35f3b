/** Bad lines between all nodes: packets that are lost, and words that take their time. */

import assert from 'node:assert/strict'
import { describeFault } from './support/fault-case.ts'

const RATE = 300
const SECONDS = 15
const FROM = 3500
const UNTIL = 12_000

/** A node that seems lost for a while is a silent loss. */
const SILENT_LOSS_MS = 5000

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
  '200 ms from any node to any other',
  {
    nodes: ['a', 'b', 'c'],
    rate: RATE,
    seconds: SECONDS,
    prepare: (field) => field.cluster.relay(),
    async faults(field) {
      const delay = (ms: number): void => {
        for (const relay of field.cluster.relays) relay.delayMs = ms
      }
      const from = await field.at(FROM)
      delay(200)
      const until = await field.at(UNTIL)
      delay(0)
      field.promise({ what: 'slow', from, until, withinMs: 0 })
      field.promise({ what: 'quick again', from: until, until: SECONDS * 1000, withinMs: 0 })
    },
  },
  (outcome) => {
    it('goes through the relays', () => {
      for (const { longestMs } of outcome().field.cluster.relays) assert.ok(longestMs >= 200, `${longestMs} ms`)
    })
  },
)
