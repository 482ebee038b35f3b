import assert from 'node:assert/strict'
import fc from 'fast-check'
import { IDLE, type NodeLoad } from '../../../src/membership/view.ts'
import { STRATEGIES } from '../../../src/run/strategies/index.ts'
import type { Firing } from '../../../src/run/strategies/strategy.ts'

const load = (change: Partial<NodeLoad> = {}): NodeLoad => ({ ...IDLE, ...change })
const node = (bootId: string, change: Partial<NodeLoad> = {}, weight = 2): Firing => {
  return { bootId, capacity: 2, weight, load: load(change) }
}

describe('share strategies', () => {
  const { equal, weighted, capacity } = STRATEGIES

  it('split evenly, or by what a node was started with', () => {
    assert.equal(equal.weightOf({ bootId: 'a', capacity: 8, load: IDLE }), 1)
    assert.equal(weighted.weightOf({ bootId: 'a', capacity: 8, load: IDLE }), 8)
    for (const strategy of [equal, weighted]) {
      assert.equal(strategy.revise([node('a', { headroom: 0 }), node('b')]).size, 0)
    }
  })

  describe('capacity', () => {
    it('begins with the CPU time that is free', () => {
      const weigh = (headroom: number) => capacity.weightOf({ bootId: 'a', capacity: 4, load: load({ headroom }) })
      assert.deepEqual([1, 0.97, 0.5, 0].map(weigh), [4, 4, 2, 0.4])
    })

    it('lowers a node without CPU time, and one that sends late', () => {
      const revised = capacity.revise([node('a', { headroom: 0.05 }), node('b'), node('c', { latenessMs: 50 })])
      assert.deepEqual(
        [...revised],
        [
          ['a', 1.6],
          ['c', 1.6],
        ],
      )
    })

    it('changes nothing where nobody has room, or nobody is pressed', () => {
      assert.equal(capacity.revise([node('a', { headroom: 0.02 }), node('b', { headroom: 0.2 })]).size, 0)
      assert.equal(capacity.revise([node('a', { headroom: 0.15 }), node('b')]).size, 0)
      assert.equal(capacity.revise([node('a', { latenessMs: 50 })]).size, 0)
    })

    it('never raises a weight, keeps a tenth, and comes to rest, whatever is measured', () => {
      const measured = fc.record({ headroom: fc.double({ min: 0, max: 1, noNaN: true }), latenessMs: fc.nat(100) })
      const history = fc.array(fc.tuple(measured, measured, measured), { minLength: 50, maxLength: 80 })
      fc.assert(
        fc.property(history, (rounds) => {
          let weights = [2, 2, 2]
          let revisions = 0
          for (const round of rounds) {
            const firing = round.map((change, i) => node('abc'[i]!, change, weights[i]))
            const revised = capacity.revise(firing)
            revisions += revised.size
            const after = firing.map(({ bootId, weight }) => revised.get(bootId) ?? weight)
            assert.ok(
              after.every((weight, i) => weight <= weights[i]! && weight >= 0.2),
              String(after),
            )
            weights = after
          }
          assert.ok(revisions <= 3 * 10, `${revisions} revisions`)
        }),
      )
    })
  })
})
