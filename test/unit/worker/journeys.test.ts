import assert from 'node:assert/strict'
import type { Condition } from '../../../src/suite/journey-spec.ts'
import { world } from './one-node.ts'
import { closedLoad, journeyOf, noteStep, openLoad, suiteOf } from './suites.ts'
import { totalsOf } from './virtual-node.ts'

const second = { kind: 'constant', ms: 100 } as const

describe('journeys on one node, on a virtual clock', () => {
  it('take the steps in order, think between them, and count requests by step and iterations as a whole', async () => {
    const steps = [
      noteStep('login', { takes: 20 }, { think: second }),
      noteStep('cart', { takes: 30 }, { repeat: 2, think: { kind: 'constant', ms: 50 } }),
      noteStep('buy', { takes: 10 }, { think: second }),
    ]
    const { executions, node, to, startAt } = await world(suiteOf([journeyOf(openLoad(10, 1000), steps)]))
    await to(3000)
    const first = executions.filter(({ index }) => index === 0).map(({ task, at }) => [task, Math.round(at - startAt)])
    // Planned at 50, login 20, think 100, cart 30, think 50, cart 30, think 50, buy 10.
    assert.deepEqual(
      first.map(([task]) => task),
      ['login', 'cart', 'cart', 'buy'],
    )
    for (const [i, at] of [50, 170, 250, 330].entries()) {
      assert.ok(Math.abs((first[i]![1] as number) - at) <= 6, `${first[i]} not at ${at}`)
    }
    const sums = [0, 1, 2, 3].map((step) => totalsOf(node.batches, step))
    assert.deepEqual(
      sums.map(({ scheduled, sent, succeeded }) => [scheduled, sent, succeeded]),
      [
        [10, 10, 10],
        [20, 20, 20],
        [10, 10, 10],
        [10, 10, 10],
      ],
    )
    const latest = node.batches.flatMap(({ windows }) => windows).filter(({ step }) => step === 3)
    const latencies = latest.map(({ latency }) => latency).filter(({ count }) => count > 0)
    // From the planned start to the end of the last step; the bytes are those of all steps.
    assert.ok(latencies.every(({ min, max }) => min >= 290_000 && max < 320_000))
    assert.equal(
      latest.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
      40,
    )
    assert.ok(node.drained !== undefined)
  })

  it('end with a step that fails, unless it may', async () => {
    const steps = [
      noteStep('a', { fails: true }, { continueOnError: true }),
      noteStep('b', { fails: 2 }),
      noteStep('c'),
    ]
    const { executions, node, to } = await world(suiteOf([journeyOf(openLoad(100, 1000), steps)]), { takes: 5 })
    await to(1500)
    assert.equal(executions.filter(({ task }) => task === 'c').length, 50)
    assert.deepEqual(
      [0, 1, 2, 3].map((step) => {
        const { sent, succeeded, failed } = totalsOf(node.batches, step)
        return [sent, succeeded, failed]
      }),
      [
        [100, 0, 100],
        [100, 50, 50],
        [50, 50, 0],
        [100, 50, 50],
      ],
    )
    const errors = node.batches.flatMap(({ windows }) => windows.filter(({ step }) => step === 3))
    assert.deepEqual([...new Set(errors.flatMap(({ errors }) => Object.keys(errors)))], ['bad b'])
  })

  it('fire nothing while the lease has lapsed, and go on where they are when it is renewed', async () => {
    const steps = [
      noteStep('a', {}, { think: { kind: 'constant', ms: 200 } }),
      noteStep('b', { takes: 100 }),
      noteStep('c'),
    ]
    const suite = suiteOf([journeyOf(openLoad(20, 1000), steps)])
    const { executions, node, to, startAt } = await world(suite, { lease: 500, threads: 2 })
    await to(900)
    const late = executions.filter(({ at }) => at - startAt > 501)
    assert.deepEqual(late, [])
    const begun = executions.filter(({ task }) => task === 'a').length
    assert.equal(begun, 10)
    node.run.lease(startAt + 1e6)
    await to(2000)
    for (const task of ['b', 'c']) {
      const indexes = executions.filter((one) => one.task === task).map(({ index }) => index)
      assert.equal(new Set(indexes).size, indexes.length)
      // All that began before the lapse, and those after it: what was planned meanwhile was dropped.
      assert.equal(indexes.length, 12)
    }
    const { scheduled, sent, dropped, succeeded } = totalsOf(node.batches, 3)
    assert.deepEqual([scheduled, sent, dropped, succeeded], [20, 12, 8, 12])
    // What waited for the lease counts from when it was renewed.
    const waited = node.batches.flatMap(({ windows }) => windows).filter(({ step }) => step > 0 && step < 3)
    assert.ok(waited.every(({ latency }) => latency.max < 120_000))
  })

  it('may end after the load within the graceful stop, and are cut then, thinking or not', async () => {
    const steps = [
      noteStep('a', {}, { think: { kind: 'uniform', minMs: 100, maxMs: 3000 } }),
      noteStep('b', { takes: 700 }),
    ]
    const suite = suiteOf([journeyOf(openLoad(100, 1000), steps)], { gracefulStopMs: 1000 })
    const { node, to } = await world(suite, { threads: 2 })
    await to(2100)
    assert.ok(node.drained !== undefined)
    const [a, b, whole] = [0, 1, 2].map((step) => totalsOf(node.batches, step))
    assert.deepEqual([a!.sent, a!.succeeded], [100, 100])
    assert.ok(b!.sent > 20 && b!.sent < 80 && b!.failed > 0, JSON.stringify(b))
    assert.equal(b!.sent, b!.succeeded + b!.failed)
    assert.deepEqual([whole!.sent, whole!.succeeded, whole!.failed], [100, b!.succeeded, 100 - b!.succeeded])
    const kinds = node.batches.flatMap(({ windows }) => windows.flatMap(({ errors }) => Object.keys(errors)))
    assert.deepEqual([...new Set(kinds)], ['interrupted'])
  })

  it('run for users, each with its own, and keep their pace', async () => {
    const steps = [noteStep('a', { takes: 20 }), noteStep('b', { takes: 30 }, { think: second })]
    const scenario = journeyOf(closedLoad(4, 2000), steps, { pacingMs: 400 })
    const { executions, node, to, startAt } = await world(suiteOf([scenario]), { threads: 2 })
    await to(3000)
    for (const user of [0, 1, 2, 3]) {
      const own = executions.filter((one) => one.user === user && one.task === 'a').map(({ at }) => at - startAt)
      assert.equal(own.length, 5)
      for (const [i, at] of own.entries()) assert.ok(at >= i * 400 && at < i * 400 + 20, `${at}`)
    }
    assert.deepEqual(totalsOf(node.batches, 2), { scheduled: 20, sent: 20, dropped: 0, succeeded: 20, failed: 0 })
  })

  it('pace users whose iterations take longer by nothing', async () => {
    const scenario = journeyOf(closedLoad(1, 1000), [noteStep('a', { takes: 90 }), noteStep('b')], { pacingMs: 50 })
    const { executions, to } = await world(suiteOf([scenario]))
    await to(1500)
    const starts = executions.filter(({ task }) => task === 'a').length
    assert.ok(starts >= 11 && starts <= 12, `${starts}`)
  })

  it('run steps one at a time that ask for it, beside others', async () => {
    const serial = {
      ...noteStep('cpu', { takes: 10 }),
      task: { type: 'serial', parameters: { task: 'cpu', takes: 10 } },
    }
    const scenario = journeyOf(openLoad(50, 1000), [noteStep('a'), serial, noteStep('b')])
    const { executions, node, to } = await world(suiteOf([scenario]))
    await to(1500)
    const cpu = executions.filter(({ task }) => task === 'cpu').map(({ at }) => at)
    assert.equal(cpu.length, 50)
    for (const [i, at] of cpu.entries()) assert.ok(i === 0 || at - cpu[i - 1]! >= 10)
    assert.deepEqual(totalsOf(node.batches, 3).succeeded, 50)
  })

  it('do not hold the thread up when many steps end at once', async () => {
    const scenario = journeyOf(openLoad(5, 1000), [noteStep('a', {}, { repeat: 500 })])
    const { node, to } = await world(suiteOf([scenario]))
    await to(1500)
    assert.deepEqual(totalsOf(node.batches, 0).sent, 2500)
    assert.deepEqual(totalsOf(node.batches, 1).succeeded, 5)
  })

  it('leave out steps and groups whose condition does not hold, and ask groups before each round', async () => {
    const isIteration = (...wanted: readonly number[]): Condition => ({
      template: '{{iteration}}',
      test: { kind: 'within', ranges: wanted.map((one) => [one, one]) },
    })
    const steps = [
      noteStep('a', {}, { when: isIteration(0, 1) }),
      noteStep('b', {}, { repeat: 2, think: { kind: 'constant', ms: 10 } }),
      noteStep('c', {}, { when: isIteration(1, 2) }),
      noteStep('d', {}, { when: isIteration(9) }),
    ]
    const guards = [0, 2].flatMap((place) => [
      { at: 1 + place, to: 3 + place, when: isIteration(0, 2, 3) },
      { at: 2 + place, to: 3 + place, when: isIteration(2) },
    ])
    const branches = [{ weight: 1, steps: [0, 1, 2, 1, 2, 3], guards }]
    const { executions, node, to } = await world(suiteOf([journeyOf(openLoad(10, 500), steps, { branches })]))
    await to(1000)
    const taken = [0, 1, 2, 3, 4].map((iteration) =>
      executions.flatMap(({ index, task }) => (index === iteration ? (task ?? '') : [])).join(''),
    )
    assert.deepEqual(taken, ['abbbb', 'a', 'bbcbbc', 'bbbb', ''])
    assert.deepEqual(totalsOf(node.batches, 4), { scheduled: 5, sent: 5, dropped: 0, succeeded: 5, failed: 0 })
  })

  it('drop iterations for which there is no room', async () => {
    const steps = [noteStep('a', { takes: 100 }), noteStep('b', { takes: 100 })]
    const { node, to } = await world(suiteOf([journeyOf(openLoad(100, 1000, { maxInFlight: 5 }), steps)]))
    await to(1500)
    const { scheduled, sent, dropped } = totalsOf(node.batches, 2)
    assert.equal(scheduled, 100)
    assert.equal(sent + dropped, 100)
    assert.equal(totalsOf(node.batches, 0).sent, sent)
    assert.ok(dropped > 60)
  })
})
