/** Directed cases of what `withstands.ts` names: each runs once its line there is true. */

import assert from 'node:assert/strict'
import { isEnded } from '../../src/run/share-table.ts'
import { holds } from './holds.ts'
import { LOAD, others, RUN_ID, Scene } from './scene.ts'
import { WITHSTANDS } from './withstands.ts'

function when(name: keyof typeof WITHSTANDS, title: string, body: () => void): void {
  const declare = WITHSTANDS[name] ? it : it.skip
  declare(`${title} (${name})`, body)
}

describe('simulated mesh, where it is known to fail', () => {
  when('longDelays', 'fires nothing twice when the start was learned of late and the one ahead dies', () => {
    const plan = {
      slotCount: 7,
      hosts: [
        { bootsAt: 257, capacity: 3 },
        { bootsAt: 296, capacity: 2 },
      ],
      runs: [{ at: 1574, host: 0, durationMs: 1250, rate: 97, onNodeLoss: 'redistribute', shares: 'weighted' }],
      faults: [
        {
          at: 149,
          kind: 'link',
          from: 0,
          to: null,
          quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 569, duplicate: 0, reorder: 0.18183749467134475 },
          ms: 2553,
        },
        { at: 3685, kind: 'kill', host: 0, power: false, disk: 'kept' },
      ],
      healAt: 15632,
    } as const
    for (let seed = 1; seed <= 20; seed++) holds({ ...plan, seed })
  })

  when('separateMeshes', 'fires nothing twice when a mesh of newcomers takes over the mesh with the run', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const scene = Scene.running(2, seed)
      const { world } = scene
      const old = [...world.nodes]
      const newcomers = [world.addHost(), world.addHost(), world.addHost()]
      const heal = world.partition([0, 1], [2, 3, 4])
      for (const host of newcomers) world.boot(host)
      world.advance(4000)
      heal()
      // One of the old ones is cut off again as soon as the newcomers have met the other.
      scene.expect(
        () => old.some((node) => newcomers.some((host) => host.node!.state.view.has(node.bootId))),
        5000,
        'they meet',
      )
      const again = world.partition([0], [1, 2, 3, 4])
      world.advance(3000)
      again()
      scene.finish()
    }
  })

  when('orphanedRuns', 'ends a run that a restarted node has told a new one of', () => {
    const scene = Scene.running(1, 1)
    const { world } = scene
    world.advance(2000)
    world.kill(world.nodes[0]!)
    world.addNode()
    world.advance(2000)
    world.boot(world.hosts[0]!)
    world.advance(60_000)
    assert.ok(scene.isFormed())
    for (const node of world.survivors()) {
      const run = node.state.runs.get(RUN_ID)
      assert.ok(run === undefined || run.dormant || (run.table !== null && isEnded(run.table.phase)), node.bootId)
    }
  })

  when('leavingVoters', 'lets the last voter of a run leave when a newcomer is there', () =>
    holds({
      seed: 1036,
      slotCount: 7,
      hosts: [
        { bootsAt: 44, capacity: 1 },
        { bootsAt: 241, capacity: 2 },
      ],
      runs: [{ at: 217, host: 1, durationMs: 1153, rate: 50, onNodeLoss: 'redistribute', shares: 'weighted' }],
      faults: [
        { at: 1586, kind: 'kill', host: 0, power: true, disk: 'kept' },
        { at: 1936, kind: 'restart', host: 0 },
        { at: 6592, kind: 'leave', host: 1 },
      ],
      healAt: 15491,
    }),
  )

  when('wallClocksApart', 'runs what was submitted where the wall clock is hours behind', () => {
    const scene = new Scene(4)
    const { world } = scene
    world.addNode({ priority: 1 })
    const late = world.addNode({ wallOffsetMs: -7_200_000 })
    scene.expect(() => scene.isFormed(), 5000, 'one coordinator')
    world.submit(late, RUN_ID, LOAD)
    scene.finish(60_000, true)
    assert.equal(late.state.runs.get(RUN_ID)?.table?.phase, 'completed')
  })

  when('lateVerdicts', 'asks for the windows of a run whose verdict a restarted node learns late', () => {
    const scene = Scene.running(4, 5)
    const { world } = scene
    const { follower } = scene
    world.advance(1000)
    world.kill(follower)
    world.advance(1000)
    const heal = world.partition([follower.host], others(world, [follower]))
    const again = world.boot(world.hosts[follower.host]!)
    world.advance(25_000)
    heal()
    scene.finish()
    assert.equal(again.state.runs.get(RUN_ID)?.table?.phase, 'completed')
  })

  when('commonLeaving', 'keeps all windows when two of three leave right after the verdict', () =>
    holds({
      seed: 201986,
      slotCount: 7,
      hosts: [
        { bootsAt: 24, capacity: 4 },
        { bootsAt: 10, capacity: 3 },
        { bootsAt: null },
        { bootsAt: 9914, capacity: 3 },
      ],
      runs: [{ at: 4976, host: 1, durationMs: 4176, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 10108, kind: 'leave', host: 1 },
        { at: 10359, kind: 'leave', host: 0 },
      ],
      healAt: 14949,
    }),
  )

  when('restartUnknowing', 'does not begin a run again on a node that restarts cut off from those who fire it', () =>
    holds({
      seed: 50291,
      slotCount: 7,
      hosts: [
        { bootsAt: 8, capacity: 2 },
        { bootsAt: 12, capacity: 4 },
      ],
      runs: [{ at: 6552, host: 1, durationMs: 1000, rate: 50, onNodeLoss: 'redistribute', shares: 'equal' }],
      faults: [
        { at: 6562, kind: 'cut', from: 1, to: 0, ms: 3922 },
        { at: 9641, kind: 'kill', host: 0, power: false, disk: 'kept' },
        { at: 11788, kind: 'partition', left: [1], ms: 1951 },
        { at: 12858, kind: 'restart', host: 0 },
      ],
      healAt: 23111,
    }),
  )

  when('movedTwice', 'fires nothing of a slot that was lost and is on its way to a third', () =>
    holds({
      seed: 1165899039,
      slotCount: 7,
      hosts: [
        { bootsAt: 325, capacity: 3 },
        { bootsAt: 224, capacity: 3 },
        { bootsAt: 499, capacity: 3 },
        { bootsAt: 426, capacity: 2 },
        { bootsAt: 921, capacity: 2 },
        { bootsAt: 40, capacity: 1 },
      ],
      runs: [{ at: 6715, host: 2, durationMs: 10000, rate: 50, onNodeLoss: 'redistribute', shares: 'weighted' }],
      faults: [{ at: 7706, kind: 'partition', left: [1, 2, 3, 5], ms: 8420 }],
      healAt: 16715,
      quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 14, duplicate: 0, reorder: 0 },
    }),
  )

  when('unheardReleases', 'counts no arrival twice when its slot was taken from a node that stood still', () =>
    holds({
      seed: 403314,
      slotCount: 12,
      hosts: [
        { bootsAt: 33, capacity: 3 },
        { bootsAt: 82, capacity: 1 },
        { bootsAt: 61, capacity: 4 },
        { bootsAt: 27, capacity: 2 },
        { bootsAt: 27, capacity: 2, priority: 3, driftPpm: -18, offsetMs: 322944, wallOffsetMs: 1775 },
        { bootsAt: 20, capacity: 3 },
        { bootsAt: 8, capacity: 1 },
        { bootsAt: 7144, capacity: 3 },
      ],
      runs: [{ at: 5261, host: 2, durationMs: 4000, rate: 20, onNodeLoss: 'redistribute', shares: 'weighted' }],
      faults: [{ at: 7442, kind: 'stall', host: 2, ms: 2810 }],
      healAt: 21707,
    }),
  )

  when('oneStart', 'goes by the second start when the first was never known to a majority', () =>
    holds({
      seed: 14401420,
      slotCount: 12,
      hosts: [
        { bootsAt: 514, capacity: 2 },
        { bootsAt: 980, capacity: 3 },
        { bootsAt: 340, capacity: 3 },
        { bootsAt: 675, capacity: 1, driftPpm: 385, offsetMs: 847798, wallOffsetMs: -21278 },
        { bootsAt: 36, capacity: 4 },
      ],
      runs: [{ at: 7053, host: 1, durationMs: 2526, rate: 50, onNodeLoss: 'redistribute', shares: 'weighted' }],
      faults: [{ at: 7162, kind: 'partition', left: [0, 2, 3], ms: 6469 }],
      healAt: 13631,
      quality: { loss: 0, minDelayMs: 0.1, maxDelayMs: 5, duplicate: 0, reorder: 0 },
    }),
  )

  when('secondRuns', 'keeps a lapsed node from firing one run when another begins', () =>
    holds({
      seed: 1400540,
      slotCount: 24,
      hosts: [
        { bootsAt: 98, capacity: 3 },
        { bootsAt: 24, capacity: 2 },
        { bootsAt: 81, capacity: 2 },
      ],
      runs: [
        { at: 4429, host: 0, durationMs: 4686, rate: 20, onNodeLoss: 'redistribute', shares: 'weighted' },
        { at: 7769, host: 0, durationMs: 1000, rate: 50, onNodeLoss: 'continue', shares: 'weighted' },
      ],
      faults: [
        { at: 3217, kind: 'partition', left: [0, 2], ms: 316 },
        { at: 5502, kind: 'partition', left: [0, 2], ms: 2742 },
      ],
      healAt: 19443,
    }),
  )
})
