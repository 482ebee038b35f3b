/** What fresh histories have found of runs of many nodes, each as small as it gets. */

import { holds, NONE } from './holds.ts'

describe('simulated aggregated runs, where fresh histories have found them to fail', () => {
  it('keeps what was measured when the owner, its keepers and the coordinator leave one right after the other', () => {
    holds({
      seed: 400393,
      slotCount: 24,
      hosts: [
        { bootsAt: 3, capacity: 2 },
        { bootsAt: 18, capacity: 2 },
        NONE,
        NONE,
        NONE,
        NONE,
        NONE,
        { bootsAt: 907, capacity: 2 },
        { bootsAt: 1918, capacity: 3 },
        NONE,
        { bootsAt: 344, capacity: 2 },
      ],
      runs: [{ at: 5623, host: 1, durationMs: 1235, rate: 20, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 17204, kind: 'leave', host: 8 },
        { at: 17505, kind: 'leave', host: 7 },
        { at: 17642, kind: 'leave', host: 1 },
      ],
      healAt: 19193,
      aggregateAbove: 4,
      asks: [
        { at: 16440, host: 1, run: 1, ms: 1929 },
        { at: 6704, host: 7, run: 0, ms: 0 },
        { at: 6806, host: 7, run: 1, ms: 4236 },
      ],
    })
  })

  it('keeps what was measured when only a node stays that came after the run', () => {
    holds({
      seed: 401418,
      slotCount: 7,
      hosts: [
        { bootsAt: 1618 },
        NONE,
        { bootsAt: 2453, capacity: 4 },
        NONE,
        { bootsAt: 1400, capacity: 3 },
        NONE,
        { bootsAt: 10149, capacity: 2 },
      ],
      runs: [
        {
          at: 5579,
          host: 2,
          durationMs: 1750,
          rate: 50,
          onNodeLoss: 'abort',
          shares: 'equal',
          setup: true,
          teardown: true,
        },
      ],
      faults: [
        { at: 13172, kind: 'leave', host: 2 },
        { at: 13277, kind: 'leave', host: 0 },
        { at: 13399, kind: 'leave', host: 4 },
      ],
      healAt: 19053,
      aggregateAbove: 2,
      asks: [{ at: 19000, host: 1, run: 0, ms: 0 }],
    })
  })
})
