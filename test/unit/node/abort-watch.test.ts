import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { addSequence, NO_RANGES, type Ranges } from '../../../src/base/ranges.ts'
import type { Input } from '../../../src/coordination/io.ts'
import { type CoreState, initialState, type RunState } from '../../../src/coordination/state.ts'
import type { WindowBatch } from '../../../src/metrics/window.ts'
import { AbortWatch } from '../../../src/node/abort-watch.ts'
import { Gathering } from '../../../src/node/gathering.ts'
import { RunBook } from '../../../src/node/run-book.ts'
import type { ShareTable } from '../../../src/run/share-table.ts'
import { member, nodeInfo } from '../coordination/fixtures.ts'
import { batch, counts, encoded, openLoad, RUN_ID, scenario, suite, threshold, window } from '../metrics/fixtures.ts'

const failing = (bootId: string, sequence: number): WindowBatch =>
  batch(bootId, sequence, window({ counts: counts({ sent: 4, failed: 4 }), latency: encoded(1000) }))

/** Node `a` of two, which coordinates a run that fails, or does not. */
class Node {
  readonly stops: Input[] = []
  readonly stored: WindowBatch[] = []
  readonly watch: AbortWatch
  readonly #book = new RunBook()
  #held = new Map<string, Ranges>()
  #wish: RunState['wish'] = null
  leads = true

  constructor(abortOnFail = true) {
    const declared = threshold('failed', 'rate<50%', { abortOnFail })
    this.#book.open(RUN_ID, suite([scenario('browse', openLoad(4, 60))], { thresholds: [declared] }))
    this.watch = new AbortWatch({
      state: () => this.#state,
      book: this.#book,
      gathering: new Gathering({
        state: () => this.#state,
        now: () => 0,
        input: () => {},
        isReported: () => false,
        isOver: () => false,
      }),
      stored: () => this.stored,
      input: (input) => {
        this.stops.push(input)
        if (input.kind === 'stop') this.#wish = { stop: input.stop, reason: input.reason }
      },
    })
  }

  readonly #table = {
    runId: RUN_ID,
    phase: 'running',
    members: [member('a'), member('b')],
    revisions: [],
  } as unknown as ShareTable

  get #state(): CoreState {
    const base = initialState({ bootId: 'a', info: nodeInfo('a'), describe: () => null })
    const term = { number: 1, solo: false, coordinator: this.leads ? 'a' : 'b' }
    const run = { table: this.#table, held: this.#held, wish: this.#wish, dormant: false } as unknown as RunState
    return {
      ...base,
      election: { ...base.election, term, following: true },
      reign: this.leads ? ({} as CoreState['reign']) : null,
      runs: new Map([[RUN_ID, run]]),
    }
  }

  /** A batch is stored, as the window exchange does it. */
  async takes(...batches: readonly WindowBatch[]): Promise<void> {
    for (const one of batches) {
      const { bootId, sequence } = one
      this.stored.push(one)
      this.#held = new Map(this.#held).set(bootId, addSequence(this.#held.get(bootId) ?? NO_RANGES, sequence))
      this.#book.page(RUN_ID)!.add(one, this.#table)
      this.watch.progressed(RUN_ID)
    }
    await setImmediate()
  }
}

describe('AbortWatch', () => {
  it('stops a run as soon as a second is complete, once, and says why', async () => {
    const node = new Node()
    await node.takes(failing('a', 0))
    assert.deepEqual(node.stops, [])
    await node.takes(failing('b', 0), failing('a', 1), failing('b', 1))
    node.watch.tick()
    const reason = "threshold failed 'rate<50%' is crossed: rate=100%"
    const threshold = { index: 0, observed: 1 }
    assert.deepEqual(node.stops, [{ kind: 'stop', runId: RUN_ID, stop: 'threshold', reason, threshold }])
  })

  it('leaves that to the coordinator, and goes on from what is stored when it becomes that', async () => {
    const node = new Node()
    node.leads = false
    await node.takes(failing('a', 0), failing('b', 0))
    node.watch.tick()
    assert.deepEqual(node.stops, [])
    node.leads = true
    node.watch.tick()
    assert.equal(node.stops.length, 1)
  })

  it('judges no part of the windows: those from before it came are waited for, as long as they may come', async () => {
    const node = new Node()
    await node.takes(failing('a', 3), failing('b', 3))
    node.watch.tick()
    assert.deepEqual(node.stops, [])
    const fine = (bootId: string, sequence: number) =>
      batch(bootId, sequence, window({ counts: counts({ sent: 4, succeeded: 4 }), latency: encoded(1000) }))
    await node.takes(...[0, 1, 2].flatMap((sequence) => [fine('a', sequence), fine('b', sequence)]))
    node.watch.tick()
    assert.deepEqual(node.stops, [])

    const late = new Node()
    await late.takes(...[6, 7, 8, 9, 10, 11].flatMap((sequence) => [failing('a', sequence), failing('b', sequence)]))
    assert.deepEqual(late.stops, [])
    for (let tick = 0; tick < 7; tick++) late.watch.tick()
    assert.equal(late.stops.length, 1)
  })

  it('minds only thresholds that may stop a run', async () => {
    const node = new Node(false)
    await node.takes(failing('a', 0), failing('b', 0))
    node.watch.tick()
    assert.deepEqual(node.stops, [])
  })
})
