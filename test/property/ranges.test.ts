import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  commonOf,
  firstOf,
  hasSequence,
  lastOf,
  missingIn,
  type Ranges,
  rangesOf,
  sizeOf,
  unionOf,
  without,
} from '../../src/base/ranges.ts'

const sequences = fc.array(fc.nat(60), { maxLength: 60 })

function membersOf(ranges: Ranges): number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i))
}

describe('ranges of sequences', () => {
  it('are the sorted set of what was added, in any order, never touching', () => {
    fc.assert(
      fc.property(sequences, (list) => {
        const ranges = rangesOf(list)
        assert.deepEqual(
          membersOf(ranges),
          [...new Set(list)].sort((a, b) => a - b),
        )
        for (let i = 1; i < ranges.length; i++) assert.ok(ranges[i]![0] > ranges[i - 1]![1] + 1)
        assert.equal(sizeOf(ranges), new Set(list).size)
        assert.equal(lastOf(ranges), list.length === 0 ? -1 : Math.max(...list))
      }),
    )
  })

  it('are united without touching', () => {
    fc.assert(
      fc.property(sequences, sequences, (a, b) => {
        assert.deepEqual(unionOf(rangesOf(a), rangesOf(b)), rangesOf([...a, ...b]))
      }),
    )
  })

  it('are divided into what is in another set and what is not', () => {
    fc.assert(
      fc.property(sequences, sequences, (a, b) => {
        const inBoth = a.filter((sequence) => b.includes(sequence))
        const inOne = a.filter((sequence) => !b.includes(sequence))
        assert.deepEqual(commonOf(rangesOf(a), rangesOf(b)), rangesOf(inBoth))
        assert.deepEqual(without(rangesOf(a), rangesOf(b)), rangesOf(inOne))
      }),
    )
  })

  it('know their members and what is missing', () => {
    fc.assert(
      fc.property(sequences, fc.nat(60), fc.nat(60), fc.nat(80), (list, a, b, limit) => {
        const ranges = rangesOf(list)
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const span = Array.from({ length: to - from + 1 }, (_, i) => from + i)
        const missing = span.filter((sequence) => !list.includes(sequence))
        for (const sequence of span) assert.equal(hasSequence(ranges, sequence), list.includes(sequence))
        assert.deepEqual(membersOf(missingIn(ranges, from, to)), missing)
        assert.deepEqual(membersOf(firstOf(missingIn(ranges, from, to), limit)), missing.slice(0, limit))
      }),
    )
  })
})
