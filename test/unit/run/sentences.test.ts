import assert from 'node:assert/strict'
import { LIMITS } from '../../../src/base/limits.ts'
import { event, listed, sentence } from '../../../src/run/plan-facts.ts'

describe('what a table tells people', () => {
  it('lists some of many nodes, and all of few', () => {
    const names = Array.from({ length: 300 }, (_, i) => `n${i}`)
    assert.equal(listed(names.slice(0, 3)), 'n0, n1, n2')
    assert.equal(listed(names.slice(0, 13)).split(', ').length, 13)
    assert.match(listed(names), /^n0, .*, n11 and 288 more$/)
  })

  it('is never longer than peers take', () => {
    const long = 'x'.repeat(3 * LIMITS.sentenceLength)
    assert.equal(sentence(long).length, LIMITS.sentenceLength)
    assert.equal(event(0, 'run-ended', long).message.length, LIMITS.sentenceLength)
    assert.equal(sentence('short'), 'short')
  })
})
