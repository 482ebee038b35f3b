import assert from 'node:assert/strict'
import type { Effect, Input } from '../../../src/coordination/io.ts'
import type { RunRecord } from '../../../src/coordination/messages.ts'
import { initialState } from '../../../src/coordination/state.ts'
import { step } from '../../../src/coordination/step.ts'
import { nodeInfo, runFacts } from './fixtures.ts'

const record: RunRecord = {
  runId: 'r1',
  createdAt: 0,
  origin: 'a',
  originName: 'a',
  source: { format: 'json', text: '{}' },
  voters: ['a', 'b'],
}
const version = { term: { number: 1, solo: false, coordinator: 'a' }, sequence: 5 }

/** How often a new node b tells its load threads to get ready for something. */
function standsBy(input: Input): number {
  const state = initialState({ bootId: 'b', info: nodeInfo('b'), describe: () => runFacts() })
  const { effects } = step(state, input, { monotonic: 1000, wall: 0 })
  return effects.filter(({ kind }: Effect) => kind === 'stand-by').length
}

const told = (change: { version?: typeof version; dormant?: boolean }): Input => ({
  kind: 'message',
  from: 'a',
  message: { kind: 'run', record, version: null, dormant: false, ...change },
})

describe('a node stands by', () => {
  it('when it is handed a run, or hears of one that nobody has planned yet', () => {
    const { voters: _, ...submission } = record
    assert.equal(standsBy({ kind: 'submit', record: submission }), 1)
    assert.equal(standsBy(told({})), 1)
  })

  it('not for runs of the past', () => {
    assert.equal(standsBy(told({ version })), 0)
    assert.equal(standsBy(told({ dormant: true })), 0)
  })
})
