import assert from 'node:assert/strict'
import { RUN_ID, Scene } from './scene.ts'

/** How many values there are in one, those in its parts included. */
function sizeOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  if (value instanceof Map) return sizeOf([...value.keys(), ...value.values()])
  const parts: unknown[] = value instanceof Set ? [...value] : Object.values(value)
  return parts.reduce<number>((sum, part) => sum + sizeOf(part), 1)
}

describe('a long run', () => {
  it('leaves the state of nodes as large as it was after its first minute', () => {
    const scene = Scene.formed(3, 7, { trace: false, slotCount: 60 })
    const { world } = scene
    world.submit(world.nodes[0]!, RUN_ID, { rate: 1, durationMs: 400_000 })
    const sizes = (): number[] => world.nodes.map((node) => sizeOf(node.state))
    world.advance(60_000)
    const early = sizes()
    world.advance(240_000)
    assert.equal(world.nodes[0]!.state.runs.get(RUN_ID)!.table!.phase, 'running')
    for (const [index, late] of sizes().entries()) {
      // What is on its way, or asked for, differs from moment to moment. A value a second would be 240.
      assert.ok(late < early[index]! + 100, `${late} values after ${early[index]}`)
    }
  })
})
