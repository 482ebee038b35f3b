import assert from 'node:assert/strict'
import { countUsersOfSlot, slotOfUser, usersOf, usersOfSlot } from '../../../src/load/users.ts'

describe('users of slots', () => {
  it('go round the slots', () => {
    assert.deepEqual(usersOfSlot(10, 4, 1), [1, 5, 9])
    assert.deepEqual(usersOfSlot(10, 4, 3), [3, 7])
    assert.deepEqual(usersOfSlot(2, 4, 3), [])
  })

  it('belong to one slot each', () => {
    for (const users of [0, 1, 7, 8, 100]) {
      const slots = Array.from({ length: 8 }, (_, slot) => usersOfSlot(users, 8, slot))
      for (const [slot, list] of slots.entries()) {
        assert.equal(countUsersOfSlot(users, 8, slot), list.length)
        for (const user of list) assert.equal(slotOfUser(user, 8), slot)
      }
      assert.deepEqual(
        slots.flat().sort((a, b) => a - b),
        Array.from({ length: users }, (_, user) => user),
      )
    }
  })

  it('of several slots come in order, each once', () => {
    assert.deepEqual(usersOf(10, 4, [3, 1, 3]), [1, 3, 5, 7, 9])
    assert.deepEqual(usersOf(10, 4, []), [])
  })
})
