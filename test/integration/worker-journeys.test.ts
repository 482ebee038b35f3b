import assert from 'node:assert/strict'
import { startTarget, type Target } from '../../examples/target.ts'
import { parseSuite } from '../../src/suite/parse.ts'
import { monotonicNow } from '../../src/worker/monotonic.ts'
import { workerNodes } from './worker-bench.ts'
import { allSlots, newRunId, type WorkerNode } from './worker-node.ts'

describe('journeys and mixes on load threads, against a real target', () => {
  let target: Target
  const workerNode = workerNodes()

  before(async () => {
    target = await startTarget({ port: 0 })
  })

  after(() => target.close())

  it('send what the target counts by path and node, and parts of a mix by their weights on every node', async () => {
    const parsed = parseSuite({
      format: 'yaml',
      text: `
name: users
target: ${target.url}
scenarios:
  - name: visitors
    load: { rate: 200/s, duration: 1s }
    mix:
      - { weight: 70, http: { url: /fast?p=a, headers: { x-vajra-node: "{{node}}" } } }
      - weight: 20
        name: search
        steps:
          - { http: { url: /fast?p=b, headers: { x-vajra-node: "{{node}}" } } }
          - { http: { url: /fast?p=c, headers: { x-vajra-node: "{{node}}" } }, think: 20ms }
      - { weight: 10, http: { url: /fast?p=d, headers: { x-vajra-node: "{{node}}" } } }
  - name: buyers
    load: { users: 6, duration: 1s }
    pacing: 100ms
    think: 10ms
    steps: [{ http: /fast, repeat: 3 }, { group: g, steps: [{ http: /fast?p=e }] }]
`,
    })
    assert.ok(parsed.ok, JSON.stringify(parsed))
    const runId = newRunId()
    const nodes = ['a', 'b', 'c'].map((name, index) => workerNode(index === 0 ? 2 : 1, name))
    await Promise.all(nodes.map((node) => node.prepare(runId, parsed.suite)))
    for (const [index, { pool }] of nodes.entries()) {
      const slots = allSlots().filter(({ slot }) => slot % 3 === index)
      await pool.assign(runId, { sequence: 1, slots, releaseAt: 0, revisions: [] })
    }
    const startAt = monotonicNow() + 200
    for (const { pool } of nodes) {
      pool.lease(runId, startAt + 1e6)
      pool.start(runId, startAt)
    }
    await Promise.all(nodes.map((node) => node.drained(runId)))
    const sum = (node: WorkerNode, scenario: number, step: number, count: 'sent' | 'scheduled') =>
      node
        .windows(runId, scenario)
        .filter((window) => window.step === step)
        .reduce((total, { counts }) => total + counts[count], 0)
    const sentBy = (node: WorkerNode, scenario: number, step: number) => sum(node, scenario, step, 'sent')
    let fired = 0
    for (const node of nodes) {
      const [a, b, c, d, iterations] = [0, 1, 2, 3, 4].map((step) => sentBy(node, 0, step))
      assert.equal(iterations, a! + b! + d!)
      assert.equal(c, b)
      for (const [part, weight] of [
        [a!, 0.7],
        [b!, 0.2],
        [d!, 0.1],
      ] as const) {
        assert.ok(Math.abs(part - weight * iterations!) < 1, `${node.name}: ${part} of ${iterations}`)
      }
      const visitors = a! + b! + c! + d!
      assert.equal(target.counts().byNode[node.name]?.total, visitors)
      const users = sentBy(node, 1, 0) + sentBy(node, 1, 1)
      assert.equal(sentBy(node, 1, 0), 3 * sentBy(node, 1, 1))
      assert.ok(sentBy(node, 1, 2) <= 2 * 10 && sentBy(node, 1, 2) >= 2 * 4, `${sentBy(node, 1, 2)} iterations`)
      fired += visitors + users
    }
    assert.equal(target.counts().total, fired)
    assert.equal(
      nodes.reduce((total, node) => total + sum(node, 0, 4, 'scheduled'), 0),
      200,
    )
  })
})
