/** Load threads for the tests of a suite: nodes that end with each test, and a server that keeps what it was sent. */

import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WorkerNode } from './worker-node.ts'

export interface Seen {
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Nodes of the running test. To be called where tests are described: it takes care of their end. */
export function workerNodes(): (threads: number, name?: string) => WorkerNode {
  const nodes: WorkerNode[] = []
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(({ pool }) => pool.close()))
  })
  return (threads, name = 'a') => {
    const node = new WorkerNode(name, threads)
    nodes.push(node)
    return node
  }
}

/** A server for all tests of the suite in whose description it is made. */
export class SeeingServer {
  /** What it was sent in the running test. */
  seen: Seen[] = []
  readonly #server: Server

  constructor(answer: (request: Seen, response: ServerResponse) => void) {
    this.#server = createServer((request, response) => {
      const { url = '', headers } = request
      let body = ''
      request.on('data', (chunk) => {
        body += chunk
      })
      request.on('end', () => {
        const seen = { url, headers, body }
        this.seen.push(seen)
        answer(seen, response)
      })
    })
    before(async () => {
      await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    })
    beforeEach(() => {
      this.seen = []
    })
    after(() => {
      this.#server.closeAllConnections()
      this.#server.close()
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }
}
