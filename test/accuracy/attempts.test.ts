/** Which measurements are made again: those that somebody else disturbed, and no others. */

import assert from 'node:assert/strict'
import { ATTEMPTS, type Check, type Known, undisturbed } from './support.ts'

describe('a measurement', () => {
  /** What came of measurements of which the first are disturbed, or right, as told. */
  async function made(disturbed: readonly boolean[], right: readonly boolean[]) {
    let count = 0
    const said: string[] = []
    const rightOnes = new Set<Known>()
    const run = async (): Promise<Known> => {
      const known = { disturbance: disturbed[count] === true ? 'others had 50 %' : null } as Known
      if (right[count] === true) rightOnes.add(known)
      count++
      return known
    }
    const check: Check = (known) => assert.ok(rightOnes.has(known), 'it is off')
    const last = await undisturbed(run, [check], (text) => said.push(text))
    return { count, said: said.length, isRight: rightOnes.has(last) }
  }

  it('is not made again for being wrong', async () => {
    assert.deepEqual(await made([false], [false, true]), { count: 1, said: 0, isRight: false })
  })

  it('is made again for being wrong and disturbed, and says so', async () => {
    assert.deepEqual(await made([true, false], [false, true]), { count: 2, said: 1, isRight: true })
    assert.deepEqual(await made([true, false], [false, false, true]), { count: 2, said: 1, isRight: false })
  })

  it('is not made again for being disturbed and right', async () => {
    assert.deepEqual(await made([true], [true]), { count: 1, said: 0, isRight: true })
  })

  it('is not made again for ever', async () => {
    const never = await made([true, true, true, true, true], [])
    assert.deepEqual(never, { count: ATTEMPTS, said: ATTEMPTS, isRight: false })
  })
})
