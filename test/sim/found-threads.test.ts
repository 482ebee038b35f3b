/** What fresh histories have found in what load threads are told and when, each as small as it gets. */

import assert from 'node:assert/strict'
import { holds, NONE } from './holds.ts'
import { runIdOf } from './plan.ts'

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

  it('take on nothing that a coordinator grants itself before a majority knows', () => {
    holds({
      seed: 1940001962,
      slotCount: 7,
      hosts: [
        NONE,
        NONE,
        { bootsAt: 0, capacity: 1 },
        NONE,
        { bootsAt: 36, capacity: 3 },
        NONE,
        { bootsAt: 114, capacity: 4 },
        NONE,
      ],
      runs: [{ at: 1707, host: 5, durationMs: 9696, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 2258, kind: 'pause', host: 2, ms: 2687 },
        { at: 4353, kind: 'partition', left: [0, 1, 3, 4], ms: 6323 },
      ],
      healAt: 17506,
    })
  })

  it('let go of nothing that a coordinator takes from itself before a majority knows', () => {
    holds({
      seed: 3000002416,
      slotCount: 24,
      hosts: [
        { bootsAt: 4519, capacity: 4 },
        { bootsAt: 2758 },
        { bootsAt: 182, capacity: 4 },
        { bootsAt: 3683, capacity: 3 },
        { bootsAt: 4326, capacity: 3 },
        { bootsAt: 2519 },
        { bootsAt: 882, capacity: 1, priority: 2, driftPpm: 1000, offsetMs: 537346, wallOffsetMs: -54566 },
        NONE,
      ],
      quality: { loss: 0.0509267939440906, minDelayMs: 16, maxDelayMs: 26, duplicate: 0, reorder: 0.2498621245846152 },
      runs: [
        { at: 3268, host: 1, durationMs: 6940, rate: 50, onNodeLoss: 'abort', shares: 'equal' },
        { at: 6086, host: 1, durationMs: 2500, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' },
      ],
      faults: [
        { at: 9185, kind: 'partition', left: [0, 1, 2, 4, 5], ms: 3930 },
        { at: 12277, kind: 'mute', host: 1, ms: 334 },
        { at: 12473, kind: 'kill', host: 1, power: false, disk: 'kept' },
      ],
      healAt: 15759,
    })
  })

  it('are followed where they stopped, though their node is not heard when their slots move on', () => {
    holds({
      seed: 4001007167,
      slotCount: 7,
      hosts: [
        { bootsAt: 430, capacity: 3 },
        { bootsAt: 1450, capacity: 3 },
        { bootsAt: 1788, capacity: 3 },
        { bootsAt: 62, capacity: 1 },
        { bootsAt: 56 },
      ],
      quality: { loss: 0.05405183101538569, minDelayMs: 0.1, maxDelayMs: 53, duplicate: 0, reorder: 0 },
      runs: [{ at: 1711, host: 2, durationMs: 5000, rate: 20, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 2705, kind: 'stall', host: 4, ms: 3593 },
        { at: 5130, kind: 'partition', left: [0, 2, 4], ms: 1324 },
      ],
      healAt: 17435,
    })
  })

  it('start when the others do, though the clocks were being compared when their node stood still', () => {
    holds({
      seed: 4002022083,
      slotCount: 24,
      hosts: [
        NONE,
        { bootsAt: 1207, capacity: 1 },
        { bootsAt: 415, capacity: 1 },
        { bootsAt: 697, capacity: 4 },
        { bootsAt: 545 },
        NONE,
      ],
      quality: {
        loss: 0.06470409574918448,
        minDelayMs: 3,
        maxDelayMs: 53,
        duplicate: 0.029122129222378133,
        reorder: 0.12234455232974141,
      },
      runs: [{ at: 3642, host: 1, durationMs: 8000, rate: 20, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 3934, kind: 'mute', host: 1, ms: 238 },
        { at: 4066, kind: 'kill', host: 1, power: false, disk: 'kept' },
        { at: 4531, kind: 'stall', host: 2, ms: 8828 },
      ],
      healAt: 18386,
    })
  })

  it('start when the others do, though a later comparison of the clocks took longer than the first', () => {
    holds({
      seed: 4003015417,
      slotCount: 7,
      hosts: [
        { bootsAt: 2411, capacity: 4 },
        { bootsAt: 2611, capacity: 4 },
        { bootsAt: 2729, capacity: 1, priority: 2, driftPpm: -741, offsetMs: 211854, wallOffsetMs: -56273 },
        { bootsAt: 1125, driftPpm: 1000, offsetMs: 817190, wallOffsetMs: 17163 },
        { bootsAt: 207, capacity: 1 },
      ],
      quality: {
        loss: 0,
        minDelayMs: 8,
        maxDelayMs: 50,
        duplicate: 0.013934542494826018,
        reorder: 0.17276253481395543,
      },
      runs: [
        { at: 5988, host: 4, durationMs: 10000, rate: 97, onNodeLoss: 'redistribute', shares: 'equal' },
        { at: 8063, host: 3, durationMs: 1500, rate: 50, onNodeLoss: 'abort', shares: 'equal' },
      ],
      faults: [
        { at: 7055, kind: 'slow', host: 3, pace: { gapMs: 50, applyMs: 3388, prepareMs: 120 }, ms: 2378 },
        { at: 8299, kind: 'partition', left: [0, 3], ms: 819 },
        { at: 12224, kind: 'partition', left: [0, 3], ms: 1179 },
      ],
      healAt: 22586,
    })
  })

  it('are given nothing any more when their node is leaving, though an old word of it says otherwise', () => {
    holds({
      seed: 4004019419,
      slotCount: 24,
      hosts: [
        { bootsAt: 1781, capacity: 3 },
        { bootsAt: 48, capacity: 3, driftPpm: 1000, offsetMs: 668424, wallOffsetMs: -32073 },
        { bootsAt: 317, capacity: 3, priority: 1, driftPpm: 1000, offsetMs: 926217, wallOffsetMs: 2021 },
        { bootsAt: 1618, capacity: 1, driftPpm: -477, offsetMs: 962759, wallOffsetMs: 44044 },
      ],
      quality: { loss: 0, minDelayMs: 7, maxDelayMs: 22, duplicate: 0.29657680224627253, reorder: 0.26112740957178177 },
      runs: [
        { at: 5605, host: 1, durationMs: 5324, rate: 97, onNodeLoss: 'continue', shares: 'equal' },
        { at: 7303, host: 0, durationMs: 6890, rate: 97, onNodeLoss: 'redistribute', shares: 'equal' },
        { at: 9213, host: 0, durationMs: 8000, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' },
      ],
      faults: [
        { at: 13272, kind: 'leave', host: 3 },
        { at: 13606, kind: 'leave', host: 1 },
      ],
      healAt: 22171,
    })
  })

  it('resume nothing that lapsed because a voter of those who gave it away has gone since', () => {
    holds({
      seed: 5400006772,
      slotCount: 12,
      hosts: [
        { bootsAt: 670, capacity: 3 },
        { bootsAt: 878, capacity: 3 },
        { bootsAt: 2763, driftPpm: -22, offsetMs: 491305496078, wallOffsetMs: 3555 },
      ],
      quality: { loss: 0, minDelayMs: 17, maxDelayMs: 36, duplicate: 0, reorder: 0.2428733984241262 },
      runs: [{ at: 5395, host: 1, durationMs: 6000, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 6002, kind: 'leave', host: 2 },
        { at: 6691, kind: 'partition', left: [0, 2], ms: 5237 },
        {
          at: 6876,
          kind: 'link',
          from: null,
          to: null,
          quality: {
            loss: 0.18574210249353199,
            minDelayMs: 0.1,
            maxDelayMs: 20,
            duplicate: 0.27260049493052063,
            reorder: 0.23268924357835202,
          },
          ms: 3830,
        },
      ],
      healAt: 24790,
    })
  })

  it('start when the others do, though their node finds old words of a new coordinator when it wakes', () => {
    holds({
      seed: 7000200849,
      slotCount: 12,
      hosts: [
        { bootsAt: 1821, capacity: 4 },
        { bootsAt: 1458, capacity: 4 },
        { bootsAt: 431 },
        { bootsAt: 1133, capacity: 2 },
        { bootsAt: 3725, capacity: 3 },
        NONE,
      ],
      runs: [{ at: 5415, host: 1, durationMs: 4500, rate: 97, onNodeLoss: 'redistribute', shares: 'weighted' }],
      faults: [
        { at: 4251, kind: 'partition', left: [0, 2, 3], ms: 3382 },
        { at: 5887, kind: 'leave', host: 2 },
        { at: 7751, kind: 'partition', left: [0, 2, 3], ms: 3457 },
        { at: 11439, kind: 'partition', left: [0, 1, 2, 4], ms: 1141 },
        { at: 12369, kind: 'partition', left: [0, 2, 3], ms: 3423 },
        { at: 15311, kind: 'pause', host: 1, ms: 6295 },
      ],
      healAt: 19122,
    })
  })

  it('start on lines that are too slow to compare clocks over', () => {
    const { world } = holds({
      seed: 5,
      slotCount: 12,
      hosts: [{ bootsAt: 10 }, { bootsAt: 200, offsetMs: 5555 }, { bootsAt: 400, offsetMs: 77_777 }],
      quality: { loss: 0, minDelayMs: 520, maxDelayMs: 560, duplicate: 0, reorder: 0 },
      runs: [{ at: 9000, host: 1, durationMs: 8000, rate: 20, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [],
      healAt: 30_000,
    })
    const { members } = world.nodes[0]!.state.runs.get(runIdOf(0))!.table!
    const fired = members.filter(({ final }) => final !== null && final.lastSequence >= final.firstSequence)
    assert.ok(fired.length >= 2, JSON.stringify(members))
  })

  it('have a change put off that they heard of too late, when they had fired beyond its time', () => {
    holds({
      seed: 502724,
      slotCount: 24,
      hosts: [
        { bootsAt: 362 },
        NONE,
        { bootsAt: 195, capacity: 3 },
        { bootsAt: 156, capacity: 4 },
        { bootsAt: 401, capacity: 3 },
      ],
      runs: [
        {
          at: 2274,
          host: 2,
          durationMs: 3000,
          rate: 50,
          onNodeLoss: 'redistribute',
          shares: 'weighted',
          setup: true,
          teardown: true,
        },
      ],
      faults: [
        { at: 1753, kind: 'slow', host: 4, pace: { gapMs: 50, applyMs: 3715, prepareMs: 120 }, ms: 9777 },
        { at: 7180, kind: 'scale', host: 2, run: 0, rate: 20 },
        { at: 7375, kind: 'pause', host: 3, ms: 2157 },
      ],
      healAt: 10897,
    })
  })
})
