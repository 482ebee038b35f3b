import assert from 'node:assert/strict'
import type { DialOutcome } from '../../../src/mesh/address-book.ts'
import { REJECTIONS, Rejections } from '../../../src/mesh/rejections.ts'

describe('rejections', () => {
  const told = (...outcomes: readonly DialOutcome[]) => {
    const rejections = new Rejections()
    return outcomes.map((outcome) => rejections.note('127.0.0.1:1', outcome))
  }

  it('are told of when they go on, not when a peer dies in a handshake', () => {
    assert.equal(REJECTIONS, 3)
    assert.deepEqual(told('rejected'), [false])
    assert.deepEqual(told('rejected', 'refused', 'rejected', 'refused', 'rejected'), [
      false,
      false,
      false,
      false,
      false,
    ])
    assert.deepEqual(told('rejected', 'rejected', 'connected', 'rejected'), [false, false, false, false])
    assert.deepEqual(told('rejected', 'rejected', 'rejected', 'rejected'), [false, false, true, true])
  })

  it('count silence in between, which is how every other handshake with another key ends', () => {
    assert.deepEqual(told('rejected', 'unreachable', 'rejected'), [false, false, true])
    assert.deepEqual(told('unreachable', 'unreachable', 'unreachable', 'rejected'), [false, false, false, false])
    assert.deepEqual(told('rejected', 'unreachable', 'unreachable', 'refused', 'rejected').at(-1), false)
  })

  it('are counted for each address by itself, of any number of addresses', () => {
    const rejections = new Rejections()
    for (let i = 0; i < 5000; i++) assert.equal(rejections.note(`10.0.0.1:${i}`, 'rejected'), false)
    rejections.note('a', 'rejected')
    rejections.note('a', 'rejected')
    assert.equal(rejections.note('b', 'rejected'), false)
    assert.equal(rejections.note('a', 'rejected'), true)
  })
})
