/** When both HTTP drivers open, keep and give up connections. */

import assert from 'node:assert/strict'
import { DRIVER_NAMES, useServers } from './driver-servers.ts'
import { pause } from './fired-lane.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const EMPTY = `${OK}content-length: 0\r\n\r\n`

describe('the wire driver, pipelining', () => {
  const { lane, odd, sound } = useServers('wire')

  it('sends requests ahead of their answers, over as few connections as will do', async () => {
    const server = await sound((_request, response) => setTimeout(() => response.end('ok'), 20))
    const opened = lane(server.url, { pipelining: 4 })
    for (let round = 0; round < 3; round++) {
      const fired = Array.from({ length: 10 }, (_, ticket) => opened.fire(ticket))
      assert.ok((await Promise.all(fired)).every(({ kind }) => kind === null))
    }
    assert.deepEqual([server.requests, server.connections], [30, 3])
  })

  it('sends one at a time where sending twice could do harm', async () => {
    const server = await sound((_request, response) => response.end('ok'))
    const opened = lane(server.url, { method: 'POST', pipelining: 4 })
    await Promise.all([0, 1, 2, 3].map((ticket) => opened.fire(ticket)))
    assert.deepEqual([server.requests, server.connections], [4, 4])
  })

  it('counts every byte of an answer for the request it answers', async () => {
    const answers = [EMPTY, `${OK}content-length: 5\r\n\r\nhello`, EMPTY]
    const server = await odd((socket, request) => request === 2 && socket.write(answers.join('')))
    const opened = lane(server.url, { pipelining: 3 })
    const settled = await Promise.all([0, 1, 2].map((ticket) => opened.fire(ticket)))
    assert.deepEqual(
      settled.map(({ bytesReceived }) => bytesReceived),
      answers.map(({ length }) => length),
    )
  })

  it('ends all that is in flight on a connection when one takes too long', async () => {
    const server = await odd(() => {})
    const opened = lane(server.url, { pipelining: 2, timeoutMs: 80 })
    const kinds = await Promise.all([0, 1, 2].map((ticket) => opened.kind(ticket)))
    assert.deepEqual(kinds, ['timeout', 'timeout', 'timeout'])
    assert.equal(server.connections, 2)
  })
})

for (const driver of DRIVER_NAMES) {
  describe(`the ${driver} driver, its connections`, () => {
    const { lane, odd, sound, closing } = useServers(driver)

    for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
      it(`sends ${method} after ${method} over one connection`, async () => {
        const server = await sound((request, response) => response.end(request.method === 'HEAD' ? undefined : 'ok'))
        const opened = lane(server.url, { method })
        for (let i = 0; i < 20; i++) assert.equal(await opened.kind(), null)
        assert.deepEqual([server.requests, server.connections], [20, 1])
      })
    }

    it('gives every ticket a connection of its own', async () => {
      const server = await sound((_request, response) => response.end('ok'))
      const opened = lane(server.url)
      for (let round = 0; round < 3; round++) await Promise.all([0, 1, 2, 3].map((ticket) => opened.fire(ticket)))
      assert.deepEqual([server.requests, server.connections], [12, 4])
    })

    it('never sends a request again: a connection that ends under it is a failure, counted once', async () => {
      const server = await odd((socket, request) => {
        if (request % 2 === 0) socket.write(EMPTY)
        else socket.destroy()
      })
      const opened = lane(server.url)
      const kinds: (string | null)[] = []
      for (let i = 0; i < 6; i++) kinds.push(await opened.kind())
      assert.deepEqual(kinds, [null, 'closed', null, 'closed', null, 'closed'])
      assert.deepEqual([server.requests, server.connections, opened.settled.length], [6, 3, 6])
    })

    it('counts a closed port as connect_refused, and nothing as sent', async () => {
      const server = await odd(() => {})
      const { url } = server
      await server.close()
      closing.length = 0
      const opened = lane(url)
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(await opened.fire(), { ticket: 0, kind: 'connect_refused', bytesSent: 0, bytesReceived: 0 })
      }
    })

    it('counts a name that does not exist as dns', async () => {
      assert.equal(await lane('http://does-not-exist.invalid/').kind(), 'dns')
    })

    it('connects again when the server says the connection ends', async () => {
      const server = await odd((socket) => socket.end(`${OK}connection: close\r\ncontent-length: 0\r\n\r\n`))
      const opened = lane(server.url)
      for (let i = 0; i < 5; i++) assert.equal(await opened.kind(), null)
      assert.deepEqual([server.requests, server.connections], [5, 5])
    })

    it('connects again after the server has closed', async () => {
      const server = await sound((_request, response) => response.end('ok'))
      const opened = lane(server.url)
      assert.equal(await opened.kind(), null)
      server.server.closeAllConnections()
      await pause(20)
      assert.equal(await opened.kind(), null)
      assert.equal(server.connections, 2)
    })

    it('gives up an idle connection before the server does', async () => {
      const answer = `${OK}keep-alive: timeout=2\r\ncontent-length: 0\r\n\r\n`
      const server = await odd((socket) => socket.write(answer))
      const opened = lane(server.url)
      assert.equal(await opened.kind(), null)
      await pause(1100)
      assert.equal(await opened.kind(), null)
      assert.equal(server.connections, 2)
    })

    it('does not use a connection again on which more came than the answer', async () => {
      const server = await odd((socket) => socket.write(`${EMPTY}${OK}content-length: 0\r\n`))
      const opened = lane(server.url)
      for (let i = 0; i < 3; i++) {
        await opened.fire()
        await pause(10)
      }
      assert.deepEqual([server.requests, server.connections], [3, 3])
    })
  })
}
