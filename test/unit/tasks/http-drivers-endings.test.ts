/** How requests end in both HTTP drivers when no answer ends them: cut, timed out, closed. */

import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { DRIVER_NAMES, useServers } from './driver-servers.ts'
import { DRIVERS, pause } from './fired-lane.ts'

const OK = 'HTTP/1.1 200 OK\r\n'
const EMPTY = `${OK}content-length: 0\r\n\r\n`

for (const driver of DRIVER_NAMES) {
  describe(`the ${driver} driver, ending requests`, () => {
    const { lane, odd, sound, closing } = useServers(driver)

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
          else looping.fire(ticket, 0, 0)
        },
      })
      closing.push(() => looping.close())
      looping.fire(0, 0, 0)
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
