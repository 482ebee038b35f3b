/** A server that answers with bytes of the test's choosing, and logs what reached it. */

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'

/** Answers a request, counted from 0 over all connections. */
export type Answer = (socket: Socket, request: number, connection: number) => void

export class OddServer {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  connections = 0
  requests = 0

  private constructor(answer: Answer) {
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
      const connection = this.connections++
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
      let head = ''
      socket.on('data', (chunk) => {
        head += chunk.toString('latin1')
        for (let end = head.indexOf('\r\n\r\n'); end >= 0; end = head.indexOf('\r\n\r\n')) {
          head = head.slice(end + 4)
          answer(socket, this.requests++, connection)
        }
      })
      socket.on('end', () => socket.end())
    })
  }

  static async start(answer: Answer): Promise<OddServer> {
    const odd = new OddServer(answer)
    await new Promise<void>((resolve) => odd.#server.listen(0, '127.0.0.1', resolve))
    return odd
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
