import assert from 'node:assert/strict'
import fc from 'fast-check'
import { VajraError } from '../../../src/base/errors.ts'
import { checkMessage } from '../../../src/coordination/message-schema.ts'
import type { Message } from '../../../src/coordination/messages.ts'
import { step } from '../../../src/coordination/step.ts'
import { decodeMessage, encodeMessage } from '../../../src/mesh/codec.ts'
import { playSeed } from '../../sim/history.ts'

/** Every message of some histories, as the core made them. */
function messagesOfHistories(): Message[] {
  const messages: Message[] = []
  for (const seed of [5, 19, 50, 102]) {
    playSeed(seed, {
      core: (state, input, now) => {
        const result = step(state, input, now)
        for (const effect of result.effects) {
          if (effect.kind === 'send' || effect.kind === 'gossip') messages.push(effect.message)
        }
        return result
      },
    })
  }
  return messages
}

describe('messages of peers', () => {
  const messages = messagesOfHistories()
  const kinds = new Map(messages.map((message) => [message.kind, message]))

  it('survive the wire and the check exactly as the core makes them', () => {
    assert.ok(kinds.size >= 12, [...kinds.keys()].join())
    for (const message of messages.slice(0, 5000)) {
      assert.deepEqual(checkMessage(decodeMessage(encodeMessage(message), 1 << 20)), message)
    }
  })

  it('are refused when they are anything else', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4 }), (value) => {
        assert.throws(() => checkMessage(value), VajraError)
      }),
    )
  })

  it('are refused with a field missing, added, or of another type', () => {
    for (const [kind, message] of kinds) {
      assert.throws(() => checkMessage({ ...message, extra: 1 }), VajraError, kind)
      for (const key of Object.keys(message)) {
        const { [key as keyof Message]: _, ...without } = message
        assert.throws(() => checkMessage(without), VajraError, `${kind} without ${key}`)
        assert.throws(() => checkMessage({ ...message, [key]: Symbol('no') }), VajraError, `${kind}.${key}`)
      }
    }
  })

  it('are refused with holders that are no members', () => {
    const table = messages.find((message) => message.kind === 'table' && message.table.holders.length > 0)
    assert.ok(table?.kind === 'table')
    const bad = { ...table, table: { ...table.table, holders: table.table.holders.map(() => 99) } }
    assert.throws(() => checkMessage(bad), /holder/)
  })
})
