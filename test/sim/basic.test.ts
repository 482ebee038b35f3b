import assert from 'node:assert/strict'
import { step } from '../../src/coordination/step.ts'
import { CLEAN_CRASH_MS } from './gaps.ts'
import { LOAD, RUN_ID, Scene } from './scene.ts'
import type { Core } from './sim-node.ts'

describe('simulated mesh', () => {
  for (const size of [1, 2, 3, 5, 12]) {
    it(`of ${size} runs a suite and agrees about it`, () => {
      const scene = Scene.formed(size, 100 + size)
      const { nodes } = scene.world
      scene.world.submit(nodes[size - 1]!, RUN_ID, LOAD)
      scene.finish(30_000, true)
      scene.checkers.firing.noGapOutside(RUN_ID, [], LOAD.durationMs)
      assert.equal(nodes[0]!.state.runs.get(RUN_ID)!.table!.phase, 'completed')
      assert.equal(nodes[size - 1]!.accepted.get(RUN_ID), true)
    })
  }

  it('of fifty runs one too', function () {
    this.timeout(60_000)
    const scene = Scene.formed(50, 150, { trace: false, slotCount: 120 })
    scene.world.submit(scene.world.nodes[7]!, RUN_ID, { rate: 60, durationMs: 3000 })
    scene.finish(20_000, true)
    scene.checkers.firing.noGapOutside(RUN_ID, [], 3000)
    assert.ok(scene.world.nodes.every((node) => scene.firedBy(node) > 0))
  })

  for (const who of ['coordinator', 'follower'] as const) {
    it(`restores the load within 2 s when the ${who} is killed`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const scene = Scene.running(5, seed)
        const { world, checkers } = scene
        world.advance(4000 * world.randomOf('when')())
        world.kill(scene[who])
        const at = world.now
        scene.finish()
        checkers.firing.noGapOutside(RUN_ID, [[at - 150, at + CLEAN_CRASH_MS]], LOAD.durationMs)
      }
    })
  }

  it('gives a joining node a share and takes a leaving one out without losing an arrival', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(3, seed)
      const { world } = scene
      const joined = world.addNode()
      world.advance(3000)
      assert.ok(scene.firedBy(joined) > 0)
      const { coordinator } = scene
      const leaver = seed % 2 === 0 ? coordinator : world.nodes.find((node) => node !== coordinator && node !== joined)!
      leaver.input({ kind: 'leave' })
      scene.expect(() => leaver.gone, 5000, 'leaves')
      scene.finish(40_000, true)
      scene.checkers.firing.noGapOutside(RUN_ID, [], LOAD.durationMs)
      assert.equal(joined.state.runs.get(RUN_ID)!.table!.degraded, false)
    }
  })

  it('gives each slot on when its own holder lets go, though another one is slow to', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const scene = Scene.running(3, seed, { rate: 500, durationMs: 10_000 })
      scene.follower.threads.pace = { gapMs: 50, applyMs: 1500, prepareMs: 120 }
      scene.world.addNode()
      scene.finish(40_000, true)
    }
  })

  it('has a leaving node fire until its threads let go, and no longer than it has to', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const stops: { readonly node: string; readonly at: number; readonly confirmed: number | null }[] = []
      const core: Core = (state, input, now) => {
        const result = step(state, input, now)
        for (const effect of result.effects) {
          const run = effect.kind === 'stop-firing' ? state.runs.get(RUN_ID) : undefined
          if (effect.kind !== 'stop-firing' || run?.table?.stopAt !== null) continue
          const after = result.state.runs.get(RUN_ID)!
          const confirmed = after.applied === after.assigned?.version ? after.appliedAt : null
          stops.push({ node: state.config.bootId, at: effect.at, confirmed })
        }
        return result
      }
      const scene = Scene.formed(3, seed, { core })
      scene.world.submit(scene.world.nodes[0]!, RUN_ID, { rate: 500, durationMs: 10_000 })
      scene.expect(() => scene.isRunning(), 5000, 'the run starts')
      scene.world.advance(2000)
      const { follower } = scene
      follower.threads.pace = { gapMs: 50, applyMs: 1500, prepareMs: 120 }
      follower.input({ kind: 'leave' })
      scene.expect(() => follower.gone, 8000, 'leaves')
      assert.ok(stops.length > 0)
      for (const { node, at, confirmed } of stops) {
        assert.equal(node, follower.bootId)
        assert.equal(at, confirmed, `seed ${seed}: told to stop at ${at}, has let go from ${confirmed}`)
      }
      scene.finish(40_000, true)
    }
  })

  it('does not depose a healthy coordinator when a higher-ranked node joins', () => {
    const scene = Scene.formed(3, 7)
    const { coordinator, world } = scene
    const { term } = coordinator.state.election
    world.addNode({ priority: 100, capacity: 64 })
    world.advance(10_000)
    assert.equal(scene.coordinator, coordinator)
    assert.deepEqual(coordinator.state.election.term, term)
  })

  it('does not depose a healthy coordinator when the higher-ranked one before it comes back', () => {
    const scene = Scene.formed(4, 8)
    const { world } = scene
    const first = scene.coordinator
    world.kill(first)
    world.advance(3000)
    const second = scene.coordinator
    const { term } = second.state.election
    world.boot(world.hosts[first.host]!)
    world.advance(20_000)
    assert.equal(scene.coordinator, second)
    assert.deepEqual(second.state.election.term, term)
    assert.ok(scene.isFormed())
  })

  it('stops a run from any node', () => {
    const scene = Scene.running(3, 9)
    const { world } = scene
    world.advance(2000)
    world.nodes[2]!.input({ kind: 'stop', runId: RUN_ID, stop: 'user', reason: 'enough' })
    scene.finish(5000)
    assert.equal(world.nodes[0]!.state.runs.get(RUN_ID)!.table!.phase, 'stopped')
  })

  it('keeps what a restarted node had measured before', () => {
    const scene = Scene.running(3, 10)
    const { world } = scene
    const { follower } = scene
    world.advance(2500)
    world.kill(follower)
    world.advance(500)
    const again = world.boot(world.hosts[follower.host]!)
    assert.ok([...again.disk.windowsOf(RUN_ID, follower.bootId)].length >= 2)
    scene.finish()
    assert.ok(scene.firedBy(again) > 0, 'it takes part again')
    assert.equal(again.state.runs.get(RUN_ID)!.table!.degraded, true)
  })
})
