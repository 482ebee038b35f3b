import assert from 'node:assert/strict'
import fc from 'fast-check'
import { aggregatorCount, aggregatorsOf, KEEPERS, keepersAmong } from '../../src/run/keepers.ts'

/** Ids as they come: of peers, and short ones that differ in their last characters. */
const bootId = fc.oneof(
  fc.stringMatching(/^12D3KooW[0-9A-Za-z]{44}$/),
  fc.nat(5000).map((n) => `n${n}-1`),
)
const nodes = fc.uniqueArray(bootId, { minLength: 4, maxLength: 120 })
const runId = fc.nat(1e6).map((n) => `r00000000-${String(n).padStart(10, '0')}`)

const mesh = (size: number) => Array.from({ length: size }, (_, i) => `n${i + 1}-1`)

/** How often each value occurs. */
function counted(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

describe('keepers of windows', () => {
  it('are two others for every owner, among ⌈√N⌉ aggregators, whatever the order of the nodes', () => {
    fc.assert(
      fc.property(runId, nodes, (run, ids) => {
        const count = aggregatorCount(ids.length)
        const aggregators = aggregatorsOf(run, ids, count)
        assert.equal(new Set(aggregators).size, Math.max(3, Math.ceil(Math.sqrt(ids.length))))
        assert.deepEqual(aggregatorsOf(run, ids.toReversed(), count), aggregators)
        const keepers = keepersAmong(aggregators)
        const again = keepersAmong(aggregators.toReversed())
        for (const owner of ids) {
          const two = keepers(owner)
          assert.equal(new Set(two).size, KEEPERS)
          assert.ok(two.every((keeper) => keeper !== owner && aggregators.includes(keeper)))
          assert.deepEqual(again(owner), two)
        }
      }),
    )
  })

  it('are as many as there are, where there are few', () => {
    assert.deepEqual(aggregatorsOf('r', [], 3), [])
    assert.deepEqual(keepersAmong(['a'])('a'), [])
    assert.deepEqual(keepersAmong(['a'])('b'), ['a'])
  })

  it('change only where the node that goes, or the one in its place, is one of them', () => {
    fc.assert(
      fc.property(runId, nodes, fc.nat(), (run, ids, at) => {
        const gone = ids[at % ids.length]!
        const count = aggregatorCount(ids.length)
        const before = aggregatorsOf(run, ids, count)
        const left = ids.filter((id) => id !== gone)
        const after = aggregatorsOf(run, left, count)
        const came = after.filter((id) => !before.includes(id))
        if (!before.includes(gone)) return assert.deepEqual(after, before)
        assert.ok(came.length <= 1)
        const [old, now] = [keepersAmong(before), keepersAmong(after)]
        for (const owner of left) {
          const stays = old(owner).filter((keeper) => keeper !== gone)
          const moved = now(owner).filter((keeper) => !stays.includes(keeper))
          if (stays.length === KEEPERS && !now(owner).some((keeper) => came.includes(keeper))) {
            assert.deepEqual(now(owner), old(owner))
          }
          assert.ok(moved.length <= 1, 'at most one of two is new')
        }
      }),
    )
  })

  it('are little moved by a death: about 2/√N of the owners get another keeper, and as many the newcomer', () => {
    const ids = mesh(400)
    const count = aggregatorCount(400)
    const before = aggregatorsOf('r00000000-0000000001', ids, count)
    const after = aggregatorsOf(
      'r00000000-0000000001',
      ids.filter((id) => id !== before[0]),
      count,
    )
    const [old, now] = [keepersAmong(before), keepersAmong(after)]
    const moved = ids.filter((id) => old(id).join() !== now(id).join()).length
    assert.ok(moved > 20 && moved < 160, `${moved} of 400`)
  })

  it('share the work evenly, over owners and over runs', () => {
    const ids = mesh(1000)
    const chosen = Array.from({ length: 300 }, (_, i) => {
      return aggregatorsOf(`r00000000-${String(i).padStart(10, '0')}`, ids, aggregatorCount(1000))
    })
    // 300 runs choose 32 of 1000 each: 9.6 times each node, with the spread that chance has.
    const times = [...counted(chosen.flat()).values()]
    assert.ok(times.length > 990)
    assert.ok(Math.max(...times) < 26, `${Math.max(...times)} times`)
    for (const aggregators of chosen.slice(0, 20)) {
      const keepers = keepersAmong(aggregators)
      const load = counted(ids.flatMap(keepers))
      // 2000 over 32: 62.5 each, give or take four standard deviations of chance.
      for (const aggregator of aggregators) {
        const kept = load.get(aggregator) ?? 0
        assert.ok(kept > 62 - 32 && kept < 63 + 32, `${aggregator} keeps the windows of ${kept}`)
      }
    }
  })
})
