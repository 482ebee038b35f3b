import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { Endpoint } from '../../../src/mesh/endpoint.ts'
import { type Connected, Prober } from '../../../src/mesh/probe.ts'

describe('probe of a peer whose connection is gone', () => {
  const host = '127.0.0.1'
  let server: Server
  let here: Endpoint
  /** An address where nobody listens. */
  let nowhere: Endpoint
  let connected: Connected[]
  let prober: Prober

  const peer = (bootId: string, name: string, startedAt: number, ...live: Endpoint[]): Connected => ({
    bootId,
    name,
    startedAt,
    liveEndpoints: () => live,
  })
  const listen = async (): Promise<Server> => {
    const listening = createServer((socket) => socket.on('error', () => {}).unref()).listen(0, host)
    await once(listening, 'listening')
    return listening
  }
  const endpointOf = (listening: Server): Endpoint => ({ host, port: (listening.address() as AddressInfo).port })

  beforeEach(async () => {
    server = await listen()
    here = endpointOf(server)
    const closed = await listen()
    nowhere = endpointOf(closed)
    closed.close()
    await once(closed, 'close')
    connected = []
    prober = new Prober(() => connected)
  })
  afterEach(() => server.close())

  it('says whether somebody listens there', async () => {
    assert.equal(await prober.probe('a1'), 'silent')
    prober.remember(peer('a1', 'a', 1), [here], [])
    assert.equal(await prober.probe('a1'), 'reachable')
    prober.remember(peer('a1', 'a', 1), [nowhere], [])
    assert.equal(await prober.probe('a1'), 'refused')
    prober.remember(peer('a1', 'a', 1), [nowhere], [here])
    assert.equal(await prober.probe('a1'), 'reachable')
  })

  it('knows another life of the same node there', async () => {
    prober.remember(peer('a1', 'a', 1), [here], [])
    connected = [peer('b1', 'b', 2, nowhere), peer('a2', 'a', 2, nowhere, here)]
    assert.equal(await prober.probe('a1'), 'replaced')
  })

  it('takes nobody else for one', async () => {
    prober.remember(peer('a2', 'a', 2), [here], [])
    for (const other of [
      peer('b1', 'b', 3, here),
      peer('a3', 'a', 3, nowhere),
      // An earlier life, whose connection only seems to be there.
      peer('a1', 'a', 1, here),
      peer('a2', 'a', 3, here),
    ]) {
      connected = [other]
      assert.equal(await prober.probe('a2'), 'reachable')
    }
    prober.remember(peer('a2', 'a', 2), [here, nowhere], [])
    connected = [peer('a3', 'a', 3, here)]
    assert.equal(await prober.probe('a2'), 'reachable')
  })
})
