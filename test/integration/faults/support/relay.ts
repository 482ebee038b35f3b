/** A TCP relay that delays: the kernel's own delay (netem) is not built everywhere. */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** Bytes on their way that make the relay stop reading: a slow receiver must not fill the memory. */
const MOST_UNDERWAY = 4 << 20

export class Relay {
  /** Time from either side to the other, in milliseconds; for what arrives from now on. */
  delayMs = 0
  /** Longest that anything took through it since it started, in milliseconds. */
  longestMs = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(port: number, host: string) {
    this.#server = createServer({ noDelay: true }, (near) => {
      const far = connect({ port, host, noDelay: true })
      this.#carry(near, far)
      this.#carry(far, near)
    })
  }

  /** Starts a relay at an address that leads to another. */
  static async start(listenHost: string, to: { readonly host: string; readonly port: number }): Promise<Relay> {
    const relay = new Relay(to.port, to.host)
    relay.#server.listen(0, listenHost)
    await once(relay.#server, 'listening')
    return relay
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #carry(from: Socket, to: Socket): void {
    this.#sockets.add(from)
    const line = new DelayLine(() => this.delayMs)
    let underway = 0
    from.on('data', (chunk: Buffer) => {
      const cameAt = performance.now()
      underway += chunk.length
      if (underway > MOST_UNDERWAY) from.pause()
      line.later(() => {
        underway -= chunk.length
        this.longestMs = Math.max(this.longestMs, performance.now() - cameAt)
        if (!to.destroyed) to.write(chunk)
        from.resume()
      })
    })
    // Its end comes as late as all it said.
    from.on('error', () => {})
    from.on('close', () => {
      this.#sockets.delete(from)
      line.later(() => {
        if (!to.destroyed) to.end(() => to.destroy())
      })
    })
  }
}

/** Does things after a delay, in order, also when the delay becomes shorter. Timers alone would not keep the order. */
class DelayLine {
  readonly #delayMs: () => number
  readonly #waiting: { readonly at: number; readonly action: () => void }[] = []

  constructor(delayMs: () => number) {
    this.#delayMs = delayMs
  }

  later(action: () => void): void {
    const delay = this.#delayMs()
    if (delay === 0 && this.#waiting.length === 0) {
      action()
      return
    }
    this.#waiting.push({ at: performance.now() + delay, action })
    if (this.#waiting.length === 1) setTimeout(() => this.#deliver(), delay)
  }

  #deliver(): void {
    while (this.#waiting.length > 0 && this.#waiting[0]!.at <= performance.now()) this.#waiting.shift()!.action()
    const [next] = this.#waiting
    if (next !== undefined) setTimeout(() => this.#deliver(), Math.max(1, next.at - performance.now()))
  }
}
