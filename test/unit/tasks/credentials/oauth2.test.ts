import assert from 'node:assert/strict'
import fc from 'fast-check'
import { renewalDelay, retryDelay } from '../../../../src/tasks/credentials/oauth2.ts'

describe('the renewal of tokens', () => {
  it('is a minute before they expire, or in the last quarter of their time', () => {
    assert.equal(renewalDelay(3_600_000), 3_540_000)
    assert.equal(renewalDelay(240_000), 180_000)
    assert.equal(renewalDelay(2000), 1500)
  })

  it('is never in the past, nor so often that it would be a load of its own', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e12, noNaN: true }), (lifetime) => {
        assert.ok(renewalDelay(lifetime) >= 500 && renewalDelay(lifetime) < Math.max(lifetime, 501))
        assert.ok(retryDelay(lifetime) >= 500 && retryDelay(lifetime) <= 10_000)
      }),
    )
  })
})
