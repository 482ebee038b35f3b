import assert from 'node:assert/strict'
import { expectedAtOnce } from '../../../src/load/expected-at-once.ts'
import { closedLoad, openLoad } from '../worker/suites.ts'

const slots = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i)

describe('executions expected at once', () => {
  it('are the users that fall to the slots', () => {
    const load = closedLoad(25, 1000)
    assert.equal(expectedAtOnce(load, slots(10), 10), 25)
    assert.equal(expectedAtOnce(load, slots(5), 10) + expectedAtOnce(load, slots(5, 5), 10), 25)
    assert.equal(expectedAtOnce(load, [], 10), 0)
  })

  it('are the arrivals of 50 ms, at least one, and within what may be in flight', () => {
    assert.equal(expectedAtOnce(openLoad(10_000, 1000), slots(10), 10), 500)
    assert.equal(expectedAtOnce(openLoad(10_000, 1000), slots(5), 10), 250)
    assert.equal(expectedAtOnce(openLoad(0.001, 1000), slots(1), 10), 1)
    assert.equal(expectedAtOnce(openLoad(10_000, 1000, { maxInFlight: 40 }), slots(5), 10), 20)
    assert.equal(expectedAtOnce(openLoad(10_000, 1000), [], 10), 0)
  })
})
