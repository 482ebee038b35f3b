import assert from 'node:assert/strict'
import { LOAD, RUN_ID, Scene } from './scene.ts'

describe('users that split rows of data', () => {
  const running = (seed: number, userRows: number) => {
    const scene = Scene.formed(3, seed)
    scene.world.submit(scene.world.nodes[0]!, RUN_ID, LOAD, { userRows })
    return scene
  }

  it('are fired by the nodes of the start only, who take over from each other', () => {
    const scene = running(21, 1000)
    const { world } = scene
    scene.expect(() => scene.isRunning(), 5000, 'the run starts')
    world.advance(1500)
    const late = world.addNode({ driftPpm: 0, offsetMs: 0 })
    world.advance(1000)
    world.kill(world.nodes[1]!)
    world.advance(3000)
    assert.equal(scene.slotsOf(late), 0, 'one that came later has none')
    assert.equal(scene.slotsOf(world.nodes[0]!) + scene.slotsOf(world.nodes[2]!), world.slotCount)
    scene.finish(60_000, true)
  })

  it('do not start where there are fewer rows than nodes, and it says why', () => {
    const scene = running(22, 2)
    const table = () => scene.world.nodes[2]!.state.runs.get(RUN_ID)?.table
    scene.expect(() => table()?.phase === 'failed', 10_000, 'the run fails')
    assert.match(table()?.reason ?? '', /there are 2 rows of data for 3 nodes to split/)
    assert.equal(scene.checkers.firing.shotsOf(RUN_ID).size, 0)
  })
})
