import assert from 'node:assert/strict'
import type { Effect, Input } from '../../../src/coordination/io.ts'
import { type CoreState, initialState, isCoordinator } from '../../../src/coordination/state.ts'
import { step } from '../../../src/coordination/step.ts'
import { nodeInfo, runFacts } from './fixtures.ts'

const record = {
  runId: 'r1',
  createdAt: 0,
  origin: 'a',
  originName: 'a',
  source: { format: 'json' as const, text: '{}' },
}

/** A node that is alone, and what it does. */
class Alone {
  #state: CoreState = initialState({ bootId: 'a', info: nodeInfo('a'), describe: () => runFacts() })
  now = 1000

  does(input: Input): Effect[] {
    const { state, effects } = step(this.#state, input, { monotonic: this.now, wall: this.now })
    this.#state = state
    return [...effects]
  }

  get coordinates(): boolean {
    return isCoordinator(this.#state)
  }
}

describe('a run that is submitted to its coordinator', () => {
  it('is planned at once: nobody can have planned it before', () => {
    const node = new Alone()
    for (; !node.coordinates && node.now < 10_000; node.now += 100) node.does({ kind: 'tick' })
    assert.ok(node.coordinates)
    const effects = node.does({ kind: 'submit', record })
    const tables = effects.flatMap((effect) => (effect.kind === 'store-table' ? [effect.table] : []))
    assert.deepEqual(
      tables.map(({ phase, members }) => [phase, members.map(({ bootId }) => bootId)]),
      [['distributing', ['a']]],
    )
    const order = effects.map(({ kind }) => kind)
    assert.ok(order.indexOf('store-run') < order.indexOf('store-table'))
    assert.ok(order.includes('prepare'))
  })

  it('waits for one where there is none yet', () => {
    const effects = new Alone().does({ kind: 'submit', record })
    assert.ok(effects.every(({ kind }) => kind !== 'store-table'))
  })
})
