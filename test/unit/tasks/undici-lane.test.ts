import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { prepareRequest } from '../../../src/tasks/http/prepared-request.ts'
import { UndiciLane } from '../../../src/tasks/http/undici/undici-lane.ts'

describe('the undici lane', () => {
  let server: Server
  let connections = 0
  let requests = 0

  beforeEach(async () => {
    connections = 0
    requests = 0
    server = createServer((request, response) => {
      requests++
      if (request.url === '/hang') return
      response.end(request.method === 'HEAD' ? undefined : 'ok')
    })
    server.on('connection', () => connections++)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  /** A lane whose executions can be waited for. */
  const open = (path: string, method = 'GET', timeoutMs = 1000) => {
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}${path}`
    const request = prepareRequest({ method, url, headers: {}, body: undefined, timeoutMs }, 'n1', {})
    const waiting = new Map<number, (kind: string | null) => void>()
    const settled: [number, string | null][] = []
    const lane = new UndiciLane(request, {
      settled: (ticket, kind) => {
        settled.push([ticket, kind])
        waiting.get(ticket)?.(kind)
      },
    })
    const fire = (ticket: number): Promise<string | null> =>
      new Promise((resolve) => {
        waiting.set(ticket, resolve)
        lane.fire(ticket)
      })
    return { lane, fire, settled }
  }

  for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
    it(`sends ${method} after ${method} over one connection`, async () => {
      const { lane, fire } = open('/', method)
      for (let i = 0; i < 20; i++) assert.equal(await fire(0), null)
      assert.deepEqual([requests, connections], [20, 1])
      await lane.close()
    })
  }

  it('gives every ticket a connection of its own', async () => {
    const { lane, fire } = open('/')
    for (let round = 0; round < 3; round++) await Promise.all([0, 1, 2, 3].map(fire))
    assert.deepEqual([requests, connections], [12, 4])
    await lane.close()
  })

  it('settles a ticket once when it is cut, and can fire it again', async () => {
    const { lane, fire, settled } = open('/hang')
    const first = fire(0)
    await new Promise((resolve) => setTimeout(resolve, 30))
    lane.cut(0, 'interrupted')
    assert.equal(await first, 'interrupted')
    lane.cut(0, 'interrupted')
    const second = fire(0)
    await new Promise((resolve) => setTimeout(resolve, 30))
    lane.cut(0, 'interrupted')
    assert.equal(await second, 'interrupted')
    assert.deepEqual(settled, [
      [0, 'interrupted'],
      [0, 'interrupted'],
    ])
    assert.equal(requests, 2)
    await lane.close()
  })

  it('connects again after the server has closed', async () => {
    const { lane, fire } = open('/')
    assert.equal(await fire(0), null)
    server.closeAllConnections()
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.equal(await fire(0), null)
    assert.equal(connections, 2)
    await lane.close()
  })

  it('times out one request and not the others', async () => {
    const { lane, fire } = open('/hang', 'GET', 80)
    const begun = performance.now()
    assert.equal(await fire(0), 'timeout')
    assert.ok(performance.now() - begun >= 79)
    await lane.close()
  })

  it('settles nothing any more once it is closed', async () => {
    const { lane, settled } = open('/hang', 'GET', 30)
    lane.fire(0)
    lane.fire(1)
    await lane.close()
    await new Promise((resolve) => setTimeout(resolve, 60))
    assert.deepEqual(settled, [])
  })
})
