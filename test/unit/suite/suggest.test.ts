import assert from 'node:assert/strict'
import { closest, editDistance, isMisspelled } from '../../../src/suite/suggest.ts'

describe('suggestions', () => {
  it('counts edits, a swap of neighbours as one', () => {
    for (const [a, b, distance] of [
      ['', '', 0],
      ['', 'abc', 3],
      ['kitten', 'sitting', 3],
      ['rate', 'rate', 0],
      ['rtae', 'rate', 1],
      ['durations', 'duration', 1],
    ] as const) {
      assert.equal(editDistance(a, b), distance, `${a} ${b}`)
      assert.equal(editDistance(b, a), distance, `${b} ${a}`)
    }
  })

  it('finds the nearest candidate within two edits', () => {
    assert.equal(closest('durations', ['rate', 'duration']), 'duration')
    assert.equal(closest('TIMEOUT', ['timeout']), 'timeout')
    assert.equal(closest('elephant', ['rate', 'duration']), undefined)
  })

  it('does not take short words for each other', () => {
    assert.equal(closest('x', ['ab', 'p']), undefined)
    assert.equal(closest('', ['p']), undefined)
  })

  it('recognizes a misspelled key', () => {
    assert.equal(isMisspelled('duration', ['durations', 'rate']), true)
    assert.equal(isMisspelled('duration', ['rate']), false)
  })
})
