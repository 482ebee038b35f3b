import assert from 'node:assert/strict'
import { BackOff } from '../../../../src/tasks/http/wire/back-off.ts'

describe('the back-off of users', () => {
  const delays = (backOff: BackOff, user: number, failures: number): number[] =>
    Array.from({ length: failures }, () => {
      backOff.failed(user)
      return backOff.delayOf(user)
    })

  it('doubles with each failure in a row, up to 1 s', () => {
    const longest = delays(new BackOff(30_000, () => 1), 0, 9)
    assert.deepEqual(longest, [10, 20, 40, 80, 160, 320, 640, 1000, 1000])
    const shortest = delays(new BackOff(30_000, () => 0), 0, 9)
    assert.deepEqual(
      shortest,
      longest.map((delay) => delay / 2),
    )
  })

  it('is over with the first answer, and each user has its own', () => {
    const backOff = new BackOff(30_000, () => 1)
    delays(backOff, 500, 3)
    backOff.failed(7)
    assert.deepEqual(
      [0, 7, 500, 501].map((user) => backOff.delayOf(user)),
      [0, 10, 40, 0],
    )
    backOff.succeeded(500)
    backOff.succeeded(100_000)
    assert.deepEqual(
      [7, 500].map((user) => backOff.delayOf(user)),
      [10, 0],
    )
  })

  it('never holds back what belongs to no user, and nothing for half of its time', () => {
    const backOff = new BackOff(100, () => 1)
    assert.deepEqual(delays(backOff, -1, 5), [0, 0, 0, 0, 0])
    assert.equal(delays(backOff, 3, 9).at(-1), 50)
  })
})
