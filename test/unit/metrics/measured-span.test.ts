import assert from 'node:assert/strict'
import { measuredMs, unionMeasuredMs } from '../../../src/metrics/measured-span.ts'
import { closedLoad, openLoad, scenario } from './fixtures.ts'

describe('the measured span', () => {
  const first = scenario('first', openLoad(1, 10, 2))
  const second = scenario('second', closedLoad(1, 5, 1), 12_000)

  it('leaves the warm-up out and ends where the run ended', () => {
    assert.equal(measuredMs(first, 60_000), 10_000)
    assert.equal(measuredMs(first, 5500), 3500)
    assert.equal(measuredMs(first, 1500), 0)
    assert.equal(measuredMs(second, 60_000), 5000)
  })

  it('is the time in which anything was measured', () => {
    assert.equal(unionMeasuredMs([first, second], 60_000), 15_000)
    assert.equal(unionMeasuredMs([second, first], 14_000), 11_000)
    assert.equal(unionMeasuredMs([first, scenario('within', openLoad(1, 4))], 60_000), 12_000)
    assert.equal(unionMeasuredMs([first, scenario('later', openLoad(1, 4), 11_000)], 60_000), 13_000)
    assert.equal(unionMeasuredMs([first], 0), 0)
  })
})
