import assert from 'node:assert/strict'
import { InFlight } from '../../../src/worker/in-flight.ts'
import { LeaseWriter } from '../../../src/worker/lease-cell.ts'
import type { FromThread, ToThread } from '../../../src/worker/messages.ts'
import { MixTurns } from '../../../src/worker/mix-turns.ts'
import type { WorkOf } from '../../../src/worker/run-scenarios.ts'
import { ThreadMeter } from '../../../src/worker/thread-meter.ts'
import { ThreadRuns } from '../../../src/worker/thread-runs.ts'
import { openLoad, scenarioOf, slotsFrom, suiteOf } from './suites.ts'

const runId = 'r00000000-0000000000'

/** A load thread whose runs wait for something that is being loaded. */
class LoadingThread {
  readonly posted: FromThread[] = []
  /** What became of tasks, in order. */
  readonly tasks: string[] = []
  readonly runs: ThreadRuns
  loading = Promise.withResolvers<WorkOf | undefined>()

  constructor() {
    const note = (what: string) => () => void this.tasks.push(what)
    const task = {
      executor: 'async' as const,
      create: () => ({ setup: note('set up'), execute: () => ({ ok: true as const }), cleanup: note('cleaned up') }),
    }
    const meter = new ThreadMeter({ clock: () => 0, times: () => ({ activeMs: 0, cpuMs: 0 }), mode: () => 'precise' })
    const loadWork = () => this.loading.promise
    const tasks = { builtinTasks: new Map([['note', task]]) }
    const surroundings = { index: 0, tasks, clock: () => 0, meter, log: () => {}, loadWork, wakeBy: () => {} }
    this.runs = new ThreadRuns(surroundings, (message) => void this.posted.push(message))
  }

  prepare(): void {
    const suite = suiteOf([scenarioOf(openLoad(10, 1000))])
    this.runs.receive({
      type: 'prepare',
      run: { runId, suite, slotCount: 8, seed: 1, node: 'a', bootId: 'boot-a' },
      lease: new LeaseWriter(0).memory,
      inFlight: InFlight.create(1, 1).memory,
      turns: MixTurns.create(1),
      rows: null,
      credentials: null,
    })
  }

  say(message: Exclude<ToThread, { readonly type: 'prepare' | 'close' }>): void {
    this.runs.receive(message)
  }

  /** What it has posted since, once all that can be done is done. */
  async says(): Promise<FromThread[]> {
    await new Promise((resolve) => setImmediate(resolve))
    return this.posted.splice(0)
  }
}

const prepared = { type: 'prepared', runId, error: null }

describe('a run that waits for its code on a load thread', () => {
  it('is prepared once that is loaded, and then does what was asked meanwhile', async () => {
    const thread = new LoadingThread()
    thread.prepare()
    const [slots, revisions] = [slotsFrom(8), []]
    thread.say({ type: 'assign', runId, id: 1, slots, releaseAt: 5, firstSequence: 0, revisions })
    assert.deepEqual(await thread.says(), [])
    assert.deepEqual(thread.tasks, [])
    thread.loading.resolve(undefined)
    const said = await thread.says()
    assert.deepEqual(
      said.filter(({ type }) => type === 'prepared'),
      [prepared],
    )
    assert.deepEqual(
      said.filter(({ type }) => type === 'assigned'),
      [{ type: 'assigned', runId, id: 1, from: 5 }],
    )
  })

  it('is cleaned up when it was given up meanwhile, and may come again', async () => {
    const thread = new LoadingThread()
    thread.prepare()
    thread.say({ type: 'discard', runId })
    thread.prepare()
    thread.loading.resolve(undefined)
    await thread.says()
    await thread.says()
    assert.deepEqual(thread.tasks.toSorted(), ['cleaned up', 'set up', 'set up'])
    thread.say({ type: 'assign', runId, id: 7, slots: [], releaseAt: 3, firstSequence: -1, revisions: [] })
    thread.say({ type: 'stop', runId, at: 0 })
    assert.ok((await thread.says()).some(({ type }) => type === 'drained'))
  })

  it('is not begun on a thread that ends', async () => {
    const thread = new LoadingThread()
    thread.prepare()
    await thread.runs.close()
    thread.loading.resolve(undefined)
    assert.deepEqual(await thread.says(), [])
    assert.deepEqual(thread.tasks, [])
  })

  it('says so when it cannot be loaded, and may come again', async () => {
    const thread = new LoadingThread()
    thread.prepare()
    thread.loading.reject(new Error('no such file'))
    assert.deepEqual(await thread.says(), [
      { type: 'prepared', runId, error: { message: 'no such file', hint: undefined } },
    ])
    thread.loading = Promise.withResolvers()
    thread.prepare()
    thread.loading.resolve(undefined)
    assert.deepEqual(await thread.says(), [prepared])
  })
})
