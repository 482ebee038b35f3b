import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { LIMITS } from '../../../src/base/limits.ts'
import type { Message } from '../../../src/coordination/messages.ts'
import { decodeMessage } from '../../../src/mesh/codec.ts'
import { createSoloMesh } from '../../../src/mesh/solo-mesh.ts'
import { DataTransfer } from '../../../src/node/data-transfer.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'

type RunMessage = Extract<Message, { kind: 'run' }>

/** Nodes that pass messages to each other at once, unless they are dropped or changed on the way. */
class Net {
  now = 0
  readonly nodes = new Map<string, ReturnType<Net['add']>>()
  /** What becomes of a message; null when it is lost. */
  onWay: (from: string, to: string, value: Record<string, unknown>) => unknown = (_from, _to, value) => value
  sent = 0

  add(name: string) {
    const store = openStore({ path: ':memory:' })
    const complaints: string[] = []
    const letIn: RunMessage[] = []
    const ended = new Set<string>()
    const mesh = {
      ...createSoloMesh(name),
      peers: () => [...this.nodes.keys()].filter((other) => other !== name),
      send: (to: string, _channel: unknown, bytes: Uint8Array) => {
        assert.ok(bytes.length <= LIMITS.dataPartBytes + 1000, 'parts are bounded')
        this.sent++
        const value = this.onWay(name, to, decodeMessage(bytes, bytes.length * 100) as Record<string, unknown>)
        if (value !== null) queueMicrotask(() => this.nodes.get(to)?.transfer.receive(name, value))
        return true
      },
    }
    const transfer = new DataTransfer({
      mesh,
      store,
      now: () => this.now,
      hasEnded: (runId) => (ended.has(runId) ? true : undefined),
      letIn: (_from, message) => letIn.push(message),
      complain: (_from, error) => complaints.push((error as Error).message),
      log: () => {},
    })
    const node = { store, transfer, complaints, letIn, ended }
    this.nodes.set(name, node)
    return node
  }

  /** Everything that is on its way arrives. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 500; turn++) await Promise.resolve()
  }
}

const bytes = new Uint8Array(randomBytes(3 * LIMITS.dataPartBytes + 17))
const sha256 = createHash('sha256').update(bytes).digest('hex')
const file = { key: 'users', onNodes: false, sha256, bytes: bytes.length, rows: 1, columns: ['a'] }
const run: RunMessage = {
  kind: 'run',
  record: {
    runId: 'r00000000-0000000001',
    createdAt: 1,
    origin: 'origin',
    originName: 'origin',
    source: { text: '', format: 'yaml', data: [file] },
    voters: ['origin'],
  },
  version: null,
  dormant: false,
}

function isWhole(node: ReturnType<Net['add']>): boolean {
  return Buffer.compare(node.store.filePart(sha256, 0, LIMITS.dataBytes), bytes) === 0
}

describe('data files between nodes', () => {
  it('are fetched in parts before a run is let in, and then not again', async () => {
    const net = new Net()
    net.add('origin').store.putFile(sha256, bytes)
    const node = net.add('b')
    assert.equal(node.transfer.admits('origin', run), false)
    await net.settle()
    assert.deepEqual(node.letIn, [run])
    assert.ok(isWhole(node))
    const { sent } = net
    assert.equal(sent, 8, 'four questions and four parts')
    assert.equal(node.transfer.admits('origin', run), true)
    assert.equal(net.sent, sent)
  })

  it('are not waited for where there are none, or where they lie on the nodes', () => {
    const node = new Net().add('b')
    const without = { ...run, record: { ...run.record, source: { text: '', format: 'yaml' as const } } }
    assert.ok(node.transfer.admits('origin', without))
    const data = [{ ...file, onNodes: true }]
    assert.ok(
      node.transfer.admits('origin', { ...run, record: { ...run.record, source: { ...without.record.source, data } } }),
    )
  })

  it('that were changed on the way are refused, and asked of somebody else', async () => {
    const net = new Net()
    net.add('origin').store.putFile(sha256, bytes)
    net.add('c').store.putFile(sha256, bytes)
    const node = net.add('b')
    net.onWay = (from, _to, value) =>
      from === 'origin' && value.kind === 'file-part'
        ? { ...value, bytes: (value.bytes as Uint8Array).map((byte) => byte ^ 1) }
        : value
    node.transfer.admits('origin', run)
    await net.settle()
    assert.deepEqual(node.complaints, [
      `a data file of run ${run.record.runId} is not what it was when the run was accepted`,
    ])
    assert.deepEqual(node.letIn, [run])
    assert.ok(isWhole(node))
  })

  it('are asked of another node when one goes away, or does not have them', async () => {
    const net = new Net()
    net.add('origin')
    net.add('c').store.putFile(sha256, bytes)
    const node = net.add('b')
    let parts = 0
    net.onWay = (from, _to, value) => (from === 'c' && value.kind === 'file-part' && ++parts === 2 ? null : value)
    node.transfer.admits('origin', run)
    await net.settle()
    assert.deepEqual(node.letIn, [], 'a part was lost')
    for (let turn = 0; turn < 5 && node.letIn.length === 0; turn++) {
      net.now += 1600
      node.transfer.tick()
      await net.settle()
    }
    assert.deepEqual(node.letIn, [run])
    assert.ok(isWhole(node))
  })

  it('of a run that has ended are not sent, and not waited for', async () => {
    const net = new Net()
    const origin = net.add('origin')
    origin.store.putFile(sha256, bytes)
    origin.ended.add(run.record.runId)
    const node = net.add('b')
    node.transfer.admits('origin', run)
    await net.settle()
    assert.deepEqual(node.letIn, [run])
    assert.equal(node.store.fileLength(sha256), undefined)
  })

  it('that are longer than announced, unasked or malformed do no harm', async () => {
    const net = new Net()
    net.add('origin').store.putFile(sha256, bytes)
    const node = net.add('b')
    const part = { kind: 'file-part', sha256, offset: 0, bytes: bytes.subarray(0, 10) }
    node.transfer.receive('origin', part)
    assert.throws(() => node.transfer.receive('origin', { ...part, bytes: new Uint8Array(LIMITS.dataPartBytes + 1) }))
    assert.throws(() => node.transfer.receive('origin', { kind: 'pull-file', sha256: '../x', offset: 0 }))
    assert.throws(() => node.transfer.receive('origin', null))
    const short = {
      ...run,
      record: { ...run.record, source: { ...run.record.source, data: [{ ...file, bytes: 1000 }] } },
    }
    node.transfer.admits('origin', short)
    await net.settle()
    assert.match(node.complaints.join(), /longer than it should be/)
    assert.deepEqual(node.letIn, [])
  })
})
