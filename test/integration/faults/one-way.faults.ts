/** A one-way cut: what one node sends to another is lost, what the other sends arrives, and nobody else notices. */

import { describeFault } from './support/fault-case.ts'

const RATE = 300
/**
 * Whoever was cut off is heard again up to 6.5 s after the cut has healed: its connection is in doubt 10 s after the last beat
 * that came back, up to 3 s before the cut; another is made within 1.2 s, and replaces it 2 s later.
 */
const SECONDS = 19
const CUT = 3500
const HEALED = 10_500

/** A silent node's share is fired by others within this time. */
const SILENT_LOSS_MS = 5000

for (const [title, fromCoordinator] of [
  ['one-way cut from a follower to the coordinator', false],
  ['one-way cut from the coordinator to a follower', true],
] as const) {
  describeFault(title, {
    nodes: ['a', 'b', 'c'],
    rate: RATE,
    seconds: SECONDS,
    async faults(field) {
      const ends = [field.followers[0]!.name, field.coordinator.name]
      const [from = '', to = ''] = fromCoordinator ? ends.reverse() : ends
      const cut = await field.at(CUT)
      await field.network.cut([from], [to])
      const healed = await field.at(HEALED)
      await field.network.heal()
      field.promise({ what: 'cut', from: cut, until: healed, withinMs: SILENT_LOSS_MS })
      field.promise({ what: 'healed', from: healed, until: SECONDS * 1000, withinMs: SILENT_LOSS_MS })
    },
  })
}
