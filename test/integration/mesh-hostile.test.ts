/** A peer that has the cluster key and sends what no mesh would. */

import assert from 'node:assert/strict'
import type { Connection } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import fc from 'fast-check'
import { LIMITS } from '../../src/base/limits.ts'
import { encodeMessage, WIRE_VERSION } from '../../src/mesh/codec.ts'
import { encodeFrame, FRAME } from '../../src/mesh/frames.ts'
import { createHost, type Host, startHost } from '../../src/mesh/libp2p-host.ts'
import { address, eventually, newKey, type Recorded, startMesh, stopAll, whole } from './mesh-harness.ts'

describe('mesh with a hostile peer', function () {
  this.timeout(20_000)
  let node: Recorded
  let friend: Recorded
  let hostile: Host
  let connection: Connection

  before(async () => {
    const clusterKey = newKey()
    node = await startMesh({ clusterKey })
    friend = await startMesh({ clusterKey, join: [address(node)] })
    await whole([node, friend])
    hostile = await createHost({ clusterKey, listen: [], mdns: false })
    await startHost(hostile, [])
    connection = await hostile.dial(multiaddr(address(node)))
  })
  after(async () => {
    await hostile.stop()
    await stopAll()
  })

  async function sends(protocol: string, ...pieces: Uint8Array[]): Promise<void> {
    const stream = await connection.newStream(protocol, { maxOutboundStreams: 64 })
    for (const piece of pieces) if (stream.status === 'open') stream.send(piece)
    await stream.close({ signal: AbortSignal.timeout(1000) }).catch(() => {})
    stream.abort(new Error('done'))
  }

  async function stillWorks(): Promise<void> {
    const before = node.messages.length
    assert.ok(friend.mesh.send(node.mesh.bootId, 'control', Uint8Array.of(WIRE_VERSION, 1)))
    await eventually(() => node.messages.length > before, 'the friend is heard')
    assert.deepEqual(node.mesh.peers(), [friend.mesh.bootId])
    assert.deepEqual(
      node.log.filter((line) => line.startsWith('error')),
      [],
    )
  }

  it('is not connected before it says that it is ready', async () => {
    await sends('/vajra/control/1', encodeFrame(FRAME.message, encodeMessage('early')))
    await stillWorks()
    assert.ok(node.messages.every(({ from }) => from === friend.mesh.bootId))
  })

  it('is refused frames over the limit, of unknown kinds, and malformed notes', async () => {
    const refused = () => node.mesh.statistics().refused
    const cases: Uint8Array[] = [
      Uint8Array.of(FRAME.message, 0xff, 0xff, 0xff, 0xff, 1, 2, 3),
      encodeFrame(77, Uint8Array.of(1)),
      encodeFrame(FRAME.note, Uint8Array.of(WIRE_VERSION, 0xc1)),
      encodeFrame(FRAME.note, Uint8Array.of(WIRE_VERSION + 1, 0xc0)),
      encodeFrame(FRAME.note, encodeMessage(['peers', 'everyone'])),
      encodeFrame(FRAME.beat, Uint8Array.of(1)),
    ]
    for (const bytes of cases) {
      const before = refused()
      await sends('/vajra/control/1', bytes)
      await eventually(() => refused() > before, `refused: ${Buffer.from(bytes.subarray(0, 8)).toString('hex')}`)
    }
    await stillWorks()
    assert.ok(node.log.some((line) => line.includes(hostile.peerId.toString())))
  })

  it('cannot stop a node, whatever it sends', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(4), fc.uint8Array({ maxLength: 100 })).map(([kind, payload]) => encodeFrame(kind, payload)),
    )
    const protocol = fc.constantFrom('/vajra/control/1', '/vajra/windows/1')
    await fc.assert(
      fc.asyncProperty(protocol, fc.array(piece, { maxLength: 5 }), async (name, pieces) => sends(name, ...pieces)),
      { numRuns: 60 },
    )
    await stillWorks()
  })

  it('cannot make it hold more than a little before its hello', async () => {
    const large = encodeFrame(FRAME.message, new Uint8Array(LIMITS.windowsBytes - 100).fill(WIRE_VERSION))
    const before = node.mesh.statistics().refused
    const stream = await connection.newStream('/vajra/windows/1')
    for (let i = 0; i < 6; i++) stream.send(large)
    await eventually(() => node.mesh.statistics().refused >= before + 4, 'refused', 10_000)
    stream.abort(new Error('done'))
    await stillWorks()
  })

  it('cannot open more streams than a few', async () => {
    const opened = await Promise.allSettled(
      Array.from({ length: 40 }, () => connection.newStream('/vajra/control/1', { maxOutboundStreams: 64 })),
    )
    const streams = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    await eventually(
      () => streams.filter(({ status }) => status === 'open').length <= 1,
      'all but the newest are closed',
    )
    await stillWorks()
  })
})
