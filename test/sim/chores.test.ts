import assert from 'node:assert/strict'
import { isEnded, type ShareTable } from '../../src/run/share-table.ts'
import { holds } from './holds.ts'
import { LOAD, others, RUN_ID, Scene } from './scene.ts'
import type { SimNode } from './sim-node.ts'

const BOTH = { setupMs: 5000, teardownMs: 5000 }

function submitted(size: number, seed: number): Scene {
  const scene = Scene.formed(size, seed)
  scene.world.submit(scene.world.nodes[0]!, RUN_ID, { ...LOAD, durationMs: 4000 }, BOTH)
  return scene
}

function tableOf(node: SimNode): ShareTable | null {
  return node.state.runs.get(RUN_ID)?.table ?? null
}

/** The end, of which every survivor tells the same. */
function endOf(scene: Scene): ShareTable {
  // Whoever has just lost its coordinator has the time to notice.
  scene.world.advance(3000)
  scene.finish(90_000)
  const table = tableOf(scene.world.survivors()[0]!)
  assert.ok(table !== null && isEnded(table.phase))
  return table
}

describe('setup and teardown in a simulated mesh', () => {
  for (const size of [1, 2, 3, 5]) {
    it(`are run once each by one of ${size}, before the start and after the end`, () => {
      for (let seed = 1; seed <= 10; seed++) {
        const { setup, teardown, phase, reason } = endOf(submitted(size, seed))
        if (setup?.state === 'done') assert.equal(phase, 'completed')
        else assert.match(reason ?? '', /^SETUP_FAILED: node n\d: refused/)
        assert.ok(setup?.state !== 'unknown' && teardown !== null && teardown.state !== 'unknown')
        assert.equal(teardown.bootId, setup?.bootId)
        if (setup?.state === 'done') assert.deepEqual(setup.values, { id: '7' })
      }
    })
  }

  it('are run exactly once when the coordinator dies at any time before the start', () => {
    for (let after = 0; after <= 3000; after += 50) {
      const scene = submitted(4, 5000 + after)
      const { world, coordinator } = scene
      world.advance(after)
      world.kill(coordinator)
      const { setup, reason } = endOf(scene)
      const isKnown = setup?.state === 'done' || reason?.startsWith('SETUP_FAILED: node')
      assert.ok(isKnown, `killed after ${after} ms: ${setup?.state}, ${reason}`)
    }
  })

  it('are not run again when the node that runs the setup is lost: the run fails, and says why', () => {
    for (const how of ['killed', 'without a sound'] as const) {
      const scene = submitted(4, 31)
      const { world } = scene
      const begun = () => scene.checkers.chores.begun.get(`${RUN_ID}/setup`)
      scene.expect(() => begun() !== undefined, 5000, 'the setup begins')
      world.kill(begun()!, { power: how !== 'killed' })
      const { setup, teardown, phase, reason } = endOf(scene)
      assert.deepEqual([setup?.state, phase], ['unknown', 'failed'])
      assert.match(
        reason ?? '',
        /^SETUP_FAILED: node n\d was lost while it ran the setup: whether it was done nobody knows/,
      )
      assert.ok(teardown !== null && teardown.bootId !== setup?.bootId)
    }
  })

  it('wait for a node that is cut off while it runs them, and take its word when it is back', () => {
    const scene = submitted(5, 32)
    const { world } = scene
    const begun = () => scene.checkers.chores.begun.get(`${RUN_ID}/setup`)
    scene.expect(() => begun() !== undefined, 5000, 'the setup begins')
    const heal = world.partition([begun()!.host], others(world, [begun()!]))
    world.advance(1000)
    heal()
    const { setup } = endOf(scene)
    assert.notEqual(setup?.state, 'unknown')
  })

  it('end a run that is stopped meanwhile only when the setup is over', () => {
    const scene = submitted(3, 33)
    const { world } = scene
    scene.expect(() => scene.checkers.chores.begun.has(`${RUN_ID}/setup`), 5000, 'the setup begins')
    world.nodes[1]!.input({ kind: 'stop', runId: RUN_ID, stop: 'user', reason: 'enough' })
    const { setup, teardown } = endOf(scene)
    assert.ok(setup?.state === 'done' || setup?.state === 'failed')
    assert.ok(teardown?.state === 'done' || teardown?.state === 'failed')
  })

  it('is not waited for when everybody is gone who had a part in the run', () => {
    holds({
      seed: 6100001929,
      slotCount: 24,
      hosts: [{ bootsAt: 1563 }, { bootsAt: 1685, capacity: 3 }],
      runs: [
        {
          at: 1589,
          host: 0,
          durationMs: 1750,
          rate: 50,
          onNodeLoss: 'abort',
          shares: 'equal',
          setup: true,
          teardown: true,
        },
      ],
      faults: [{ at: 3045, kind: 'kill', host: 0, power: false, disk: 'lost' }],
      healAt: 16992,
    })
  })
})
