import assert from 'node:assert/strict'
import type { Lane } from '../../../src/journey/lane.ts'
import { expectedByConnections, sharedBy } from '../../../src/worker/expected-connections.ts'

const lane = (sharesWith?: object): Lane => ({
  ...(sharesWith !== undefined && { sharesWith }),
  fire: () => {},
  cut: () => {},
  close: async () => {},
})
const branch = (weight: number, ...steps: number[]) => ({ weight, steps })

describe('connections expected of a journey', () => {
  it('are one for each iteration where all steps share them', () => {
    const shared = {}
    const lanes = [lane(shared), lane(shared), lane(shared)]
    assert.deepEqual([...expectedByConnections([branch(1, 0, 1, 2)], lanes, 50)], [[shared, 50]])
  })

  it('are as many in all parts of a mix that share them', () => {
    const shared = {}
    const lanes = [lane(shared), lane(shared), lane(shared), lane(shared)]
    const mix = [branch(70, 0), branch(20, 1, 2), branch(10, 3)]
    assert.deepEqual([...expectedByConnections(mix, lanes, 50)], [[shared, 50]])
  })

  it('are one for each iteration at the first step, and for a part of them elsewhere', () => {
    const lanes = [lane(), lane(), lane()]
    const expected = expectedByConnections([branch(1, 0, 1, 2)], lanes, 60)
    assert.deepEqual(
      lanes.map((each) => expected.get(sharedBy(each))),
      [60, 20, 20],
    )
  })
})
