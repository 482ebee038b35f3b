import assert from 'node:assert/strict'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import type { Input } from '../../../src/coordination/io.ts'
import type { RunRecord } from '../../../src/coordination/messages.ts'
import { type CoreState, initialState } from '../../../src/coordination/state.ts'
import { step } from '../../../src/coordination/step.ts'
import { Gathering } from '../../../src/node/gathering.ts'
import type { ShareTable } from '../../../src/run/share-table.ts'
import { nodeInfo, runFacts, shareTable } from '../coordination/fixtures.ts'

const RUN_ID = 'r00000000-0000000001'
const IDS = ['a', 'b', 'c', 'd']
const SLOTS = 4

/** Node `a`, which follows `d`, in a run of four that has been going on for 3 s. */
class Node {
  now = 10_000
  isOver = false
  isReported = false
  readonly wants: Input[] = []
  readonly gathering: Gathering
  #state: CoreState

  constructor(aggregateAbove: number) {
    const info = nodeInfo('a')
    const facts = runFacts({ onNodeLoss: 'redistribute', durationMs: 9000 })
    const state = initialState({ bootId: 'a', info, describe: () => facts, slotCount: SLOTS, aggregateAbove })
    const term = { number: 1, solo: false, coordinator: 'd' }
    this.#state = {
      ...state,
      election: { ...state.election, term, following: true, heardAt: this.now },
      clock: { ...state.clock, peer: 'd', offset: 0, bestRtt: 1 },
    }
    const source = { text: '', format: 'yaml' as const }
    const record: RunRecord = { runId: RUN_ID, createdAt: 0, origin: 'd', originName: 'd', source, voters: IDS }
    for (const peer of IDS.slice(1)) this.input({ kind: 'connected', peer })
    const table = tableOf(this.now - 3500)
    this.input({ kind: 'message', from: 'd', message: { kind: 'run', record, version: null, dormant: false } })
    this.input({ kind: 'message', from: 'd', message: { kind: 'table', table, dormant: false } })
    this.gathering = new Gathering({
      state: () => this.#state,
      now: () => this.now,
      input: (input) => {
        this.wants.push(input)
        this.input(input)
      },
      isReported: () => this.isReported,
      isOver: () => this.isOver,
    })
  }

  input(input: Input): void {
    this.#state = step(this.#state, input, { monotonic: this.now, wall: 0 }).state
  }

  /** The windows of three seconds of a node come in. */
  holds(bootId: string): void {
    for (let sequence = 0; sequence < 3; sequence++) {
      this.input({ kind: 'batch', runId: RUN_ID, bootId, sequence })
      this.gathering.progressed(RUN_ID)
    }
  }
}

function tableOf(startAt: number): ShareTable {
  return shareTable(RUN_ID, 'd', IDS, { holders: [0, 1, 2, 3], since: [0, 0, 0, 0], startAt })
}

describe('gathering', () => {
  it('has nothing to do where every node has all windows', async () => {
    const { gathering, wants } = new Node(4)
    await gathering.gather(RUN_ID, 10_000)
    gathering.want(RUN_ID)
    assert.deepEqual(wants, [])
    assert.equal(gathering.isIdle(RUN_ID), false)
  })

  it('does nothing about runs that nobody knows', async () => {
    const { gathering, wants } = new Node(1)
    await gathering.gather('r00000000-0000000009', 10_000)
    assert.deepEqual(wants, [])
  })

  it('waits until the windows of all are here, and keeps asking meanwhile', async () => {
    const node = new Node(3)
    const { gathering } = node
    assert.ok(gathering.isIdle(RUN_ID) && !gathering.isDone(RUN_ID))
    let isDone = false
    const done = gathering.gather(RUN_ID, 10_000).then(() => {
      isDone = true
    })
    assert.deepEqual(node.wants, [{ kind: 'want', runId: RUN_ID }])
    assert.equal(gathering.isIdle(RUN_ID), false)
    for (const bootId of ['a', 'b', 'c']) node.holds(bootId)
    await setImmediate()
    assert.equal(isDone, false)
    gathering.tick()
    assert.equal(node.wants.length, 2)
    node.holds('d')
    await done
    gathering.tick()
    assert.equal(node.wants.length, 2, 'nobody waits any more')
  })

  it('gives up when patience is over', async () => {
    const node = new Node(3)
    await node.gathering.gather(RUN_ID, 20)
    assert.equal(node.gathering.isDone(RUN_ID), false)
    node.gathering.tick()
    assert.equal(node.wants.length, 1)
  })

  it('of a run that is over waits for the report', async () => {
    const node = new Node(3)
    node.isOver = true
    for (const bootId of IDS) node.holds(bootId)
    const done = node.gathering.gather(RUN_ID, 10_000).then(() => 'done')
    assert.equal(await Promise.race([done, sleep(20, 'waits')]), 'waits')
    node.isReported = true
    node.gathering.progressed(RUN_ID)
    assert.equal(await done, 'done')
  })
})
