/** What fresh histories have found and what is mended since, each as small as it gets. */

import { holds, NONE } from './holds.ts'

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

  it('moves no share when the load is about to end', () => {
    holds({
      seed: 1154688962,
      slotCount: 24,
      hosts: [
        { bootsAt: 53 },
        { bootsAt: 206 },
        { bootsAt: 921, capacity: 3 },
        { bootsAt: 1000, capacity: 4 },
        NONE,
        { bootsAt: 123, capacity: 3 },
        NONE,
        { bootsAt: 12741 },
        { bootsAt: 12786 },
        { bootsAt: 12700, capacity: 1 },
      ],
      quality: {
        loss: 0,
        minDelayMs: 19,
        maxDelayMs: 57,
        duplicate: 0.16307007030118256,
        reorder: 0.0667553529376164,
      },
      runs: [
        { at: 3049, host: 3, durationMs: 9000, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' },
        { at: 3967, host: 1, durationMs: 5351, rate: 50, onNodeLoss: 'redistribute', shares: 'weighted' },
        { at: 6339, host: 4, durationMs: 4000, rate: 50, onNodeLoss: 'abort', shares: 'equal' },
      ],
      faults: [],
      healAt: 15811,
    })
  })

  it('gives what was released to others only from when its holder was given up, which may not have heard of it', () => {
    holds({
      seed: 310006027,
      slotCount: 24,
      hosts: [
        { bootsAt: 48, capacity: 4 },
        { bootsAt: 12, capacity: 3, priority: 2, driftPpm: 1000, offsetMs: 584737, wallOffsetMs: 13651 },
        { bootsAt: 4486 },
        { bootsAt: 4504, capacity: 3 },
        { bootsAt: 4242 },
        { bootsAt: 4027, capacity: 4 },
      ],
      quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 19, duplicate: 0, reorder: 0.17354081498924642 },
      runs: [{ at: 1951, host: 1, durationMs: 5283, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [{ at: 5270, kind: 'partition', left: [0], ms: 2228 }],
      healAt: 13077,
    })
  })

  it('grants no lease to a node that is not in a run any more and does not know it', () => {
    holds({
      seed: 310008692,
      slotCount: 24,
      hosts: [
        { bootsAt: 1737, priority: 3, driftPpm: -423, offsetMs: 487479, wallOffsetMs: -5504872 },
        { bootsAt: 2060 },
        { bootsAt: 1896, capacity: 3 },
      ],
      runs: [{ at: 3630, host: 1, durationMs: 1500, rate: 20, onNodeLoss: 'redistribute', shares: 'weighted' }],
      faults: [{ at: 3691, kind: 'partition', left: [1, 2], ms: 4854 }],
      healAt: 15679,
    })
  })

  it('counts every arrival of a slot that was released before its holders changed their coordinator', () => {
    holds({
      seed: 710002250,
      slotCount: 7,
      hosts: [
        { bootsAt: 1740, priority: 1, driftPpm: -1000, offsetMs: 851011, wallOffsetMs: -5474 },
        { bootsAt: 1805, capacity: 3 },
        NONE,
        { bootsAt: 8776 },
        { bootsAt: 8548 },
        { bootsAt: 8660, capacity: 4 },
        { bootsAt: 8775, capacity: 3 },
      ],
      runs: [{ at: 5235, host: 0, durationMs: 7000, rate: 20, onNodeLoss: 'continue', shares: 'equal' }],
      faults: [],
      healAt: 16952,
    })
  })

  it('fires what fell due during a pause of slow threads as soon as it ends', () => {
    holds({
      seed: 2000001554,
      slotCount: 12,
      hosts: [{ bootsAt: 753, capacity: 3 }, { bootsAt: 46 }, { bootsAt: 584, capacity: 1 }, NONE, NONE, NONE, NONE],
      runs: [
        { at: 1540, host: 0, durationMs: 3000, rate: 50, onNodeLoss: 'redistribute', shares: 'weighted' },
        { at: 5145, host: 2, durationMs: 1750, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' },
      ],
      faults: [
        { at: 4991, kind: 'slow', host: 0, pace: { gapMs: 2185, applyMs: 2419, prepareMs: 120 }, ms: 2610 },
        { at: 6360, kind: 'stop', host: 2, run: 1 },
        { at: 7493, kind: 'pause', host: 0, ms: 1633 },
      ],
      healAt: 15284,
    })
  })
})
