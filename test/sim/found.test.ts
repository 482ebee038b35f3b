/** What fresh histories have found and what is mended since, each as small as it gets. */

import assert from 'node:assert/strict'
import { DEFAULT_TIMING } from '../../src/coordination/timing.ts'
import { holds } from './holds.ts'
import { LOAD, others, RUN_ID, Scene } from './scene.ts'

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

  it('gives a run up whose other voters have gone unproven, where a node is left that never had a part in it', () => {
    holds({
      seed: 910001242,
      slotCount: 24,
      hosts: [
        { bootsAt: 1550, capacity: 3 },
        { bootsAt: 1299, capacity: 3 },
        { bootsAt: 397, capacity: 3 },
      ],
      runs: [{ at: 1868, host: 2, durationMs: 4500, rate: 20, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 2070, kind: 'kill', host: 0, power: false, disk: 'lost' },
        { at: 6223, kind: 'mute', host: 1, ms: 5183 },
        { at: 6258, kind: 'kill', host: 1, power: false, disk: 'kept' },
        { at: 8199, kind: 'restart', host: 0 },
        { at: 11108, kind: 'kill', host: 2, power: false, disk: 'lost' },
      ],
      healAt: 14058,
    })
  })

  it('gives a run up with half of its voters, once there is nothing left to fire', () => {
    holds({
      seed: 120008353,
      slotCount: 12,
      hosts: [{ bootsAt: 1137 }, { bootsAt: 2846 }, NONE, NONE, { bootsAt: 2709 }],
      runs: [{ at: 3448, host: 0, durationMs: 1500, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 399, kind: 'partition', left: [2, 3, 4], ms: 2656 },
        { at: 3136, kind: 'partition', left: [2, 3, 4], ms: 3484 },
        { at: 7616, kind: 'kill', host: 0, power: true, disk: 'kept' },
        { at: 9166, kind: 'kill', host: 1, power: false, disk: 'kept' },
      ],
      healAt: 14493,
    })
  })

  it('takes a run up again that was given up while its voters were out of reach', () => {
    const scene = Scene.running(4, 3)
    const { world } = scene
    const alone = scene.follower
    const heal = world.partition([alone.host], others(world, [alone]))
    world.advance(DEFAULT_TIMING.abandonMs + 20_000)
    assert.equal(alone.state.runs.get(RUN_ID)?.dormant, true)
    heal()
    scene.finish()
    assert.equal(alone.state.runs.get(RUN_ID)?.table?.phase, 'completed')
  })

  it('begins nothing by surprise when its voters are back after long', () => {
    const scene = new Scene(7)
    const { world } = scene
    const nodes = [world.addNode(), world.addNode(), world.addNode()]
    scene.expect(() => scene.isFormed(), 5000, 'one coordinator')
    const origin = nodes.find((node) => node.state.reign === null)!
    const heal = world.partition([origin.host], others(world, [origin]))
    world.submit(origin, RUN_ID, LOAD)
    world.advance(DEFAULT_TIMING.abandonMs + 20_000)
    assert.equal(origin.state.runs.get(RUN_ID)?.dormant, true)
    heal()
    world.advance(30_000)
    for (const node of nodes) {
      const run = node.state.runs.get(RUN_ID)
      assert.ok(run?.dormant && run.table === null, node.bootId)
    }
  })

  it('makes no report of a verdict that a majority does not know', () => {
    holds({
      seed: 1154690241,
      slotCount: 24,
      hosts: [
        { bootsAt: 2576, capacity: 4 },
        { bootsAt: 3898, capacity: 3 },
        NONE,
        { bootsAt: 253, capacity: 1, priority: 3, driftPpm: -456, offsetMs: 112000342226, wallOffsetMs: 19019 },
        NONE,
        NONE,
        NONE,
      ],
      runs: [{ at: 3230, host: 5, durationMs: 2517, rate: 20, onNodeLoss: 'abort', shares: 'equal' }],
      faults: [
        { at: 5281, kind: 'pause', host: 1, ms: 2192 },
        { at: 7023, kind: 'partition', left: [3, 4], ms: 6491 },
      ],
      healAt: 13514,
    })
  })

  it('ends a run whose start nobody knows who is left', () => {
    holds({
      seed: 610002211,
      slotCount: 7,
      hosts: [{ bootsAt: 2790, capacity: 4 }, NONE, { bootsAt: 1324, capacity: 4 }, NONE],
      quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 51, duplicate: 0.20491820743773131, reorder: 0 },
      runs: [{ at: 2813, host: 1, durationMs: 1250, rate: 50, onNodeLoss: 'redistribute', shares: 'weighted' }],
      faults: [{ at: 3107, kind: 'kill', host: 2, power: false, disk: 'kept' }],
      healAt: 15022,
    })
  })

  it('ends a run that a coordinator goes on with as others have ended it already', () => {
    holds({
      seed: 51215,
      slotCount: 7,
      hosts: [{ bootsAt: 2365, capacity: 4 }, { bootsAt: 879 }, { bootsAt: 4328, capacity: 3 }, { bootsAt: 13765 }],
      runs: [
        { at: 6886, host: 1, durationMs: 3000, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' },
        { at: 9119, host: 1, durationMs: 5000, rate: 50, onNodeLoss: 'redistribute', shares: 'weighted' },
        { at: 7452, host: 2, durationMs: 4633, rate: 97, onNodeLoss: 'redistribute', shares: 'equal' },
      ],
      faults: [
        { at: 5945, kind: 'kill', host: 0, power: false, disk: 'lost' },
        { at: 8643, kind: 'slow', host: 1, pace: { gapMs: 2248, applyMs: 2730, prepareMs: 864 }, ms: 4741 },
        { at: 11959, kind: 'leave', host: 2 },
      ],
      healAt: 18115,
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

  it('gives the windows of an ended run at once to who comes when those that hold them are about to go', () => {
    holds({
      seed: 4005003425,
      slotCount: 24,
      hosts: [NONE, NONE, NONE, NONE, { bootsAt: 601, capacity: 3 }, { bootsAt: 13618, capacity: 3 }],
      quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 3, duplicate: 0, reorder: 0 },
      runs: [{ at: 1316, host: 4, durationMs: 1200, rate: 20, onNodeLoss: 'abort', shares: 'equal' }],
      faults: [{ at: 14024, kind: 'leave', host: 4 }],
      healAt: 15737,
    })
  })

  it('lets the last node go, which has a run that it cannot plan for anybody', () => {
    holds({
      seed: 5100002835,
      slotCount: 12,
      hosts: [{ bootsAt: 4613 }, { bootsAt: 167 }, NONE],
      quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 3, duplicate: 0, reorder: 0 },
      runs: [{ at: 7243, host: 1, durationMs: 1250, rate: 97, onNodeLoss: 'abort', shares: 'equal' }],
      faults: [
        { at: 7321, kind: 'mute', host: 1, ms: 6416 },
        { at: 7432, kind: 'kill', host: 1, power: false, disk: 'kept' },
        { at: 11927, kind: 'leave', host: 0 },
      ],
      healAt: 19836,
    })
  })
})
