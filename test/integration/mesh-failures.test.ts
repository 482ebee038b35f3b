/** Nodes in processes of their own that are killed, paused and restarted. */

import assert from 'node:assert/strict'
import { WIRE_VERSION } from '../../src/mesh/codec.ts'
import { address, eventually, forkMesh, newKey, startMesh, stopAll } from './mesh-harness.ts'

const HELLO = Uint8Array.of(WIRE_VERSION, 1)

describe('mesh of processes that fail', function () {
  this.timeout(30_000)
  afterEach(stopAll)

  it('notices a killed node at once, and that nobody listens there any more', async () => {
    const clusterKey = newKey()
    const watcher = await startMesh({ clusterKey })
    const child = await forkMesh({ clusterKey, join: [address(watcher)] })
    await eventually(() => watcher.connected.length === 1, 'connected')
    assert.equal(await watcher.mesh.probe(child.bootId), 'reachable')
    const killedAt = performance.now()
    child.process.kill('SIGKILL')
    await eventually(() => watcher.disconnected.length === 1, 'disconnected', 2000)
    const took = watcher.disconnected[0]!.at - killedAt
    assert.ok(took < 200, `${took} ms`)
    assert.equal(await watcher.mesh.probe(child.bootId), 'refused')
    assert.deepEqual(watcher.mesh.peers(), [])
    assert.equal(watcher.mesh.send(child.bootId, 'control', HELLO), false)
  })

  it('meets a node again that comes back on the same port with a fresh id', async () => {
    const clusterKey = newKey()
    const first = await forkMesh({ clusterKey })
    const listen = [first.listen[0]!.replace(/\/p2p\/.*$/, '')]
    const watcher = await startMesh({ clusterKey, join: listen })
    await eventually(() => watcher.connected.length === 1, 'connected')
    first.process.kill('SIGKILL')
    await eventually(() => watcher.disconnected.length === 1, 'disconnected')
    const second = await forkMesh({ clusterKey, listen })
    await eventually(() => watcher.connected.includes(second.bootId), 'connected again', 10_000)
    assert.notEqual(second.bootId, first.bootId)
    watcher.mesh.gossip(HELLO)
    await eventually(() => second.told.some(({ kind }) => kind === 'gossip'), 'gossip reaches it')
    assert.ok(watcher.mesh.send(second.bootId, 'control', HELLO))
    await eventually(() => second.told.some(({ kind }) => kind === 'message'), 'a message reaches it')
    assert.equal(await watcher.mesh.probe(first.bootId), 'replaced')
    second.process.kill('SIGKILL')
    await eventually(() => watcher.disconnected.length === 2, 'disconnected again')
    const stranger = await forkMesh({ clusterKey, listen, name: 'stranger' })
    await eventually(() => watcher.connected.includes(stranger.bootId), 'connected to another node', 10_000)
    for (const { bootId } of [first, second]) assert.equal(await watcher.mesh.probe(bootId), 'reachable')
  })

  it('keeps a paused node connected, and calls it reachable or silent but never gone', async () => {
    const clusterKey = newKey()
    const watcher = await startMesh({ clusterKey })
    const child = await forkMesh({ clusterKey, join: [address(watcher)] })
    await eventually(() => watcher.connected.length === 1, 'connected')
    child.process.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    assert.notEqual(await watcher.mesh.probe(child.bootId), 'refused')
    assert.ok(watcher.mesh.send(child.bootId, 'control', HELLO))
    child.process.kill('SIGCONT')
    await eventually(() => child.told.some(({ kind }) => kind === 'message'), 'the message arrives')
    assert.deepEqual(watcher.disconnected, [])
  })

  it('closes in time for its peers when it is asked to stop', async () => {
    const clusterKey = newKey()
    const watcher = await startMesh({ clusterKey })
    const child = await forkMesh({ clusterKey, join: [address(watcher)] })
    await eventually(() => watcher.connected.length === 1, 'connected')
    await eventually(() => child.told.some(({ kind }) => kind === 'connected'), 'connected on the other side')
    child.process.send({ do: 'send', to: watcher.mesh.bootId, length: 1000 })
    child.process.send({ do: 'stop' })
    await eventually(() => watcher.disconnected.length === 1, 'disconnected')
    assert.equal(watcher.messages.length, 1)
    assert.equal(watcher.messages[0]!.bytes.length, 1000)
  })
})
