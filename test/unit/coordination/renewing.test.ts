import assert from 'node:assert/strict'
import type { Input } from '../../../src/coordination/io.ts'
import type { Message } from '../../../src/coordination/messages.ts'
import { type CoreState, initialState } from '../../../src/coordination/state.ts'
import { step } from '../../../src/coordination/step.ts'
import { DEFAULT_TIMING } from '../../../src/coordination/timing.ts'
import { nodeInfo, runFacts, shareTable } from './fixtures.ts'

const RUN = 'r1'
const term = { number: 1, solo: false, coordinator: 'a' }

const table = shareTable(RUN, 'a', ['a', 'b', 'c'], {
  version: { term, sequence: 5 },
  phase: 'stopping',
  stopAt: 5000,
})

/** Node b, which follows a. */
class Follower {
  state: CoreState
  now = 10_000

  constructor() {
    this.state = initialState({ bootId: 'b', info: nodeInfo('b'), describe: () => runFacts() })
    this.hears({ kind: 'coordinator', term, at: 0 })
    const source = { text: '', format: 'yaml' } as const
    const record = { runId: RUN, createdAt: 0, origin: 'a', originName: 'a', source, voters: ['a', 'b', 'c'] }
    this.hears({ kind: 'run', record, version: null, dormant: false })
    this.hears({ kind: 'table', table, dormant: false })
  }

  input(input: Input): readonly Message[] {
    const { state, effects } = step(this.state, input, { monotonic: this.now, wall: 0 })
    this.state = state
    return effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []))
  }

  hears(message: Message, from = 'a'): readonly Message[] {
    return this.input({ kind: 'message', from, message })
  }

  holds(bootId: string, sequence: number): void {
    this.input({ kind: 'batch', runId: RUN, bootId, sequence })
  }

  /** What its next renewal tells of windows held, and when it was sent. */
  renews(): { held: Record<string, unknown>; at: number } {
    this.now += DEFAULT_TIMING.renewMs
    const current = this.state.election.term
    this.hears({ kind: 'coordinator', term: current, at: this.now }, current.coordinator)
    const renewal = this.input({ kind: 'tick' }).find((message) => message.kind === 'renew')
    assert.ok(renewal?.kind === 'renew')
    const held = renewal.runs[0]!.held.map(({ bootId, ranges }) => [bootId, ranges] as const)
    return { held: Object.fromEntries(held), at: renewal.at }
  }

  isAnswered(at: number): void {
    this.hears({ kind: 'lease', term, echo: at, at: this.now, granted: false, runs: [] })
  }
}

describe('what a node tells of windows it holds', () => {
  it('is told until it is answered, and then only what is new', () => {
    const node = new Follower()
    node.holds('a', 0)
    node.holds('c', 0)
    const first = node.renews()
    assert.deepEqual(first.held, { a: [[0, 0]], c: [[0, 0]] })
    const second = node.renews()
    assert.deepEqual(second.held, first.held, 'nobody has answered')
    node.isAnswered(second.at)
    assert.deepEqual(node.renews().held, {})
    node.holds('c', 1)
    const third = node.renews()
    assert.deepEqual(third.held, { c: [[0, 1]] })
    node.isAnswered(first.at)
    assert.deepEqual(node.renews().held, third.held, 'that was the answer to an earlier account')
  })

  it('is told whole to another coordinator', () => {
    const node = new Follower()
    node.holds('a', 0)
    node.isAnswered(node.renews().at)
    assert.deepEqual(node.renews().held, {})
    const next = { number: 2, solo: false, coordinator: 'c' }
    node.hears({ kind: 'coordinator', term: next, at: node.now }, 'c')
    assert.deepEqual(node.renews().held, { a: [[0, 0]] })
  })
})

describe('renewals', () => {
  it('go out with a heartbeat, however out of step a renewal in between has put them', () => {
    for (const late of [0, 100, 200, 300, 400, 500]) {
      const node = new Follower()
      node.input({ kind: 'connected', peer: 'a' })
      const ticks: string[] = []
      for (let i = 0; i < 60; i++) {
        node.now += DEFAULT_TIMING.tickMs
        node.hears({ kind: 'coordinator', term, at: node.now })
        const sent = node.input({ kind: 'tick' }).map(({ kind }) => kind)
        // Something has happened: it renews at once.
        if (i === 20 + late / 100)
          node.input({ kind: 'chore', runId: RUN, name: 'setup', outcome: { error: null, values: {}, durationMs: 1 } })
        if (i >= 40) ticks.push(sent.filter((kind) => kind === 'renew' || kind === 'heartbeat').join('+'))
      }
      const sent = ticks.filter((kinds) => kinds !== '')
      assert.ok(!sent.includes('renew'), `a renewal alone: ${ticks}`)
      assert.ok(sent.filter((kinds) => kinds.includes('renew')).length >= 3, `too few renewals: ${ticks}`)
      assert.ok(sent.length <= 7, `more writes than heartbeats: ${ticks}`)
    }
  })
})
