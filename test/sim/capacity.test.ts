import assert from 'node:assert/strict'
import type { NodeLoad } from '../../src/membership/view.ts'
import { slotCounts } from '../../src/run/share-table.ts'
import { Checkers } from './checkers.ts'
import { type SimNode, World } from './world.ts'

const RUN = 'r00000000-0000000000'

/** What the node tells of itself from now on. */
function measure(node: SimNode, change: Partial<NodeLoad>): void {
  const { info } = node.state.config
  node.input({ kind: 'info', info: { ...info, load: { ...info.load, ...change } } })
}

function shares(world: World): number[] {
  const { table } = world.nodes[0]!.state.runs.get(RUN)!
  const counts = slotCounts(table!)
  return world.nodes.map(({ bootId }) => counts[table!.members.findIndex((member) => member.bootId === bootId)]!)
}

describe('shares by measured capacity', () => {
  it('move from a pressed node to those with room, exactly, and come to rest', () => {
    const world = new World({ seed: 11, slotCount: 240 })
    const checkers = new Checkers(world)
    for (let i = 0; i < 3; i++) world.addNode()
    world.advance(2000)
    world.submit(world.nodes[0]!, { runId: RUN, rate: 100, durationMs: 120_000 }, { shares: 'capacity' })
    world.advance(8000)
    assert.deepEqual(shares(world), [80, 80, 80])
    measure(world.nodes[1]!, { headroom: 0.02 })
    world.advance(8000)
    assert.deepEqual(shares(world), [86, 68, 86])
    // It goes on being pressed for a while, and is relieved by and by.
    world.advance(30_000)
    const relieved = shares(world)
    assert.ok(relieved[1]! < 50, `${relieved}`)
    measure(world.nodes[1]!, { headroom: 0.9 })
    world.advance(13_000)
    const rest = shares(world)
    world.advance(30_000)
    assert.deepEqual(shares(world), rest, 'at rest')
    world.advance(60_000)
    checkers.noArrivalTwice()
    checkers.allEndedAlike()
    assert.equal(world.fired.get(RUN)!.size, 12_000, 'every planned arrival was fired')
  })

  it('stay where they are while everybody is pressed', () => {
    const world = new World({ seed: 12, slotCount: 240 })
    for (let i = 0; i < 3; i++) measure(world.addNode(), { headroom: 0.05 })
    world.advance(2000)
    world.submit(world.nodes[0]!, { runId: RUN, rate: 50, durationMs: 60_000 }, { shares: 'capacity' })
    world.advance(50_000)
    assert.deepEqual(shares(world), [80, 80, 80])
  })
})
