/** What Node.js's own HTTP client makes of a stream of bytes, over a connection in memory. */

import { request } from 'node:http'
import { Duplex } from 'node:stream'

export type NodeResponse =
  | { readonly ok: true; readonly status: number; readonly body: string; readonly persistent: boolean }
  | { readonly ok: false; readonly code: string }

/** Answers the first thing written with the pieces, each in a turn of its own, and ends. */
class Answering extends Duplex {
  readonly #pieces: readonly Uint8Array[]
  #answered = false

  constructor(pieces: readonly Uint8Array[]) {
    super({ allowHalfOpen: true })
    this.#pieces = pieces
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done()
    if (this.#answered) return
    this.#answered = true
    this.#answer(0)
  }

  #answer(index: number): void {
    setImmediate(() => {
      if (this.destroyed) return
      if (index === this.#pieces.length) this.push(null)
      else {
        this.push(Buffer.from(this.#pieces[index]!))
        this.#answer(index + 1)
      }
    })
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

/** Reads pieces, then the end of the connection, with `node:http`. */
export function readWithNode(pieces: readonly Uint8Array[], method: 'GET' | 'HEAD'): Promise<NodeResponse> {
  return new Promise((resolve) => {
    const socket = new Answering(pieces)
    const refuse = (error: NodeJS.ErrnoException) => resolve({ ok: false, code: error.code ?? error.message })
    const sent = request({ method, host: 'fuzz.invalid', createConnection: () => socket as never }, (response) => {
      const body: Buffer[] = []
      response.on('data', (chunk: Buffer) => body.push(chunk))
      response.on('error', refuse)
      response.on('end', () => {
        if (!response.complete) return resolve({ ok: false, code: 'incomplete' })
        const persistent = (sent as unknown as { shouldKeepAlive: boolean }).shouldKeepAlive
        resolve({
          ok: true,
          status: response.statusCode!,
          body: Buffer.concat(body).toString('latin1'),
          persistent,
        })
      })
      response.on('close', () => resolve({ ok: false, code: 'closed' }))
    })
    sent.setHeader('connection', 'keep-alive')
    sent.on('upgrade', () => resolve({ ok: false, code: 'upgrade' }))
    sent.on('error', refuse)
    sent.on('close', () => resolve({ ok: false, code: 'closed' }))
    sent.end()
  })
}
