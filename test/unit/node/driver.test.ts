import assert from 'node:assert/strict'
import type { Message, RunRecord } from '../../../src/coordination/messages.ts'
import { initialState } from '../../../src/coordination/state.ts'
import { encodeCompact } from '../../../src/mesh/codec.ts'
import { Driver, type DriverParts } from '../../../src/node/driver.ts'
import { nodeInfo, runFacts } from '../coordination/fixtures.ts'

const record: RunRecord = {
  runId: 'r00000000-0000000000',
  createdAt: 0,
  origin: 'a',
  originName: 'a',
  source: { format: 'json', text: '{}' },
  voters: ['a', 'b'],
}
const told: Message = { kind: 'run', record, version: null, dormant: false }

/** What node b does, in order, with messages of its peer a: stand by, read suites, and what the core asks for. */
function doneWith(messages: readonly Message[]): string[] {
  const done: string[] = []
  const describe = (): ReturnType<typeof runFacts> => {
    done.push('read')
    return runFacts()
  }
  const workers = { expect: () => done.push('expect'), perform: ({ kind }: { kind: string }) => done.push(kind) }
  const driver = new Driver(initialState({ bootId: 'b', info: nodeInfo('b'), describe }), {
    mesh: { send: () => {}, gossip: () => {} },
    store: { putRun: () => {} },
    workers,
    clock: { monotonic: () => 1000, wall: () => 0 },
    log: () => {},
    hooks: { admits: () => true, runChanged: () => {} },
  } as unknown as DriverParts)
  for (const message of messages) driver.meshEvents().message('a', 'control', encodeCompact(message))
  return done
}

describe('the driver', () => {
  it('has load threads started before it reads the suite of a new run', () => {
    assert.deepEqual(doneWith([told]), ['expect', 'read', 'stand-by'])
  })

  it('does not for runs that it knows, or that are under way or over', () => {
    assert.deepEqual(doneWith([told, told]), ['expect', 'read', 'stand-by'])
    assert.deepEqual(doneWith([{ ...told, dormant: true }]), ['read'])
    const version = { term: { number: 1, solo: false, coordinator: 'a' }, sequence: 1 }
    assert.deepEqual(doneWith([{ ...told, version }]), ['read'])
  })
})
