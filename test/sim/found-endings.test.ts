/** What fresh histories have found in how runs end, each as small as it gets. */

import assert from 'node:assert/strict'
import { DEFAULT_TIMING } from '../../src/coordination/timing.ts'
import { holds, NONE } from './holds.ts'
import { LOAD, others, RUN_ID, Scene } from './scene.ts'

describe('simulated ends of runs, where fresh histories have found them to fail', () => {
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

  it('starts a run anew with nodes that alone had heard of a start before they were cut off', () => {
    holds({
      seed: 5900005305,
      slotCount: 24,
      hosts: [
        { bootsAt: 61 },
        { bootsAt: 215, capacity: 3 },
        { bootsAt: 435, capacity: 2 },
        { bootsAt: 76, capacity: 4 },
        { bootsAt: 270, capacity: 3 },
      ],
      runs: [{ at: 998, host: 3, durationMs: 1125, rate: 20, onNodeLoss: 'redistribute', shares: 'weighted' }],
      faults: [
        { at: 1183, kind: 'partition', left: [0, 2, 4], ms: 6374 },
        { at: 1755, kind: 'leave', host: 2 },
      ],
      healAt: 23403,
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
