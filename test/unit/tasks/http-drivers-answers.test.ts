/** How both HTTP drivers count what a server answers; and where one is stricter, said case by case. */

import assert from 'node:assert/strict'
import { DRIVER_NAMES, useServers } from './driver-servers.ts'

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

for (const driver of DRIVER_NAMES) {
  describe(`the ${driver} driver, reading answers`, () => {
    const { lane, odd, sound } = useServers(driver)

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
