import assert from 'node:assert/strict'
import { readSample } from '../../../src/node/first-suite.ts'

describe('the suite that a node reads before any other', () => {
  it('is a good one: all that checks suites is used', () => {
    assert.equal(readSample(), true)
  })
})
