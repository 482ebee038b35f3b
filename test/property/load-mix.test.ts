import assert from 'node:assert/strict'
import fc from 'fast-check'
import { firstTurn, mixSequence } from '../../src/load/mix.ts'

const weights = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 }),
  fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }),
)

/** Largest difference of any part to what its weight asks for, over all numbers of turns from a start. */
function worst(list: readonly number[], { parts, length }: ReturnType<typeof mixSequence>, start: number): number {
  const sum = list.reduce((a, b) => a + b, 0)
  const taken = list.map(() => 0)
  let largest = 0
  for (let turns = 1; turns <= length; turns++) {
    taken[parts[(start + turns - 1) % length]!]!++
    for (const [part, weight] of list.entries()) {
      largest = Math.max(largest, Math.abs(taken[part]! - (turns * weight) / sum))
    }
  }
  return largest
}

describe('the sequence of a mix', () => {
  it('repeats exactly, and is never one off in between', () => {
    fc.assert(
      fc.property(weights, (list) => {
        const sequence = mixSequence(list)
        const sum = list.reduce((a, b) => a + b, 0)
        const times = list.map((_, part) => sequence.parts.filter((each) => each === part).length)
        assert.deepEqual(
          times.map((number) => number * sum),
          list.map((weight) => weight * sequence.length),
        )
        assert.ok(worst(list, sequence, 0) <= 1 - 1 / (2 * list.length - 2 || 1) + 1e-9)
      }),
    )
  })

  it('is never one off from any turn that a node may begin at, of which the first is one', () => {
    fc.assert(
      fc.property(weights, fc.nat(1e6), (list, first) => {
        const sequence = mixSequence(list)
        assert.equal(sequence.starts[0], 0)
        const start = firstTurn(sequence, first)
        assert.ok(sequence.starts.includes(start))
        assert.ok(worst(list, sequence, start) < 1)
      }),
    )
  })

  it('has nodes of equal weights begin at different parts', () => {
    const sequence = mixSequence([1, 1, 1])
    const begun = [0, 1, 2].map((first) => sequence.parts[firstTurn(sequence, first)])
    assert.equal(new Set(begun).size, 3)
  })

  it('divides out what weights have in common', () => {
    assert.equal(mixSequence([70, 20, 10]).length, 10)
    assert.deepEqual([...mixSequence([5]).parts], [0])
  })
})
