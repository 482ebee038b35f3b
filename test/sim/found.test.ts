/** What fresh histories have found and what is mended since, each as small as it gets. */

import { holds } from './holds.ts'

/** A host that never has a node: it keeps the others' numbers, and so the network's randomness, as they were. */
const NONE = { bootsAt: null } as const

describe('simulated mesh, where fresh histories have found it to fail', () => {
  it('takes over a run that others plan, when it comes to know of it with a newer term', () => {
    holds({
      seed: 1842110386,
      slotCount: 7,
      hosts: [
        NONE,
        NONE,
        { bootsAt: 618, capacity: 1 },
        NONE,
        NONE,
        { bootsAt: 24 },
        NONE,
        { bootsAt: 30, capacity: 1 },
        { bootsAt: 609, capacity: 3 },
        NONE,
        NONE,
        { bootsAt: 7041, capacity: 4 },
      ],
      runs: [{ at: 1439, host: 8, durationMs: 1073, rate: 50, onNodeLoss: 'abort', shares: 'equal' }],
      faults: [{ at: 977, kind: 'partition', left: [1, 2, 3, 4, 5, 7, 10], ms: 7413 }],
      healAt: 14014,
    })
  })

  it('goes on with what was planned when its majority has gone, and a newcomer is elected without it', () => {
    holds({
      seed: 13001182,
      slotCount: 7,
      hosts: [
        { bootsAt: 121, priority: 3, driftPpm: -14, offsetMs: 519402, wallOffsetMs: 57316 },
        { bootsAt: 1085, capacity: 3 },
        NONE,
        { bootsAt: 319, capacity: 1, priority: 2, driftPpm: -12, offsetMs: 526932, wallOffsetMs: -33519 },
        { bootsAt: 960, capacity: 4 },
        { bootsAt: 1243, capacity: 4 },
      ],
      quality: { loss: 0, minDelayMs: 12, maxDelayMs: 12, duplicate: 0, reorder: 0 },
      runs: [{ at: 2443, host: 4, durationMs: 1000, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 2024, kind: 'partition', left: [2, 4, 5], ms: 2810 },
        { at: 4586, kind: 'partition', left: [1, 5], ms: 9841 },
        { at: 8342, kind: 'leave', host: 0 },
        { at: 9305, kind: 'partition', left: [0, 4], ms: 6791 },
        { at: 9511, kind: 'leave', host: 5 },
        { at: 11762, kind: 'restart', host: 5 },
      ],
      healAt: 14927,
    })
  })
})
