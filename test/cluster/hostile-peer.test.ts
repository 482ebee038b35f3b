/**
 * A peer that has the cluster key, against real nodes: malformed, oversized, replayed, old, future and contradictory
 * messages. The nodes go on, do not grow, and the run that goes on meanwhile ends right.
 */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { until } from '../../examples/support/asking.ts'
import { Cluster, type ClusterNode } from '../../examples/support/cluster.ts'
import { seededRandom } from '../../src/base/random.ts'
import type { Message } from '../../src/coordination/messages.ts'
import { decodeBatch, encodeBatch } from '../../src/mesh/batch-codec.ts'
import { CHANNEL_BYTES, decodeMessage, encodeMessage } from '../../src/mesh/codec.ts'
import { byKind } from '../fuzz/message-arbitrary.ts'
import { damaged } from '../fuzz/runs.ts'
import { assertFlawless, sameReport, started, suiteAt, type Target } from '../integration/cluster/support.ts'
import { type Recorded, startMesh, stopAll } from '../integration/mesh-harness.ts'

const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))

describe('nodes and a hostile peer', function () {
  this.timeout(90_000)
  const clusterKey = randomBytes(32).toString('hex')
  const cluster = new Cluster({ VAJRA_CLUSTER_KEY: clusterKey })
  let target: Target
  let nodes: ClusterNode[]
  let hostile: Recorded

  before(async () => {
    target = await cluster.startTarget()
    nodes = await cluster.startNodes(['a', 'b', 'c'])
    await cluster.formed(3)
    hostile = await startMesh({ clusterKey, join: nodes.map((node) => node.listen[0]!) })
    await until('the hostile peer to be connected', 10_000, () => hostile.mesh.peers().length === 3)
  })
  after(async () => {
    await stopAll()
    await cluster.close()
  })
  afterEach(function () {
    if (this.currentTest?.state === 'failed') console.error(`      seed: FUZZ_SEED=${SEED}`)
  })

  function sayToAll(bytes: Uint8Array, channel: 'control' | 'windows' = 'control'): void {
    for (const { bootId } of nodes) hostile.mesh.send(bootId, channel, bytes)
  }

  async function metric(node: ClusterNode, name: string): Promise<number> {
    const text = await (await fetch(`${node.http}/metrics`)).text()
    const line = text.split('\n').find((one) => one.startsWith(`${name}{`) || one.startsWith(`${name} `))
    assert.ok(line !== undefined, `no metric ${name}`)
    return Number(line.split(' ').at(-1))
  }

  const memory = () => Promise.all(nodes.map((node) => metric(node, 'process_resident_memory_bytes')))

  function assertNoDefects(): void {
    for (const node of nodes) {
      assert.equal(node.process.exitCode, null, `${node.name} has ended: ${node.stderr()}`)
      assert.doesNotMatch(node.stderr(), /a defect|internal error|cannot (send|gossip|assign|store)/, node.name)
    }
  }

  /** Says a few messages at a time for so long. */
  async function flood(ms: number, messages: readonly Uint8Array[]): Promise<void> {
    const until = performance.now() + ms
    for (let i = 0; performance.now() < until; i++) {
      for (let j = 0; j < 20; j++) sayToAll(messages[(20 * i + j) % messages.length]!)
      await sleep(20)
    }
  }

  it('fire exactly what was asked while it sends rubbish, repeats what it hears and contradicts windows', async () => {
    const before = await memory()
    const runId = await cluster.submit(nodes[1]!, suiteAt(target.url, { rate: 100, seconds: 6 }))
    await started(cluster, nodes[0]!, runId)
    // What concerns the election and the run itself is left out, damaged too, for damage may leave it valid: with the
    // key, a peer may stop runs and be elected.
    const { clock, held, pull, answer } = byKind
    const harmless = fc.oneof(clock, held, pull, answer, byKind['clock-reply'], byKind['pull-batches'], byKind.lease)
    const rubbish = fc.sample(
      fc.oneof(harmless.map(encodeMessage), damaged(harmless.map(encodeMessage)), fc.uint8Array({ maxLength: 400 })),
      { numRuns: 2000, seed: SEED },
    )
    const random = seededRandom(SEED)
    const flooding = flood(4000, rubbish)
    for (let round = 0; round < 8; round++) {
      await sleep(500)
      // Everything heard so far once more: windows, runs and tables that are old by now.
      for (const { bytes, channel } of hostile.messages.filter(isRepeatable)) {
        if (random() < 0.2) sayToAll(bytes, channel)
      }
      for (const { bytes } of hostile.gossip) sayToAll(bytes)
      for (const contradiction of contradictions()) sayToAll(contradiction, 'windows')
    }
    await flooding
    await cluster.ended(runId, 30_000)
    assertFlawless(await sameReport(cluster, runId), 600)
    assert.equal((await target.log()).total, 600)
    const told = await Promise.all(nodes.map((node) => metric(node, 'vajra_window_contradictions_total')))
    assert.ok(Math.max(...told) > 0, 'contradictions are counted')
    const after = await memory()
    for (const [i, bytes] of after.entries()) {
      const grown = (bytes - before[i]!) / 2 ** 20
      assert.ok(grown < 150, `${nodes[i]!.name} grew by ${Math.round(grown)} MiB`)
    }
    assertNoDefects()
  })

  /** All but heartbeats: said again they would make it a member like any other, which the run would wait for. */
  function isRepeatable({ bytes, channel }: Recorded['messages'][number]): boolean {
    if (channel === 'windows') return true
    return (decodeMessage(bytes, CHANNEL_BYTES.control) as Message).kind !== 'heartbeat'
  }

  /** Windows that were heard, with other contents. */
  function contradictions(): Uint8Array[] {
    const envelopes = hostile.messages.filter(({ channel }) => channel === 'windows').slice(-20, -6)
    return envelopes.flatMap(({ bytes }) => {
      const { batches } = decodeMessage(bytes, CHANNEL_BYTES.windows) as { batches: Uint8Array[] }
      const changed = batches.map((one) => encodeBatch({ ...decodeBatch(one), windows: [] }))
      return [encodeMessage({ kind: 'batches', batches: changed })]
    })
  }

  it('refuse the largest and deepest messages there can be, and hold none of them', async () => {
    const before = await memory()
    const long = new Uint8Array(CHANNEL_BYTES.control).fill(0x91)
    long[0] = 1
    for (let i = 0; i < 30; i++) {
      sayToAll(long)
      sayToAll(encodeMessage({ kind: 'leave', padding: 'x'.repeat(1000 * i) }))
      await sleep(20)
    }
    for (const node of nodes) assert.match(node.stderr(), /refused a message from /, node.name)
    const after = await memory()
    for (const [i, bytes] of after.entries()) assert.ok(bytes - before[i]! < 150 * 2 ** 20, `${bytes} bytes`)
    assertNoDefects()
  })

  it('take no notice of strangers without the key, whatever they write to the mesh port', async () => {
    const port = Number(/\/tcp\/(\d+)/.exec(nodes[0]!.listen[0]!)?.[1])
    const random = seededRandom(SEED)
    for (let i = 0; i < 60; i++) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      // Some write nothing, some a nonce of the right length, some much more; some go at once, some hang about.
      const bytes = randomBytes([0, 24, 24 + 64, 100_000][i % 4]!)
      if (i % 3 === 0) socket.end(bytes)
      else if (i % 3 === 1) socket.write(bytes)
      else socket.write(bytes, () => socket.resetAndDestroy())
      setTimeout(() => socket.destroy(), 200 + 300 * random())
      await sleep(10)
    }
    await cluster.formed(3)
    const runId = await cluster.submit(nodes[0]!, suiteAt(target.url, { rate: 100, seconds: 1 }))
    await cluster.ended(runId, 20_000)
    assertFlawless(await sameReport(cluster, runId), 100)
    assertNoDefects()
  })

  it('elect and run as ever after it has claimed terms of the past and the future, and has gone', async () => {
    const self = hostile.mesh.bootId
    const term = (number: number) => ({ number, solo: false, coordinator: self })
    const claims: Message[] = []
    for (const number of [0, 1, 2, 1000, 1001]) {
      claims.push({ kind: 'coordinator', term: term(number), at: 0 })
      claims.push({ kind: 'election', term: term(number), busy: true, runs: [], patience: 400 })
      claims.push({ kind: 'lease', term: term(number), echo: 0, at: 0, granted: true, runs: [] })
    }
    await flood(1500, claims.map(encodeMessage))
    await hostile.mesh.stop()
    let runId = ''
    await until('a run to be accepted again', 30_000, async () => {
      await cluster.formed(3)
      runId = await cluster.submit(nodes[2]!, suiteAt(target.url, { rate: 100, seconds: 2 }))
      return true
    })
    await cluster.ended(runId, 30_000)
    assertFlawless(await sameReport(cluster, runId), 200)
    assertNoDefects()
    for (const node of nodes) await cluster.leave(node)
  })
})
