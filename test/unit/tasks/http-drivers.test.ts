/** What both HTTP drivers do alike, against real servers; and where one is stricter, said case by case. */

import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { DRIVERS, FiredLane, pause } from './fired-lane.ts'
import { type Answer, OddServer } from './odd-server.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`
const EMPTY = `${OK}content-length: 0\r\n\r\n`

/** What one of these answers to a request is counted as. */
const COUNTED: readonly (readonly [what: string, answer: string, kind: string | null, wire?: string | null])[] = [
  ['a length', `${OK}content-length: 2\r\n\r\nok`, null],
  ['chunks', `${CHUNKED}2\r\nok\r\n0\r\n\r\n`, null],
  ['chunks with extensions and trailers', `${CHUNKED}2;a=b\r\nok\r\n0\r\nx-sum: 1\r\n\r\n`, null],
  ['an interim response first', `HTTP/1.1 103 Early\r\nlink: </a>\r\n\r\n${EMPTY}`, null],
  ['no content', 'HTTP/1.1 204 No Content\r\n\r\n', null],
  ['not modified', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n', null],
  ['a redirect', 'HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n', null],
  ['HTTP/1.0 with a length', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok', null],
  ['an error of the client', 'HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n', 'http_4xx'],
  ['an error of the server', 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n', 'http_5xx'],
  ['something else', 'SSH-2.0-OpenSSH_9.2\r\n', 'protocol'],
  // undici says of lengths that do not fit that the connection ended too early.
  [
    'both lengths',
    `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
    'closed',
    'protocol',
  ],
  ['two lengths', `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nok!`, 'closed', 'protocol'],
  ['a chunk size that is none', `${CHUNKED}zz\r\nok\r\n0\r\n\r\n`, 'protocol'],
  ['a bare line feed in the header', `${OK}a: b\ncontent-length: 0\r\n\r\n`, 'protocol'],
  // Node.js's parser takes both; RFC 9112 does not.
  ['empty lines first', `\r\n\r\n${EMPTY}`, null, 'protocol'],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', null, 'protocol'],
]

for (const driver of Object.keys(DRIVERS) as (keyof typeof DRIVERS)[]) {
  describe(`the ${driver} driver`, () => {
    const closing: (() => unknown)[] = []

    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close()
    })

    const lane = (...[url, more]: [string, ConstructorParameters<typeof FiredLane>[2]?]): FiredLane => {
      const opened = new FiredLane(driver, url, more)
      closing.push(() => opened.close())
      return opened
    }

    const odd = async (answer: Answer): Promise<OddServer> => {
      const server = await OddServer.start(answer)
      closing.push(() => server.close())
      return server
    }

    /** A well-behaved server, and how many requests and connections reached it. */
    const sound = async (listener: RequestListener) => {
      const server: Server = createServer((request, response) => {
        counted.requests++
        listener(request, response)
      })
      const counted = { requests: 0, connections: 0, url: '', server }
      server.on('connection', () => counted.connections++)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      counted.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
      closing.push(() => {
        server.closeAllConnections()
        server.close()
      })
      return counted
    }

    for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
      it(`sends ${method} after ${method} over one connection`, async () => {
        const server = await sound((request, response) => response.end(request.method === 'HEAD' ? undefined : 'ok'))
        const opened = lane(server.url, { method })
        for (let i = 0; i < 20; i++) assert.equal(await opened.kind(), null)
        assert.deepEqual([server.requests, server.connections], [20, 1])
      })
    }

    it('sends a body and counts every byte', async () => {
      const bodies: number[] = []
      const server = await sound((request, response) => {
        let body = 0
        request.on('data', (chunk: Buffer) => {
          body += chunk.length
        })
        request.on('end', () => {
          bodies.push(body)
          response.sendDate = false
          response.writeHead(200, { 'content-length': '2' }).end('ok')
        })
      })
      const body = 'ü'.repeat(100_000)
      const opened = lane(server.url, { method: 'POST', body })
      for (let i = 0; i < 3; i++) {
        const { kind, bytesSent, bytesReceived } = await opened.fire()
        assert.deepEqual([kind, bytesSent], [null, opened.request.message.length])
        const answer =
          'HTTP/1.1 200 OK\r\ncontent-length: 2\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\nok'
        assert.equal(bytesReceived, answer.length)
      }
      assert.deepEqual(bodies, [200_000, 200_000, 200_000])
      assert.equal(server.connections, 1)
    })

    it('gives every ticket a connection of its own', async () => {
      const server = await sound((_request, response) => response.end('ok'))
      const opened = lane(server.url)
      for (let round = 0; round < 3; round++) await Promise.all([0, 1, 2, 3].map((ticket) => opened.fire(ticket)))
      assert.deepEqual([server.requests, server.connections], [12, 4])
    })

    for (const [what, answer, kind, wire] of COUNTED) {
      it(`counts ${what} as ${(driver === 'wire' && wire !== undefined ? wire : kind) ?? 'a success'}`, async () => {
        const expected = driver === 'wire' && wire !== undefined ? wire : kind
        for (const size of [answer.length, 7, 1]) {
          if (answer.length > 1000 && size < 100) continue
          const server = await odd((socket) => void sendInPieces(socket, answer, size))
          const opened = lane(server.url)
          assert.equal(await opened.kind(), expected, `in pieces of ${size}`)
          assert.equal(server.requests, 1)
        }
      })
    }

    for (const [what, answer, kind] of [
      ['nothing', '', 'closed'],
      ['half a header', `${OK}content-le`, 'closed'],
      ['half a body', `${OK}content-length: 9\r\n\r\nhalf`, 'closed'],
      ['half a chunk', `${CHUNKED}9\r\nhalf`, 'closed'],
      ['no last chunk', `${CHUNKED}4\r\nhalf\r\n`, 'closed'],
      ['a body without a length', `${OK}\r\nall of it`, null],
      ['a body without a length in HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nall of it', null],
      ['an error without a length', 'HTTP/1.1 500 Oh\r\n\r\nall of it', 'http_5xx'],
    ] as const) {
      it(`counts ${what} and then the end as ${kind ?? 'a success'}`, async () => {
        const server = await odd((socket) => socket.end(answer))
        const opened = lane(server.url)
        assert.equal(await opened.kind(), kind)
        assert.equal(await opened.kind(), kind)
        assert.deepEqual([server.requests, server.connections], [2, 2])
      })
    }

    it('counts a reset as connection_reset, before the answer and within it', async () => {
      for (const answer of ['', `${OK}content-length: 9\r\n\r\nhalf`]) {
        const server = await odd((socket) => {
          socket.write(answer, () => setTimeout(() => socket.resetAndDestroy(), 20))
        })
        const opened = lane(server.url)
        const { kind, bytesSent } = await opened.fire()
        assert.deepEqual([kind, bytesSent], ['connection_reset', opened.request.message.length])
      }
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

    it('settles a ticket once when it is cut, and can fire it again', async () => {
      const server = await sound(() => {})
      const opened = lane(server.url)
      for (let round = 0; round < 2; round++) {
        const fired = opened.fire()
        await pause(30)
        opened.cut(0, 'interrupted')
        opened.cut(0, 'interrupted')
        assert.equal((await fired).kind, 'interrupted')
      }
      assert.deepEqual([opened.settled.length, server.requests], [2, 2])
    })

    it('can fire a ticket again from within its settling', async () => {
      const server = await odd((socket, request) => {
        if (request % 3 === 0) socket.write(EMPTY)
        else if (request % 3 === 1) socket.end(`${OK}connection: close\r\ncontent-length: 0\r\n\r\n`)
        else socket.destroy()
      })
      const kinds: (string | null)[] = []
      const { promise, resolve } = Promise.withResolvers<void>()
      const { request } = lane(server.url)
      const looping = DRIVERS[driver](request, {
        settled: (ticket, kind) => {
          kinds.push(kind)
          if (kinds.length === 12) resolve()
          else looping.fire(ticket)
        },
      })
      closing.push(() => looping.close())
      looping.fire(0)
      await promise
      assert.deepEqual(kinds, Array.from({ length: 4 }, () => [null, null, 'closed']).flat())
      assert.equal(server.requests, 12)
    })

    it('times out one request and not the others', async () => {
      let hang = true
      const server = await sound((_request, response) => {
        if (!hang) response.end('ok')
        hang = false
      })
      const opened = lane(server.url, { timeoutMs: 80 })
      const begun = performance.now()
      const first = opened.fire(0)
      await pause(40)
      const second = opened.fire(1)
      assert.deepEqual([(await second).kind, (await first).kind], [null, 'timeout'])
      assert.ok(performance.now() - begun >= 79)
    })

    it('times out in the middle of an answer', async () => {
      const server = await odd((socket) => socket.write(`${OK}content-length: 9\r\n\r\nhalf`))
      const opened = lane(server.url, { timeoutMs: 80 })
      const { kind, bytesReceived } = await opened.fire()
      assert.deepEqual([kind, bytesReceived], ['timeout', `${OK}content-length: 9\r\n\r\nhalf`.length])
    })

    it('counts as connect_timeout what could not be sent in time', async () => {
      // TLS never begins on the other side.
      const silent = createTcpServer(() => {})
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      closing.push(() => silent.close())
      const opened = lane(`https://127.0.0.1:${(silent.address() as AddressInfo).port}/`, { timeoutMs: 80 })
      assert.deepEqual(await opened.fire(), { ticket: 0, kind: 'connect_timeout', bytesSent: 0, bytesReceived: 0 })
      await opened.close()
    })

    it('settles nothing any more once it is closed', async () => {
      const server = await sound(() => {})
      const opened = lane(server.url, { timeoutMs: 30 })
      void opened.fire(0)
      void opened.fire(1)
      await opened.close()
      await pause(60)
      assert.deepEqual(opened.settled, [])
    })
  })
}

async function sendInPieces(
  socket: { write(text: string, encoding: BufferEncoding): unknown },
  text: string,
  size: number,
) {
  for (let at = 0; at < text.length; at += size) {
    socket.write(text.slice(at, at + size), 'latin1')
    if (size < text.length) await new Promise((resolve) => setImmediate(resolve))
  }
}
