/** What fresh histories have found in what load threads are told and when, each as small as it gets. */

import { holds } from './holds.ts'

describe('simulated load threads, where fresh histories have found them to fail', () => {
  it('take what they are told in order, when a pause comes between', () => {
    holds({
      seed: 1640002658,
      slotCount: 24,
      hosts: [
        { bootsAt: 162 },
        { bootsAt: 360, capacity: 3 },
        { bootsAt: 694 },
        { bootsAt: 598, priority: 2, driftPpm: -1000, offsetMs: 127372, wallOffsetMs: 26787 },
        { bootsAt: 1020, capacity: 3 },
      ],
      runs: [{ at: 3470, host: 2, durationMs: 1622, rate: 20, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 3111, kind: 'slow', host: 4, pace: { gapMs: 335, applyMs: 3093, prepareMs: 3838 }, ms: 9394 },
        { at: 3449, kind: 'partition', left: [0, 1, 2, 3], ms: 1839 },
        { at: 5422, kind: 'partition', left: [0, 1], ms: 3621 },
        { at: 7537, kind: 'leave', host: 2 },
        { at: 9676, kind: 'pause', host: 4, ms: 4859 },
      ],
      healAt: 12510,
    })
  })
})
