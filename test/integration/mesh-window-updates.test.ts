/** Streams of yamux that tell their sender rarely how much more it may send. */

import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { toMultiaddr } from '../../src/mesh/endpoint.ts'
import { createHost, type Host, listenEndpoints, startHost } from '../../src/mesh/libp2p-host.ts'
import { updateWindowRarely } from '../../src/mesh/window-updates.ts'
import { eventually, newKey } from './mesh-harness.ts'

const PROTOCOL = '/test/window-updates/1'
const LISTEN = [{ host: '127.0.0.1', port: 0 }]

interface Sent {
  /** Octets that arrived. */
  readonly arrived: number
  /** Times that the receiver told the sender how much more it may send. */
  readonly updates: number
}

describe('window updates', () => {
  const hosts: Host[] = []

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()))
  })

  /** Two hosts, and what one of them sends to the other, each message when the one before has arrived. */
  async function send(messages: number, bytes: number, accepted: (stream: Stream) => void): Promise<Sent> {
    const clusterKey = newKey()
    for (let i = 0; i < 2; i++) {
      const host = await createHost({ clusterKey, listen: LISTEN, mdns: false })
      hosts.push(host)
      await startHost(host, LISTEN)
    }
    const [receiver, sender] = hosts as [Host, Host]
    let arrived = 0
    await receiver.handle(PROTOCOL, (stream) => {
      accepted(stream)
      stream.addEventListener('message', ({ data }) => {
        arrived += data.byteLength
      })
    })
    const stream = await sender.dialProtocol(multiaddr(toMultiaddr(listenEndpoints(receiver)[0]!)), PROTOCOL)
    const updates = countUpdates(stream)
    const message = new Uint8Array(bytes)
    for (let i = 1; i <= messages; i++) {
      if (!stream.send(message)) await stream.onDrain({ signal: AbortSignal.timeout(5000) })
      if (bytes < 10_000) await eventually(() => arrived === i * bytes, `message ${i} arrives`)
    }
    await eventually(() => arrived === messages * bytes, `all ${messages} messages arrive`)
    return { arrived, updates: updates() }
  }

  it('come after every message by themselves', async () => {
    const { updates } = await send(50, 500, () => {})
    assert.ok(updates >= 40, `${updates} updates`)
  })

  it('do not come while little of the window is used', async () => {
    const { updates } = await send(50, 500, updateWindowRarely)
    assert.equal(updates, 0)
  })

  it('come early enough for many times the window', async () => {
    const { arrived, updates } = await send(200, 60_000, updateWindowRarely)
    assert.equal(arrived, 12_000_000)
    assert.ok(updates > 0 && updates < 100, `${updates} updates`)
  })

  it('leaves a stream of another kind alone', () => {
    const stream = { send: () => true } as unknown as Stream
    updateWindowRarely(stream)
    assert.deepEqual(Object.keys(stream), ['send'])
  })
})

/** Counts the frames by which yamux lets this side send more. */
function countUpdates(stream: Stream): () => number {
  const yamux = stream as Stream & { handleWindowUpdate(frame: unknown): void }
  const handle = yamux.handleWindowUpdate.bind(yamux)
  let count = 0
  yamux.handleWindowUpdate = (frame) => {
    count++
    handle(frame)
  }
  return () => count
}
