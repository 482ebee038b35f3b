/** Lanes of a driver and servers for them, which are closed after each test. */

import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DRIVERS, FiredLane } from './fired-lane.ts'
import { type Answer, OddServer } from './odd-server.ts'

export type DriverName = keyof typeof DRIVERS

export const DRIVER_NAMES = Object.keys(DRIVERS) as DriverName[]

/** For use within `describe`. */
export function useServers(driver: DriverName) {
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

  return { closing, lane, odd, sound }
}
