import assert from 'node:assert/strict'
import type { ShareTable } from '../../src/run/share-table.ts'
import { holds } from './holds.ts'
import { LOAD, others, RUN_ID, Scene } from './scene.ts'
import type { SimNode } from './sim-node.ts'

const change = (value: number, id = `to-${value}`) =>
  ({ kind: 'scale', runId: RUN_ID, change: { id, scenario: 0, value } }) as const

function tableOf(node: SimNode): ShareTable {
  return node.state.runs.get(RUN_ID)!.table!
}

const confirmed = (node: SimNode) => tableOf(node).revisions.filter((revision) => revision.confirmed)

describe('a load that is changed in a simulated mesh', () => {
  it('is fired as it was changed, without a gap, and accounted for to the last arrival', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(3, seed)
      const { world } = scene
      world.nodes[seed % 3]!.input(change(300))
      scene.expect(() => confirmed(world.nodes[0]!).length === 1, 500, 'the change is confirmed')
      const [up] = confirmed(world.nodes[0]!)
      world.advance(2000)
      world.nodes[(seed + 1) % 3]!.input(change(20))
      world.advance(2500)
      world.nodes[0]!.input(change(0))
      scene.finish(30_000, true)
      scene.checkers.firing.noGapOutside(RUN_ID, [], LOAD.durationMs)
      const revisions = confirmed(world.nodes[0]!)
      assert.deepEqual(
        revisions.map(({ value }) => value),
        [300, 20, 0],
      )
      assert.ok(up!.leadMs === 1000 && revisions.every(({ at }, i) => i === 0 || at > revisions[i - 1]!.at))
      const { events } = tableOf(world.nodes[0]!)
      assert.equal(events.filter(({ kind }) => kind === 'scaled').length, 3)
    }
  })

  it('has one meaning for all when the coordinator dies at any step of a change', () => {
    for (let after = 0; after <= 1500; after += 25) {
      const scene = Scene.running(4, 1000 + after)
      const { world, coordinator, follower } = scene
      follower.input(change(after % 2 === 0 ? 400 : 10))
      world.advance(after)
      world.kill(coordinator)
      scene.finish()
      assert.equal(confirmed(follower).length, 1, `killed ${after} ms after: it was asked for until it was made`)
    }
  })

  it('waits until a node that was cut off fires nothing any more', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const scene = Scene.running(3, seed)
      const { world, coordinator, follower } = scene
      const heal = world.partition([follower.host], others(world, [follower]))
      const at = world.now
      coordinator.input(change(10))
      world.advance(2000)
      assert.equal(confirmed(coordinator).length, 0)
      scene.expect(() => confirmed(coordinator).length === 1, 3000, 'the change is confirmed')
      assert.ok(world.now - at > 2000)
      heal()
      scene.finish()
    }
  })

  it('is not changed by what was asked for where too few were, once that was given up', () => {
    const scene = Scene.running(3, 77, { ...LOAD, durationMs: 20_000 })
    const { world, follower } = scene
    const heal = world.partition([follower.host], others(world, [follower]))
    world.advance(500)
    follower.input(change(400))
    world.advance(9000)
    heal()
    scene.finish()
    assert.deepEqual(tableOf(follower).revisions, [])
  })

  it('goes on as before when a change is announced too late to be made', () => {
    const scene = Scene.running(2, 5)
    const { world } = scene
    world.advance(9300)
    world.nodes[0]!.input(change(500))
    scene.finish(30_000, true)
    assert.deepEqual(tableOf(world.nodes[0]!).revisions, [])
  })

  it('loses nothing of slots that were let go of before it was announced', () => {
    holds({
      seed: 6000013461,
      slotCount: 12,
      hosts: [
        { bootsAt: 38, capacity: 3 },
        { bootsAt: 92, capacity: 3 },
        { bootsAt: 294, capacity: 2, priority: 1, driftPpm: 34, offsetMs: 369071, wallOffsetMs: 47824 },
        { bootsAt: 240, capacity: 3 },
        { bootsAt: null, capacity: 2 },
      ],
      quality: { loss: 0, minDelayMs: 7, maxDelayMs: 58, duplicate: 0, reorder: 0.24003188693895935 },
      runs: [{ at: 848, host: 2, durationMs: 2500, rate: 20, onNodeLoss: 'abort', shares: 'weighted' }],
      faults: [{ at: 2262, kind: 'scale', host: 0, run: 0, rate: 60 }],
      healAt: 9788,
    })
  })
})
