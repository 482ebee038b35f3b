/** What fresh histories have found in elections, each as small as it gets. */

import assert from 'node:assert/strict'
import { holds, NONE } from './holds.ts'
import { runIdOf } from './plan.ts'

describe('simulated elections, where fresh histories have found them to fail', () => {
  it('elects anew when a newer term is left whose coordinator is there and has given its office up', () => {
    holds({
      seed: 2100001202,
      slotCount: 7,
      hosts: [
        { bootsAt: 936, capacity: 3 },
        { bootsAt: 3080, capacity: 4 },
        { bootsAt: 3935 },
        { bootsAt: 3055, capacity: 4 },
        { bootsAt: 2127 },
        NONE,
      ],
      runs: [{ at: 2898, host: 4, durationMs: 5000, rate: 97, onNodeLoss: 'abort', shares: 'weighted' }],
      faults: [
        { at: 2181, kind: 'partition', left: [1, 2, 3], ms: 3439 },
        { at: 3185, kind: 'stall', host: 0, ms: 15826 },
        { at: 5424, kind: 'kill', host: 3, power: false, disk: 'lost' },
        { at: 5899, kind: 'partition', left: [1, 2, 3], ms: 3264 },
        {
          at: 8824,
          kind: 'link',
          from: 1,
          to: null,
          quality: {
            loss: 0,
            minDelayMs: 0.1,
            maxDelayMs: 32,
            duplicate: 0.18668902488425373,
            reorder: 0.06470764442346989,
          },
          ms: 196,
        },
        { at: 8897, kind: 'restart', host: 3 },
        { at: 9042, kind: 'pause', host: 1, ms: 5593 },
      ],
      healAt: 16032,
    })
  })

  it('votes against no coordinator just heard, though one of an older term is heard too', () => {
    holds({
      seed: 77001616,
      slotCount: 24,
      hosts: [
        { bootsAt: 1374, capacity: 3, priority: 2, driftPpm: 472, offsetMs: 690547, wallOffsetMs: 59327 },
        { bootsAt: 1519 },
        { bootsAt: 2230, capacity: 3 },
        { bootsAt: 148 },
        { bootsAt: 656, capacity: 1 },
        { bootsAt: 8646, capacity: 3 },
      ],
      runs: [{ at: 3038, host: 1, durationMs: 1750, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 1884, kind: 'partition', left: [1, 3], ms: 13001 },
        { at: 11827, kind: 'partition', left: [0, 1, 2], ms: 3578 },
        { at: 15483, kind: 'partition', left: [0, 1, 2], ms: 436 },
      ],
      healAt: 20579,
    })
  })

  it('elects without the voters of a run that nobody here may vote on, when another run waits', () => {
    const { world } = holds({
      seed: 3000009427,
      slotCount: 12,
      hosts: [
        { bootsAt: 1260, capacity: 3, driftPpm: -7, offsetMs: 234099, wallOffsetMs: 7127824 },
        { bootsAt: 1905, driftPpm: 18, offsetMs: 74708282715, wallOffsetMs: -4288349 },
        { bootsAt: 6717, capacity: 3, driftPpm: -872, offsetMs: 925208, wallOffsetMs: -19155 },
      ],
      quality: { loss: 0, minDelayMs: 5, maxDelayMs: 57, duplicate: 0.2209529348881915, reorder: 0.1242702852236107 },
      runs: [
        { at: 4067, host: 0, durationMs: 8000, rate: 50, onNodeLoss: 'abort', shares: 'equal' },
        { at: 7365, host: 1, durationMs: 7000, rate: 97, onNodeLoss: 'redistribute', shares: 'equal' },
      ],
      faults: [
        { at: 6605, kind: 'mute', host: 1, ms: 7786 },
        { at: 6643, kind: 'kill', host: 1, power: false, disk: 'kept' },
        { at: 10341, kind: 'kill', host: 0, power: false, disk: 'kept' },
      ],
      healAt: 19565,
    })
    const run = (index: number) => world.survivors()[0]!.state.runs.get(runIdOf(index))
    assert.equal(run(0)?.dormant, true)
    assert.equal(run(1)?.table?.phase, 'completed')
  })

  it('takes nobody for alive whose last words come after the proof of its death', () => {
    holds({
      seed: 4003004514,
      slotCount: 24,
      hosts: [
        { bootsAt: 981 },
        { bootsAt: 465, capacity: 4 },
        { bootsAt: 94, capacity: 3 },
        { bootsAt: 204, capacity: 3 },
      ],
      quality: { loss: 0.05744071273365989, minDelayMs: 17, maxDelayMs: 22, duplicate: 0, reorder: 0 },
      runs: [{ at: 1499, host: 1, durationMs: 1500, rate: 20, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        {
          at: 3023,
          kind: 'link',
          from: 1,
          to: null,
          quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 172, duplicate: 0.039943375065922736, reorder: 0 },
          ms: 1896,
        },
        { at: 3133, kind: 'stall', host: 2, ms: 1153 },
        { at: 4374, kind: 'kill', host: 1, power: false, disk: 'kept' },
      ],
      healAt: 14529,
    })
  })

  it('has nobody take care of a half whose coordinator has just been heard', () => {
    holds({
      seed: 4003020737,
      slotCount: 24,
      hosts: [
        { bootsAt: 1001 },
        { bootsAt: 749 },
        { bootsAt: 549, capacity: 4, driftPpm: 38, offsetMs: 950869, wallOffsetMs: -3437 },
        { bootsAt: 672, capacity: 4 },
        { bootsAt: 220, capacity: 3 },
        { bootsAt: 13710, priority: 3, driftPpm: -6, offsetMs: 12637648499, wallOffsetMs: -43567 },
        NONE,
        { bootsAt: 13663, capacity: 4 },
        NONE,
        NONE,
      ],
      quality: {
        loss: 0.07581128035672009,
        minDelayMs: 0.1,
        maxDelayMs: 9,
        duplicate: 0.19911494439002125,
        reorder: 0,
      },
      runs: [{ at: 3613, host: 2, durationMs: 9708, rate: 20, onNodeLoss: 'abort', shares: 'equal' }],
      faults: [
        { at: 12168, kind: 'partition', left: [0, 3, 4], ms: 9493 },
        { at: 14910, kind: 'kill', host: 0, power: false, disk: 'kept' },
        { at: 22144, kind: 'restart', host: 0 },
      ],
      healAt: 26526,
    })
  })

  it('lets a node vote for the newest coordinator it hears, whoever else it hears just before', () => {
    holds({
      seed: 5000000378,
      slotCount: 24,
      hosts: [
        { bootsAt: 33, capacity: 2 },
        NONE,
        NONE,
        NONE,
        { bootsAt: 449, capacity: 3 },
        NONE,
        NONE,
        { bootsAt: 632, capacity: 3 },
        { bootsAt: 1217, capacity: 4 },
        { bootsAt: 8040, capacity: 3, priority: 3, driftPpm: -11, offsetMs: 580211, wallOffsetMs: 8633 },
        NONE,
        { bootsAt: 8133, capacity: 1 },
        { bootsAt: 8240, capacity: 3 },
      ],
      quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 3, duplicate: 0, reorder: 0 },
      runs: [{ at: 1838, host: 8, durationMs: 4000, rate: 20, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 1486, kind: 'partition', left: [3, 4, 5, 6], ms: 6745 },
        { at: 6062, kind: 'partition', left: [0, 1, 3, 6, 8], ms: 3725 },
      ],
      healAt: 10983,
    })
  })

  it('keeps a node from following an older coordinator while it waits for a newer one', () => {
    holds({
      seed: 5100017629,
      slotCount: 12,
      hosts: [
        NONE,
        { bootsAt: 66, capacity: 3 },
        { bootsAt: 16, capacity: 4 },
        { bootsAt: 8, capacity: 1 },
        { bootsAt: 62, capacity: 3 },
        { bootsAt: 1 },
      ],
      quality: {
        loss: 0.03416569260880351,
        minDelayMs: 12,
        maxDelayMs: 43,
        duplicate: 0,
        reorder: 0.09806426970753819,
      },
      runs: [{ at: 1661, host: 3, durationMs: 1125, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [],
      healAt: 15012,
    })
  })

  it('elects one of those who are all on their way out', () => {
    holds({
      seed: 5300003654,
      slotCount: 7,
      hosts: [{ bootsAt: 4 }, { bootsAt: 402 }, { bootsAt: 166, capacity: 3 }],
      quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 3, duplicate: 0, reorder: 0 },
      runs: [
        { at: 4152, host: 1, durationMs: 1750, rate: 97, onNodeLoss: 'redistribute', shares: 'equal' },
        { at: 581, host: 1, durationMs: 1500, rate: 20, onNodeLoss: 'abort', shares: 'equal' },
      ],
      faults: [
        { at: 3920, kind: 'leave', host: 2 },
        { at: 4466, kind: 'leave', host: 0 },
        { at: 4467, kind: 'leave', host: 1 },
      ],
      healAt: 14202,
    })
  })
})
