import assert from 'node:assert/strict'
import { holdOf, holdOfEach } from '../../../src/membership/quorum.ts'
import { compareRank, standingOrder } from '../../../src/membership/rank.ts'
import { compareTerms, compareVersions, NO_TERM } from '../../../src/membership/term.ts'

const term = (number: number, coordinator: string, solo = false) => ({ number, coordinator, solo })

describe('terms', () => {
  it('are ordered by number, then solo below elected, then coordinator', () => {
    const ordered = [NO_TERM, term(0, 'a', true), term(1, 'z', true), term(1, 'a'), term(1, 'b'), term(2, 'a')]
    for (let i = 0; i < ordered.length; i++) {
      for (let j = 0; j < ordered.length; j++) {
        assert.equal(Math.sign(compareTerms(ordered[i]!, ordered[j]!)), Math.sign(i - j), `${i}, ${j}`)
      }
    }
  })

  it('outweigh sequences in versions', () => {
    assert.ok(compareVersions({ term: term(2, 'a'), sequence: 1 }, { term: term(1, 'a'), sequence: 99 }) > 0)
    assert.ok(compareVersions({ term: term(1, 'a'), sequence: 2 }, { term: term(1, 'a'), sequence: 1 }) > 0)
  })
})

describe('rank', () => {
  it('goes by priority, then capacity, then boot id', () => {
    const low = { bootId: 'z', priority: 0, capacity: 64 }
    const high = { bootId: 'a', priority: 1, capacity: 1 }
    assert.ok(compareRank(high, low) > 0)
    assert.ok(compareRank({ ...low, capacity: 65 }, low) > 0)
    assert.ok(compareRank({ ...low, bootId: 'zz' }, low) > 0)
    assert.equal(standingOrder(low, [high, { ...low, capacity: 1 }]), 1)
  })
})

describe('quorum', () => {
  const present =
    (...nodes: string[]) =>
    (node: string) =>
      nodes.includes(node)

  it('tells majority, half and minority', () => {
    const group = new Set(['a', 'b', 'c', 'd'])
    assert.equal(holdOf(group, present('a', 'b', 'c')), 'majority')
    assert.equal(holdOf(group, present('a', 'b')), 'half')
    assert.equal(holdOf(group, present('a')), 'minority')
    assert.equal(holdOf(new Set(), present()), 'majority')
  })

  it('is as strong as its weakest group', () => {
    const groups = [new Set(['a']), new Set(['a', 'b']), new Set(['b', 'c', 'd'])]
    assert.equal(holdOfEach(groups.slice(0, 1), present('a')), 'majority')
    assert.equal(holdOfEach(groups.slice(0, 2), present('a')), 'half')
    assert.equal(holdOfEach(groups, present('a')), 'minority')
  })
})
