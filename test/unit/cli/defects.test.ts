import assert from 'node:assert/strict'
import { EXIT } from '../../../src/base/errors.ts'
import { MOST_DEFECTS, surviveDefects } from '../../../src/cli/defects.ts'

describe('defects nobody caught', () => {
  const exits: number[] = []
  const told: { message: string; stack: unknown }[] = []
  let time = 0
  let defect: (thrown: unknown) => void

  beforeEach(() => {
    exits.length = 0
    told.length = 0
    time = 0
    const context = {
      onDefect: (listener: typeof defect) => (defect = listener),
      exitNow: (code: number) => exits.push(code),
    }
    surviveDefects(
      context,
      (_level, message, fields) => told.push({ message, stack: fields?.stack }),
      () => time,
    )
  })

  it('are told of, with where they come from', () => {
    defect(new Error('a socket said no'))
    defect('a text')
    assert.equal(told[0]!.message, 'a defect: a socket said no')
    assert.match(String(told[0]!.stack), /defects\.test\.ts/)
    assert.equal(told[1]!.message, 'a defect: a text')
    assert.deepEqual(exits, [])
  })

  it('do not end the process while they are rare', () => {
    for (let i = 0; i < 10 * MOST_DEFECTS; i++) {
      time += 200
      defect(new Error('again'))
    }
    assert.deepEqual(exits, [])
  })

  it('end a process that does nothing else any more', () => {
    for (let i = 0; i < MOST_DEFECTS; i++) defect(new Error('again'))
    assert.deepEqual(exits, [EXIT.failure])
  })
})
