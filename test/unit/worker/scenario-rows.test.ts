import assert from 'node:assert/strict'
import { DataTableBuilder } from '../../../src/journey/data-table.ts'
import { parseSuite } from '../../../src/suite/parse.ts'
import type { PreparedRun } from '../../../src/worker/messages.ts'
import { ScenarioRows } from '../../../src/worker/scenario-rows.ts'

const ROWS = 10

function runWith(load: object, source: object): PreparedRun {
  const http = { url: 'http://x.example/', headers: { 'x-id': '{{users.id}}' } }
  const data = { users: { file: 'users.csv', ...source } }
  const text = JSON.stringify({ name: 't', data, scenarios: [{ name: 'a', load: { duration: '9s', ...load }, http }] })
  const file = { key: 'users', onNodes: false, sha256: '0'.repeat(64), bytes: 1, rows: ROWS, columns: ['id'] }
  const parsed = parseSuite({ text, format: 'json', data: [file] })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  const table = new DataTableBuilder(['id'])
  for (let row = 0; row < ROWS; row++) table.add([`r${row}`])
  const memory = table.build()
  return { runId: 'r', suite: parsed.suite, slotCount: 4, seed: 1, node: 'a', bootId: 'boot', data: [memory] }
}

/** The rows of a scenario on as many threads of one node. */
function threadsOf(run: PreparedRun, count: number): ScenarioRows[] {
  const memory = ScenarioRows.memory(1)
  const scenario = run.suite.scenarios[0]!
  return Array.from(
    { length: count },
    () => new ScenarioRows({ run, scenario, index: 0, memory, rank: (index) => index }),
  )
}

const rowOf = (rows: ScenarioRows, index: number, user = -1) => rows.sources[0]!.get('id', { index, user })

describe('the rows of a scenario on a thread', () => {
  it('follow from the number of an arrival where they are split, whoever asks', () => {
    const [one, two] = threadsOf(runWith({ rate: '1/s' }, {}), 2)
    assert.deepEqual(
      [0, 1, 9, 10, 23].map((index) => rowOf(one!, index)),
      ['r0', 'r1', 'r9', 'r0', 'r3'],
    )
    assert.equal(rowOf(two!, 23), 'r3')
    assert.equal(one!.sources[0]!.get('nothing', { index: 0, user: -1 }), undefined)
  })

  it('go round on each node where they are copied, the same for an iteration however often it asks', () => {
    const threads = threadsOf(runWith({ rate: '1/s' }, { share: 'copy' }), 2)
    const seen = Array.from({ length: ROWS }, (_, i) => {
      const rows = threads[i % 2]!
      const iteration = { index: 3 * i, user: -1 }
      const first = rows.sources[0]!.get('id', iteration)
      assert.equal(rows.sources[0]!.get('id', iteration), first)
      return first
    })
    assert.equal(new Set(seen).size, ROWS)
  })

  it('are those of the slots that the node held at the start, one after the other on all its threads, and then there are none', () => {
    const threads = threadsOf(runWith({ users: 2 }, { onEnd: 'stop' }), 2)
    for (const rows of threads) rows.start([1, 2])
    const taken: (string | undefined)[] = []
    let user = 0
    while (threads[user % 2]!.take(user)) {
      taken.push(rowOf(threads[user % 2]!, 0, user))
      user++
    }
    assert.deepEqual(taken, ['r1', 'r2', 'r5', 'r6', 'r9'])
    assert.ok(!threads[0]!.take(99) && !threads[1]!.take(98), 'no user gets another')
  })

  it('come again to users where they are recycled, and stay with an iteration', () => {
    const [rows] = threadsOf(runWith({ users: 2 }, {}), 1)
    rows!.start([0])
    const taken = Array.from({ length: 7 }, () => {
      assert.ok(rows!.take(5))
      return [rowOf(rows!, 0, 5), rowOf(rows!, 0, 5)].join()
    })
    assert.deepEqual(taken, ['r0,r0', 'r4,r4', 'r8,r8', 'r0,r0', 'r4,r4', 'r8,r8', 'r0,r0'])
  })

  it('are others for iterations that are run for others, on all nodes and threads, than for all arrivals', () => {
    const run = runWith({ rate: '1/s' }, {})
    const nodes = [
      [0, 2],
      [1, 3],
    ].map((slots) => {
      const threads = threadsOf(run, 2)
      for (const rows of threads) rows.start(slots)
      return threads
    })
    const planned = 4
    const produced = nodes.flat().map((rows) => {
      assert.ok(rows.produce(planned))
      return rowOf(rows, 0)
    })
    assert.deepEqual(produced, ['r4', 'r6', 'r5', 'r7'])
    const [[rows]] = nodes as [[ScenarioRows]]
    assert.equal(rowOf(rows, 1), 'r1', 'arrivals have theirs meanwhile')
    rows.produced()
    assert.equal(rowOf(rows, 0), 'r0')
  })

  it('are not there for iterations that are run for others where they end with the load', () => {
    const [rows] = threadsOf(runWith({ rate: '1/s' }, { onEnd: 'stop' }), 1)
    rows!.start([0, 1, 2, 3])
    assert.equal(rows!.produce(9), true)
    assert.equal(rowOf(rows!, 0), 'r9')
    rows!.produced()
    assert.equal(rows!.produce(9), false)
    const [late] = threadsOf(runWith({ rate: '1/s' }, { onEnd: 'stop' }), 1)
    late!.start([])
    assert.equal(late!.produce(1), false)
  })

  it('are the next of the node for an iteration that is run for others in place of a user', () => {
    const threads = threadsOf(runWith({ users: 1 }, {}), 2)
    for (const rows of threads) rows.start([0, 1])
    assert.ok(threads[0]!.take(0))
    assert.ok(threads[1]!.produce(null))
    assert.deepEqual([rowOf(threads[0]!, 0, 0), rowOf(threads[1]!, 0, 0)], ['r0', 'r1'])
  })

  it('are none of a node that held no slot at the start', () => {
    const [rows] = threadsOf(runWith({ users: 2 }, {}), 1)
    rows!.start([])
    assert.equal(rows!.take(0), false)
  })
})
