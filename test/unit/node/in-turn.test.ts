import assert from 'node:assert/strict'
import { inTurn } from '../../../src/node/in-turn.ts'

it('closing goes on after a step that fails, in order, and tells of it', async () => {
  const done: string[] = []
  const log: string[] = []
  await inTurn(
    (level, message) => log.push(`${level}: ${message}`),
    [
      async () => void done.push('threads'),
      async () => {
        throw new Error('a socket that will not close')
      },
      () => {
        throw new Error('a file that will not close')
      },
      () => void done.push('lock'),
    ],
  )
  assert.deepEqual(done, ['threads', 'lock'])
  assert.deepEqual(log, [
    'warn: while closing: a socket that will not close',
    'warn: while closing: a file that will not close',
  ])
})
