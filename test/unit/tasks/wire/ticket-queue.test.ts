import assert from 'node:assert/strict'
import fc from 'fast-check'
import { TicketQueue } from '../../../../src/tasks/http/wire/ticket-queue.ts'

describe('the queue of tickets', () => {
  it('gives back in order what it was given, whatever its length', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -60, max: 100 }), { maxLength: 30 }), (moves) => {
        const queue = new TicketQueue()
        const model: number[] = []
        let next = 0
        for (const move of moves) {
          for (let i = 0; i < move; i++) {
            model.push(next)
            queue.push(next++)
          }
          for (let i = 0; i > move && model.length > 0; i--) assert.equal(queue.shift(), model.shift())
          assert.equal(queue.length, model.length)
        }
      }),
    )
  })
})
