/** Real meshes on loopback: forming, talking, and what is refused. */

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { VajraError } from '../../src/base/errors.ts'
import { LIMITS } from '../../src/base/limits.ts'
import { encodeMessage, WIRE_VERSION } from '../../src/mesh/codec.ts'
import { createLibp2pMesh } from '../../src/mesh/libp2p-mesh.ts'
import { address, eventually, newKey, type Recorded, startMesh, stopAll, whole } from './mesh-harness.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(1)).toString('latin1')

/** A message whose bytes after the version are these characters. */
const say = (what: string): Uint8Array => Uint8Array.from([WIRE_VERSION, ...Buffer.from(what, 'latin1')])

async function meshOf(count: number): Promise<Recorded[]> {
  const clusterKey = newKey()
  const first = await startMesh({ clusterKey })
  const others = Array.from({ length: count - 1 }, () => startMesh({ clusterKey, join: [address(first)] }))
  const nodes = [first, ...(await Promise.all(others))]
  await whole(nodes)
  return nodes
}

describe('mesh of real nodes', function () {
  this.timeout(20_000)
  afterEach(stopAll)

  it('lets nodes that joined the same one meet each other', async () => {
    const clusterKey = newKey()
    const b = await startMesh({ clusterKey })
    const a = await startMesh({ clusterKey, join: [address(b)] })
    await whole([a, b])
    const c = await startMesh({ clusterKey, join: [address(b)] })
    await whole([a, b, c])
    for (const { connected, disconnected } of [a, b, c]) {
      assert.equal(connected.length, 2)
      assert.equal(disconnected.length, 0)
    }
  })

  it('joins by host:port, by name and through its own address', async () => {
    const clusterKey = newKey()
    const port = await freePort()
    const a = await startMesh({ clusterKey, listen: [`127.0.0.1:${port}`], join: [`127.0.0.1:${port}`] })
    const b = await startMesh({ clusterKey, join: [`localhost:${port}`] })
    await whole([a, b])
    assert.deepEqual(
      a.log.filter((line) => !line.startsWith('debug')),
      [],
    )
  })

  it('lets nodes of one machine find each other through a folder', async () => {
    const localDirectory = mkdtempSync(join(tmpdir(), 'vajra-mesh-'))
    const clusterKey = newKey()
    const nodes = await Promise.all([1, 2, 3].map(() => startMesh({ clusterKey, localDirectory })))
    await whole(nodes)
    await stopAll()
    assert.deepEqual(readdirSync(join(localDirectory, readdirSync(localDirectory)[0]!)), [])
    rmSync(localDirectory, { recursive: true })
  })

  it('keeps the order of control messages, and connected comes before them', async () => {
    const clusterKey = newKey()
    const a = await startMesh({ clusterKey })
    const b = await startMesh({ clusterKey, join: [address(a)] })
    await eventually(() => a.connected.length === 1, 'connected')
    const [peer] = a.connected
    assert.equal(peer, b.mesh.bootId)
    for (let i = 0; i < 2000; i++) assert.ok(a.mesh.send(b.mesh.bootId, 'control', say(`message ${i}`)))
    await eventually(() => b.messages.length === 2000, 'all messages')
    b.messages.forEach(({ from, channel, bytes }, i) => {
      assert.deepEqual([from, channel, text(bytes)], [a.mesh.bootId, 'control', `message ${i}`])
    })
    assert.deepEqual(b.connected, [a.mesh.bootId])
    const { messagesSent, bytesSent } = a.mesh.statistics()
    const { messagesReceived, bytesReceived } = b.mesh.statistics()
    assert.deepEqual([messagesSent, messagesReceived], [2000, 2000])
    assert.equal(bytesSent, bytesReceived)
  })

  it('carries windows of megabytes, whole, without holding control messages back', async () => {
    const [a, b] = (await meshOf(2)) as [Recorded, Recorded]
    const large = new Uint8Array(LIMITS.windowsBytes).map((_, i) => i % 251)
    large[0] = WIRE_VERSION
    for (let i = 0; i < 3; i++) assert.ok(a.mesh.send(b.mesh.bootId, 'windows', large))
    assert.ok(a.mesh.send(b.mesh.bootId, 'control', say('small')))
    await eventually(() => b.messages.length === 4, 'all arrive', 10_000)
    const windows = b.messages.filter(({ channel }) => channel === 'windows')
    for (const { bytes } of windows) assert.equal(Buffer.compare(bytes, large), 0)
  })

  it('gossips to everyone, once, naming the publisher', async () => {
    const nodes = await meshOf(5)
    for (const { mesh } of nodes) mesh.gossip(say(`from ${mesh.bootId}`))
    await eventually(() => nodes.every(({ gossip }) => gossip.length >= nodes.length - 1), 'gossip reaches all')
    for (const node of nodes) {
      const others = nodes.filter((other) => other !== node).map(({ mesh }) => mesh.bootId)
      assert.deepEqual(node.gossip.map(({ from }) => from).sort(), others.sort())
      for (const { from, bytes } of node.gossip) assert.equal(text(bytes), `from ${from}`)
    }
  })

  it('gossips from the moment of connected on', async () => {
    const clusterKey = newKey()
    const a = await startMesh({ clusterKey })
    const b = await startMesh({ clusterKey, join: [address(a)] })
    await eventually(() => a.connected.length > 0, 'connected')
    a.mesh.gossip(say('at once'))
    await eventually(() => b.gossip.length > 0, 'gossip')
    assert.equal(text(b.gossip[0]!.bytes), 'at once')
  })

  it('gossips to nobody without complaint', async () => {
    const alone = await startMesh({ clusterKey: newKey() })
    alone.mesh.gossip(say('hello'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.deepEqual(alone.log, [])
    assert.equal(alone.mesh.statistics().dropped, 0)
  })

  it('refuses to send what is too long, and counts it', async () => {
    const [a, b] = (await meshOf(2)) as [Recorded, Recorded]
    assert.equal(a.mesh.send(b.mesh.bootId, 'control', new Uint8Array(LIMITS.controlBytes + 1)), false)
    assert.equal(a.mesh.send(b.mesh.bootId, 'windows', new Uint8Array(LIMITS.windowsBytes + 1)), false)
    a.mesh.gossip(new Uint8Array(LIMITS.gossipBytes + 1))
    assert.equal(a.mesh.statistics().refused, 3)
    a.mesh.gossip(new Uint8Array(LIMITS.gossipBytes).fill(WIRE_VERSION))
    await eventually(() => b.gossip.length === 1, 'the largest gossip arrives')
  })

  it('refuses another wire version: counted, logged once naming both, and the connection stays', async () => {
    const [a, b] = (await meshOf(2)) as [Recorded, Recorded]
    const foreign = Uint8Array.of(WIRE_VERSION + 8, 1, 2)
    for (let i = 0; i < 3; i++) a.mesh.send(b.mesh.bootId, 'control', foreign)
    a.mesh.gossip(foreign)
    a.mesh.send(b.mesh.bootId, 'control', say('still here'))
    await eventually(() => b.messages.length === 1 && b.mesh.statistics().refused === 4, 'refused')
    const lines = b.log.filter((line) => line.includes('version'))
    assert.equal(lines.length, 1)
    assert.match(lines[0]!, new RegExp(`${a.mesh.bootId}.*version ${WIRE_VERSION + 8}.*version ${WIRE_VERSION}$`))
    assert.deepEqual(b.disconnected, [])
  })

  it('drops what finds no room, and says so', async () => {
    const [a, b] = (await meshOf(2)) as [Recorded, Recorded]
    const large = encodeMessage(new Uint8Array(LIMITS.windowsBytes - 10))
    let accepted = 0
    while (a.mesh.send(b.mesh.bootId, 'windows', large)) accepted++
    assert.ok(accepted >= 7, `${accepted} accepted`)
    assert.equal(a.mesh.statistics().dropped, 1)
    assert.equal(a.mesh.send('12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp', 'control', say('x')), false)
    assert.equal(a.mesh.statistics().dropped, 2)
    await eventually(() => b.messages.length === accepted, 'the rest arrives', 10_000)
  })

  it('delivers what was queued before it stops, and nothing is heard of it afterwards', async () => {
    const [a, b] = (await meshOf(2)) as [Recorded, Recorded]
    for (let i = 0; i < 200; i++) a.mesh.send(b.mesh.bootId, 'control', say(`last ${i}`))
    const heardBefore = a.log.length
    const started = performance.now()
    await a.mesh.stop()
    assert.ok(performance.now() - started < 1500)
    await eventually(() => b.disconnected.length === 1, 'disconnected', 1000)
    assert.equal(b.messages.length, 200)
    assert.deepEqual(a.disconnected, [])
    assert.equal(a.log.length, heardBefore)
    assert.deepEqual(b.mesh.peers(), [])
  })

  it('does not let another cluster key in, says so once, and goes on with its own', async function () {
    // Told after three handshakes, and some end in a time-out of 6 s.
    this.timeout(60_000)
    const clusterKey = newKey()
    const a = await startMesh({ clusterKey })
    const stranger = await startMesh({ clusterKey: newKey(), join: [address(a)] })
    const friend = await startMesh({ clusterKey, join: [address(a)] })
    await whole([a, friend])
    const hints = () => stranger.log.filter((line) => line.includes('another cluster key'))
    await eventually(() => hints().length > 0, 'a hint', 45_000)
    assert.equal(hints().length, 1)
    assert.deepEqual([stranger.connected, stranger.mesh.peers()], [[], []])
    assert.equal(a.mesh.peers().length, 1)
  })

  it('does not take a peer that dies in a handshake for one with another key', async () => {
    const port = await freePort()
    let broken = 0
    // Accepts, reads the first bytes and is gone, port and all, as a killed process is; then a node of the mesh is there.
    const dying = createServer((socket) => {
      broken++
      dying.close()
      socket.on('error', () => {})
      socket.once('data', () => socket.resetAndDestroy())
    })
    await new Promise<void>((resolve) => dying.listen(port, '127.0.0.1', resolve))
    const clusterKey = newKey()
    const a = await startMesh({ clusterKey, join: [`127.0.0.1:${port}`] })
    await eventually(() => broken > 0, 'a handshake that breaks')
    const b = await startMesh({ clusterKey, listen: [`127.0.0.1:${port}`] })
    await whole([a, b], 15_000)
    assert.deepEqual(
      a.log.filter((line) => line.includes('cluster key')),
      [],
    )
  })

  it('says which port is taken', async () => {
    const port = await freePort()
    const clusterKey = newKey()
    await startMesh({ clusterKey, listen: [`127.0.0.1:${port}`] })
    await assert.rejects(
      startMesh({ clusterKey, listen: [`127.0.0.1:${port}`] }),
      (error) => error instanceof VajraError && error.code === 'PORT_IN_USE' && error.message.includes(String(port)),
    )
  })

  it('refuses options that cannot work', async () => {
    const refused = (options: object, code: string) =>
      assert.rejects(
        createLibp2pMesh({ clusterKey: newKey(), name: 'test', mdns: false, ...options }),
        (error) => error instanceof VajraError && error.code === code,
      )
    await refused({ clusterKey: 'short' }, 'CLUSTER_KEY_INVALID')
    await refused({ join: ['not an address'] }, 'OPTION_INVALID')
    await refused({ listen: ['no.such.name.invalid:1'] }, 'OPTION_INVALID')
    await assert.rejects(
      startMesh({ clusterKey: newKey(), listen: ['203.0.113.1:7077'] }),
      (error) => error instanceof VajraError && error.code === 'OPTION_INVALID',
    )
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
