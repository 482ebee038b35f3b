/** What benchmarks have in common. */

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Page, pageText } from '../../../bench/support/benchmark.ts'
import { medianInterval } from '../../../bench/support/median-interval.ts'

describe('a page of results', () => {
  const page: Page = { file: 'RESULTS-x.md', title: 'X, measured', command: 'npm run bench:x -- --save', told: 'more' }

  it('keeps the notes that people wrote, and nothing else', () => {
    const first = pageText(page, 'one table', '')
    const noted = first.replace(/(<!-- Notes\..*-->)\n/, '$1\n\nIt rained.\n\nTwice.\n\n')
    const second = pageText(page, 'another table', noted)
    assert.equal(second, noted.replace('one table', 'another table'))
    assert.equal(pageText(page, 'one table', second), noted)
    assert.equal(pageText(page, 'one table', '# An older page\n\nwithout notes'), first)
  })
})

describe('the interval of a median', () => {
  it('is that of the binomial distribution', () => {
    // Order statistics by n, as tables of distribution-free intervals at 95 % have them.
    for (const [n, low, high] of [
      [1, 1, 1],
      [5, 1, 5],
      [6, 1, 6],
      [9, 2, 8],
      [15, 4, 12],
      [25, 8, 18],
    ] as const) {
      const values = Array.from({ length: n }, (_, i) => n - i)
      assert.deepEqual(medianInterval(values), { low, high }, `${n} values`)
    }
  })

  it('is around the median', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const sorted = values.slice().sort((a, b) => a - b)
        const { low, high } = medianInterval(values)
        assert.ok(low <= sorted[(values.length - 1) >> 1]! && high >= sorted[values.length >> 1]!)
      }),
    )
  })
})
