import assert from 'node:assert/strict'
import type { NodeLoad } from '../../src/membership/view.ts'
import { RUN_ID, Scene } from './scene.ts'
import type { SimNode } from './sim-node.ts'

const FACTS = { shares: 'capacity' } as const

/** What the node tells of itself from now on. */
function measure(node: SimNode, change: Partial<NodeLoad>): void {
  const { info } = node.state.config
  node.input({ kind: 'info', info: { ...info, load: { ...info.load, ...change } } })
}

describe('shares by measured capacity', () => {
  const shares = (scene: Scene) => scene.world.nodes.map((node) => scene.slotsOf(node))

  it('move from a pressed node to those with room, exactly, and come to rest', () => {
    const scene = Scene.formed(3, 11, { slotCount: 240 })
    const { world, checkers } = scene
    const durationMs = 120_000
    world.submit(world.nodes[0]!, RUN_ID, { rate: 100, durationMs }, FACTS)
    world.advance(8000)
    assert.deepEqual(shares(scene), [80, 80, 80])
    measure(world.nodes[1]!, { headroom: 0.02 })
    world.advance(8000)
    assert.deepEqual(shares(scene), [86, 68, 86])
    // It goes on being pressed for a while, and is relieved by and by.
    world.advance(30_000)
    const relieved = shares(scene)
    assert.ok(relieved[1]! < 50, `${relieved}`)
    measure(world.nodes[1]!, { headroom: 0.9 })
    world.advance(13_000)
    const rest = shares(scene)
    world.advance(30_000)
    assert.deepEqual(shares(scene), rest, 'at rest')
    scene.finish(60_000, true)
    checkers.firing.noGapOutside(RUN_ID, [], durationMs)
  })

  it('stay where they are while everybody is pressed', () => {
    const scene = Scene.formed(3, 12, { slotCount: 240 })
    const { world } = scene
    for (const node of world.nodes) measure(node, { headroom: 0.05 })
    world.advance(2000)
    world.submit(world.nodes[0]!, RUN_ID, { rate: 50, durationMs: 60_000 }, FACTS)
    world.advance(50_000)
    assert.deepEqual(shares(scene), [80, 80, 80])
  })
})
