/** The steps of a scenario go over each other's connections, with both HTTP drivers. */

import assert from 'node:assert/strict'
import type { Lane } from '../../../src/journey/lane.ts'
import type { HttpDriver } from '../../../src/tasks/http/driver.ts'
import { type HttpRequestParameters, prepareRequest } from '../../../src/tasks/http/prepared-request.ts'
import { sharingKey } from '../../../src/tasks/http/shared-connections.ts'
import { undiciDriver } from '../../../src/tasks/http/undici/undici-driver.ts'
import { wireDriver } from '../../../src/tasks/http/wire/wire-driver.ts'
import { DRIVER_NAMES, useServers } from './driver-servers.ts'

const DRIVERS: Readonly<Record<string, HttpDriver>> = { undici: undiciDriver, wire: wireDriver }

/** Steps, each with a lane, that are gone through with tickets. */
class Steps {
  readonly kinds: (string | null)[] = []
  readonly lanes: readonly Lane[]
  readonly #waiting = new Map<number, () => void>()

  constructor(driver: HttpDriver, scope: object, steps: readonly Partial<HttpRequestParameters>[]) {
    this.lanes = steps.map((more) => {
      const parameters = { method: 'GET', url: '', headers: {}, body: undefined, timeoutMs: 2000, ...more }
      const request = prepareRequest(parameters)
      const sharing = { scope, key: sharingKey(request, undefined) }
      const settled = (ticket: number, kind: string | null): void => {
        this.kinds.push(kind)
        this.#waiting.get(ticket)!()
      }
      return driver.open(request, { settled }, { warn: () => {}, sharing })
    })
  }

  /** All steps, one after the other. */
  async go(ticket: number): Promise<void> {
    for (const lane of this.lanes) {
      await new Promise<void>((resolve) => {
        this.#waiting.set(ticket, resolve)
        lane.fire(ticket, 0, ticket)
      })
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.close()))
  }
}

for (const name of DRIVER_NAMES) {
  describe(`the ${name} driver, steps of a scenario`, () => {
    const { sound, odd, closing } = useServers(name)
    const open = (scope: object, ...steps: Partial<HttpRequestParameters>[]): Steps => {
      const opened = new Steps(DRIVERS[name]!, scope, steps)
      closing.push(() => opened.close())
      return opened
    }
    const users = [0, 1, 2, 3, 4, 5, 6, 7]

    it('take their connection along, whatever they send', async () => {
      const server = await sound((request, response) => {
        setTimeout(() => response.end(request.method === 'HEAD' ? undefined : 'ok'), 2)
      })
      const { url } = server
      const steps = open(
        {},
        { url },
        { url, method: 'HEAD' },
        { url: `${url}cart`, method: 'POST', body: 'x' },
        { url },
      )
      for (let round = 0; round < 3; round++) await Promise.all(users.map((user) => steps.go(user)))
      assert.deepEqual(
        steps.kinds.filter((kind) => kind !== null),
        [],
      )
      assert.deepEqual([server.requests, server.connections], [96, users.length])
    })

    it('have connections of their own to other places, and in other scenarios', async () => {
      const servers = await Promise.all([1, 2].map(() => sound((_request, response) => response.end('ok'))))
      const places = servers.map(({ url }) => ({ url }))
      for (const steps of [open({}, ...places), open({}, ...places)]) {
        await steps.go(0)
        await steps.go(0)
      }
      assert.deepEqual(
        servers.map(({ requests, connections }) => [requests, connections]),
        [
          [4, 2],
          [4, 2],
        ],
      )
    })

    it('open another one where the server has closed it', async () => {
      const server = await odd((socket) => {
        socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok')
      })
      const steps = open({}, { url: server.url }, { url: server.url })
      for (let round = 0; round < 3; round++) await steps.go(0)
      assert.deepEqual([steps.kinds, server.connections], [[null, null, null, null, null, null], 6])
    })

    it('open another one after a failure, which is of the step alone', async () => {
      const server = await odd((socket, request) => {
        if (request % 2 === 1) socket.destroy()
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      })
      const steps = open({}, { url: server.url }, { url: server.url })
      for (let round = 0; round < 2; round++) await steps.go(0)
      const [good, bad, again, badAgain] = steps.kinds
      assert.deepEqual([good, again, server.connections], [null, null, 2])
      for (const kind of [bad, badAgain]) assert.match(kind ?? '', /^(closed|connection_reset)$/)
    })
  })
}
