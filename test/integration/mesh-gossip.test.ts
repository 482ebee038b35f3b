/** Gossip streams that break beneath a connection that stands: gossipsub stays deaf, the repair makes it hear again. */

import assert from 'node:assert/strict'
import { multiaddr } from '@multiformats/multiaddr'
import { WIRE_VERSION } from '../../src/mesh/codec.ts'
import { toMultiaddr } from '../../src/mesh/endpoint.ts'
import { Gossip } from '../../src/mesh/gossip.ts'
import { createHost, type Host, listenEndpoints, startHost } from '../../src/mesh/libp2p-host.ts'
import { eventually, newKey } from './mesh-harness.ts'

const LISTEN = [{ host: '127.0.0.1', port: 0 }]

interface Side {
  readonly host: Host
  readonly gossip: Gossip
  /** Second byte of every message. */
  readonly heard: number[]
  readonly reached: number[]
}

describe('gossip between two nodes', () => {
  let a: Side
  let b: Side

  async function side(clusterKey: string): Promise<Side> {
    const host = await createHost({ clusterKey, listen: LISTEN, mdns: false })
    const heard: number[] = []
    const reached: number[] = []
    const gossip = new Gossip(host, {
      message: (_from, bytes) => heard.push(bytes[1]!),
      refused: () => {},
      published: (_bytes, recipients) => reached.push(recipients.size),
      dropped: (why) => assert.fail(why),
    })
    gossip.prepare()
    await startHost(host, LISTEN)
    gossip.start()
    return { host, gossip, heard, reached }
  }

  const isWhole = (from: Side, to: Side) => from.gossip.reaches(to.host.peerId) && from.gossip.hears(to.host.peerId)

  beforeEach(async () => {
    const clusterKey = newKey()
    a = await side(clusterKey)
    b = await side(clusterKey)
    await a.host.dial(multiaddr(toMultiaddr(listenEndpoints(b.host)[0]!)))
    await eventually(() => isWhole(a, b) && isWhole(b, a), 'gossip is up')
  })
  afterEach(async () => {
    await Promise.all([a.host.stop(), b.host.stop()])
  })

  async function repairedAndHeard(): Promise<void> {
    const repair = ({ gossip, host }: Side) => gossip.repair(host.getConnections())
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const)
      if (!isWhole(one, other)) await repair(one)
    await eventually(() => isWhole(a, b) && isWhole(b, a), 'gossip is up again')
    a.gossip.publish(Uint8Array.of(WIRE_VERSION, 7))
    b.gossip.publish(Uint8Array.of(WIRE_VERSION, 8))
    await eventually(() => a.heard.includes(8) && b.heard.includes(7), 'both hear')
    assert.equal(a.host.getConnections().length, 1)
  }

  const outgoing = ({ host }: Side) =>
    host
      .getConnections()
      .flatMap(({ streams }) => streams)
      .filter(({ protocol, direction }) => protocol.startsWith('/meshsub/') && direction === 'outbound')

  it('is repaired after the outgoing streams of one side are gone', async () => {
    for (const stream of outgoing(a)) stream.abort(new Error('test'))
    await eventually(() => !isWhole(a, b), 'broken')
    a.gossip.publish(Uint8Array.of(WIRE_VERSION, 1))
    await eventually(() => a.reached.length === 1, 'published')
    assert.deepEqual(a.reached, [0])
    await repairedAndHeard()
  })

  it('is repaired after one side has given the other up, which still believes that it is heard', async () => {
    // The length of a delivery over every limit, after which nothing on this stream is read any more.
    for (const stream of outgoing(a)) stream.send(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f))
    await eventually(() => !b.gossip.hears(a.host.peerId), 'given up')
    a.gossip.publish(Uint8Array.of(WIRE_VERSION, 1))
    await eventually(() => a.reached.length === 1, 'published')
    assert.deepEqual([a.reached, b.heard], [[1], []])
    await b.gossip.repair(b.host.getConnections())
    await eventually(() => !a.gossip.reaches(b.host.peerId) || isWhole(b, a), 'the other side notices')
    await repairedAndHeard()
  })
})
