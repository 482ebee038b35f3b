import assert from 'node:assert/strict'
import { DEFAULT_TIMING } from '../../src/coordination/timing.ts'
import { SILENT_LOSS_MS } from './gaps.ts'
import { playPlan } from './history.ts'
import { GOOD_PACE, GOOD_QUALITY } from './plan.ts'
import { LOAD, others, RUN_ID, Scene } from './scene.ts'
import type { SimNode } from './sim-node.ts'
import { STEADY_HOST } from './world.ts'

const LONG = { ...LOAD, durationMs: 30_000 }

/** Cuts a group off; returns how to heal it. */
function cutOff(scene: Scene, group: readonly SimNode[]): () => void {
  return scene.world.partition(
    group.map((node) => node.host),
    others(scene.world, group),
  )
}

describe('simulated partitions', () => {
  for (const who of ['coordinator', 'follower'] as const) {
    it(`let the majority take over within 5 s from a minority with the ${who}, which pauses and resumes`, () => {
      for (let seed = 1; seed <= 10; seed++) {
        const scene = Scene.running(5, seed, LONG)
        const { world, checkers } = scene
        const alone = scene[who]
        const also = world.nodes.find((node) => node !== alone && node !== scene.coordinator)!
        const at = world.now
        const heal = cutOff(scene, [alone, also])
        world.advance(8000)
        // A coordinator counts on its followers for a promise more, and then its lease has to end.
        const paused = at + DEFAULT_TIMING.promiseMs + DEFAULT_TIMING.leaseMs
        assert.equal(scene.firedBy(alone, paused) + scene.firedBy(also, paused), 0, 'the minority pauses')
        const majority = world.nodes.filter((node) => node !== alone && node !== also)
        assert.equal(
          majority.reduce((sum, node) => sum + scene.slotsOf(node), 0),
          world.slotCount,
        )
        heal()
        const healedAt = world.now
        scene.finish()
        assert.ok(scene.firedBy(alone, healedAt) > 0 && scene.firedBy(also, healedAt) > 0, 'the minority resumes')
        checkers.firing.noGapOutside(RUN_ID, [[at - 150, at + SILENT_LOSS_MS]], LONG.durationMs)
      }
    })
  }

  it('let the rest take over within 5 s from a node that loses its power', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(4, seed, LONG)
      const { world, checkers } = scene
      const at = world.now
      world.kill(seed % 2 === 0 ? scene.coordinator : scene.follower, { power: true })
      scene.finish()
      checkers.firing.noGapOutside(RUN_ID, [[at - 150, at + SILENT_LOSS_MS]], LONG.durationMs)
    }
  })

  it('never let two halves fire the same, and end in one report', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(4, seed, LONG)
      const { world } = scene
      const { coordinator } = scene
      const heal = cutOff(scene, [coordinator, scene.follower])
      world.advance(8000)
      assert.ok(scene.firedBy(coordinator, world.now - 1000) > 0, 'the half with the coordinator goes on')
      heal()
      scene.finish()
    }
  })

  it('leave exactly half what it has, on both sides', () => {
    for (const size of [2, 4]) {
      for (let seed = 1; seed <= 10; seed++) {
        const scene = Scene.running(size, seed, LONG)
        const { world, checkers } = scene
        const { coordinator } = scene
        const half = [coordinator, ...world.nodes.filter((node) => node !== coordinator)].slice(0, size / 2)
        const shares = world.nodes.map((node) => scene.slotsOf(node))
        const heal = cutOff(scene, half)
        world.advance(8000)
        for (const [i, node] of world.nodes.entries()) {
          assert.ok(scene.firedBy(node, world.now - 1000) > 0, `${node.bootId} of ${size} goes on, seed ${seed}`)
          assert.equal(scene.slotsOf(node), shares[i], 'neither takes the other’s share')
        }
        heal()
        scene.finish()
        checkers.firing.noGapOutside(RUN_ID, [], LONG.durationMs)
      }
    }
  })

  it('leave exactly half what it has, whatever they come in between of', function () {
    this.timeout(60_000)
    const quality = { ...GOOD_QUALITY, maxDelayMs: 30 }
    for (const size of [2, 4, 6]) {
      for (let seed = 1; seed <= 100; seed++) {
        const scene = Scene.running(size, seed, LONG, { quality })
        const { world, checkers } = scene
        scene.stutter(50)
        scene.expect(() => scene.isAcquainted(), 5000, 'everybody meets')
        // Another moment between two renewals, heartbeats and ticks each time.
        world.advance((seed * 37) % 700)
        const { coordinator } = scene
        cutOff(scene, [coordinator, ...world.nodes.filter((node) => node !== coordinator)].slice(0, size / 2))
        world.advance(3500)
        const elapsed = world.now - checkers.firing.trueStart(RUN_ID)
        checkers.firing.noGapOutside(RUN_ID, [], elapsed - 2 * GOOD_PACE.gapMs)
      }
    }
  })

  it('leave exactly half what it has when the links come back one after the other', () => {
    for (const size of [4, 6]) {
      for (let seed = 1; seed <= 60; seed++) {
        const scene = Scene.running(size, seed, LONG)
        const { world, checkers } = scene
        const random = world.randomOf('links')
        const { coordinator } = scene
        const half = [coordinator, ...world.nodes.filter((node) => node !== coordinator)].slice(0, size / 2)
        const links = half.flatMap((node) =>
          others(world, half).map((host) => ({ heal: world.partition([node.host], [host]), after: 1500 * random() })),
        )
        world.advance(8000 + 700 * random())
        const at = world.now
        for (const { heal, after } of links.sort((a, b) => a.after - b.after)) {
          world.advance(at + after - world.now)
          heal()
        }
        scene.finish()
        checkers.firing.noGapOutside(RUN_ID, [], LONG.durationMs)
      }
    }
  })

  it('that come and go leave no trace but the gap', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(5, seed, LONG)
      const { world } = scene
      for (let times = 0; times < 4; times++) {
        const heal = cutOff(scene, [world.nodes[times % 5]!, world.nodes[(times + 2) % 5]!])
        world.advance(2800)
        heal()
        world.advance(1200)
      }
      scene.finish()
    }
  })

  it('leave a coordinator that has no part in a run the start of those who have, however old their word is', () => {
    const boots = [1594, null, 1674, 2155, 7068, 6993, null, 7129, 7253]
    const capacities = [3, 1, 1, 3, 1, 2, 2, 2, 2]
    const { violation } = playPlan({
      seed: 910747,
      slotCount: 24,
      hosts: boots.map((bootsAt, i) => ({ ...STEADY_HOST, bootsAt, capacity: capacities[i]! })),
      quality: GOOD_QUALITY,
      runs: [
        { at: 5169, host: 1, durationMs: 6431, rate: 97, onNodeLoss: 'continue', shares: 'weighted' },
        { at: 9000, host: 0, durationMs: 8106, rate: 20, onNodeLoss: 'redistribute', shares: 'equal' },
      ],
      faults: [
        { at: 5073, kind: 'partition', left: [1, 2, 3], ms: 7517 },
        { at: 13141, kind: 'stall', host: 0, ms: 3677 },
      ],
      healAt: 21403,
    })
    if (violation !== null) throw violation
  })

  it('in one direction end, too', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(3, seed, LONG)
      const heal = scene.world.cut(scene.coordinator.host, scene.follower.host)
      scene.world.advance(9000)
      heal()
      scene.finish()
    }
  })
})

