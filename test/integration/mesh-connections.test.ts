/** Connections that break, double and go silent beneath a mesh, through a relay that can be cut or frozen. */

import assert from 'node:assert/strict'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { WIRE_VERSION } from '../../src/mesh/codec.ts'
import { parseMultiaddr } from '../../src/mesh/endpoint.ts'
import { address, eventually, newKey, type Recorded, startMesh, stopAll, whole } from './mesh-harness.ts'

/** More than the handshake of a connection takes, in each direction. */
const SET_UP_BYTES = 900

/** Passes bytes between two sockets until it is told otherwise. */
class Relay {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  target: { readonly host: string; readonly port: number } | null = null
  readonly #passed = { out: 0, back: 0 }
  #frozen = false

  constructor() {
    this.#server = createServer((inner) => this.#accept(inner))
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await new Promise((resolve) => this.#server.once('listening', resolve))
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  get connections(): number {
    return this.#sockets.size / 2
  }

  /** Whether what goes over a connection only once it is set up on both sides has passed in both directions. */
  get isSetUp(): boolean {
    return this.#passed.out >= SET_UP_BYTES && this.#passed.back >= SET_UP_BYTES
  }

  /** Every connection through it ends. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Nothing passes any more, and nobody is told. */
  freeze(): void {
    this.#frozen = true
    for (const socket of this.#sockets) socket.pause()
  }

  close(): void {
    this.cut()
    this.#server.close()
  }

  #accept(inner: Socket): void {
    if (this.target === null) {
      inner.destroy()
      return
    }
    this.#join(inner, connect(this.target))
  }

  #join(inner: Socket, outer: Socket): void {
    for (const [from, to, way] of [
      [inner, outer, 'out'],
      [outer, inner, 'back'],
    ] as const) {
      this.#sockets.add(from)
      from.on('data', (bytes) => {
        this.#passed[way] += bytes.length
        to.write(bytes)
      })
      from.on('error', () => {})
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      if (this.#frozen) from.pause()
    }
  }
}

const say = (number: number): Uint8Array => Uint8Array.of(WIRE_VERSION, number)

describe('connections beneath a mesh', function () {
  this.timeout(30_000)
  const relays: Relay[] = []
  const newRelay = () => {
    const relay = new Relay()
    relays.push(relay)
    return relay
  }
  afterEach(async () => {
    await stopAll()
    for (const relay of relays.splice(0)) relay.close()
  })

  async function talk(a: Recorded, b: Recorded, number: number): Promise<void> {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      assert.ok(from.mesh.send(to.mesh.bootId, 'control', say(number)))
      assert.ok(from.mesh.send(to.mesh.bootId, 'windows', say(number)))
      from.mesh.gossip(say(number))
      const heard = (list: readonly { readonly bytes: Uint8Array }[]) => list.filter(({ bytes }) => bytes[1] === number)
      await eventually(() => heard(to.messages).length >= 2 && heard(to.gossip).length >= 1, `word ${number}`)
    }
  }

  it('goes on over the connection that is left when one of two breaks', async () => {
    const clusterKey = newKey()
    const [toA, toB] = [newRelay(), newRelay()]
    const [viaA, viaB] = [await toA.listen(), await toB.listen()]
    const a = await startMesh({ clusterKey, join: [viaB] })
    toA.target = parseMultiaddr(address(a))
    const b = await startMesh({ clusterKey, join: [viaA] })
    await whole([a, b])
    toB.target = parseMultiaddr(address(b))
    await eventually(() => toA.connections === 1 && toB.connections === 1, 'two connections', 10_000)
    await eventually(() => toB.isSetUp, 'the second connection is set up', 10_000)
    await talk(a, b, 1)
    toA.cut()
    await eventually(() => toA.connections === 0, 'the cut')
    // Both sides are told of it in turns of the event loop, of which one long wait on a busy machine may have but one.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 10))
    await talk(a, b, 2)
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await talk(a, b, 3)
    assert.deepEqual([a.disconnected, b.disconnected], [[], []])
    assert.deepEqual([a.connected.length, b.connected.length], [1, 1])
  })

  it('replaces a connection that went silent', async () => {
    const clusterKey = newKey()
    const clock = { monotonic: () => 3 * performance.now(), wall: Date.now }
    const relay = newRelay()
    const a = await startMesh({ clusterKey, clock })
    relay.target = parseMultiaddr(address(a))
    const b = await startMesh({ clusterKey, clock, join: [await relay.listen()] })
    await whole([a, b])
    await talk(a, b, 1)
    relay.freeze()
    const before = performance.now()
    await eventually(
      () => {
        b.mesh.send(a.mesh.bootId, 'control', say(2))
        return a.messages.some(({ bytes }) => bytes[1] === 2)
      },
      'another connection',
      20_000,
    )
    assert.ok(performance.now() - before > 500, 'it was silent')
    // What the other side writes to the silent connection until it finds out is lost, which it is told by nobody.
    await eventually(
      () => {
        a.mesh.send(b.mesh.bootId, 'control', say(2))
        return b.messages.some(({ bytes }) => bytes[1] === 2)
      },
      'the other connection in the other direction',
      20_000,
    )
    await talk(a, b, 3)
    assert.deepEqual([a.disconnected, b.disconnected], [[], []])
  })

  it('comes back after every connection was cut', async () => {
    const clusterKey = newKey()
    const relay = newRelay()
    const a = await startMesh({ clusterKey })
    relay.target = parseMultiaddr(address(a))
    const b = await startMesh({ clusterKey, join: [await relay.listen()] })
    await whole([a, b])
    relay.cut()
    await eventually(() => a.disconnected.length === 1 && b.disconnected.length === 1, 'disconnected')
    await eventually(() => a.connected.length === 2 && b.connected.length === 2, 'connected again')
    await talk(a, b, 1)
  })
})