describe('simulated slow lines', () => {
  it('let the rest take over within 5 s from a coordinator that nothing proves gone', function () {
    this.timeout(60_000)
    for (const size of [3, 4, 5]) {
      for (let seed = 1; seed <= 30; seed++) {
        const scene = Scene.running(size, seed, LONG)
        const { world, checkers, coordinator } = scene
        scene.stutter(30)
        world.network.override(null, null, { ...GOOD_QUALITY, minDelayMs: 200, maxDelayMs: 205 })
        world.advance(2500 + ((seed * 37) % 700))
        const at = world.now
        world.network.mute(coordinator.host)
        world.kill(coordinator)
        world.advance(8000)
        const elapsed = world.now - checkers.firing.trueStart(RUN_ID)
        checkers.firing.noGapOutside(RUN_ID, [[at - 150, at + SILENT_LOSS_MS]], elapsed - 2 * GOOD_PACE.gapMs)
      }
    }
  })
})

describe('simulated stalls', () => {
  it('of the main thread alone end the firing with the lease', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(3, seed, LONG)
      const { world, checkers } = scene
      const { follower } = scene
      const at = world.now
      world.pause(follower, 9000, 'main')
      world.advance(9000)
      assert.ok(scene.firedBy(follower, at + 500, at + 1500) > 0, 'threads go on without it')
      assert.equal(scene.firedBy(follower, at + 2600), 0, 'until the lease is over')
      scene.finish()
      checkers.firing.noGapOutside(RUN_ID, [[at - 150, at + SILENT_LOSS_MS]], LONG.durationMs)
    }
  })

  it('of a process past its lease and past the end fire nothing when it wakes', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(3, seed)
      const { world } = scene
      const { follower } = scene
      world.pause(follower, 15_000)
      const at = world.now
      scene.expect(() => !follower.blocked, 16_000, 'wakes')
      scene.finish()
      assert.equal(scene.firedBy(follower, at), 0)
    }
  })
})

describe('simulated connections', () => {
  it('that are reset and dialled again cost nothing', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(4, seed)
      const { world, checkers } = scene
      const { coordinator } = scene
      const { term } = coordinator.state.election
      for (const node of world.nodes) {
        if (node === coordinator) continue
        world.network.disconnect(coordinator, node, 0, 50)
        world.network.dial(coordinator, node)
        world.advance(700)
      }
      scene.finish(60_000, true)
      checkers.firing.noGapOutside(RUN_ID, [], LOAD.durationMs)
      assert.deepEqual(scene.coordinator.state.election.term, term)
    }
  })

  it('that answer no probe are not evidence of death', () => {
    const scene = Scene.running(4, 5)
    const { world } = scene
    const { follower } = scene
    world.network.mute(follower.host)
    for (const other of world.nodes) if (other !== follower) world.network.disconnect(follower, other, 0, 0)
    world.advance(2000)
    for (const other of world.nodes) {
      if (other !== follower) assert.equal(other.state.view.get(follower.bootId)?.state, 'alive')
    }
  })
})
