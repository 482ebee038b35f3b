/** Connections over TCP and TLS as the wire driver sees them: what comes is read into one array for all of a thread. */

import { connect as connectTcp, type OnReadOpts, type Socket, type TcpSocketConnectOpts } from 'node:net'
import type { ConnectionOptions, SecureContext } from 'node:tls'

/** A connection that is being opened or is open. */
export interface Link {
  /** Takes octets, or a text with a character for each. */
  write(message: Uint8Array | string): void
  /** Whether all that was written has gone to the kernel. */
  readonly flushed: boolean
  /** From now on somebody else is told what happens on it. */
  handTo(events: LinkEvents): void
  destroy(): void
  /** Resolves once nothing is left of it; after {@link destroy}. */
  closed(): Promise<void>
}

/** Told what happens on a link, never before the call that opened it has returned. */
export interface LinkEvents {
  /** TCP is connected; TLS is still to come, where it is spoken. */
  connected(link: Link): void
  /** Requests may be written. */
  ready(link: Link): void
  /** Octets from the start of the array have come. They are gone when this returns. */
  data(link: Link, octets: Uint8Array, count: number): void
  /** The other side has closed, or the link is gone. */
  ended(link: Link): void
  failed(link: Link, error: Error): void
}

/** Opens a link. Throws only where no attempt can be made. */
export type OpenLink = (events: LinkEvents) => Link

/** As much as a socket takes at once from the kernel. */
const READ_BYTES = 64 * 1024
/** Idle connections are probed, so that one whose other side is gone does not stay. */
const PROBE_AFTER_MS = 60_000

/** Data is handed on before anything else is read, so one array does for all. */
let received: Uint8Array | undefined

class SocketLink implements Link {
  readonly #socket: Socket
  #events: LinkEvents

  constructor(open: (onread: OnReadOpts) => Socket, readyEvent: 'connect' | 'secureConnect', events: LinkEvents) {
    this.#events = events
    received ??= Buffer.allocUnsafeSlow(READ_BYTES)
    const buffer = received
    const callback = (count: number): boolean => {
      this.#events.data(this, buffer, count)
      return true
    }
    this.#socket = open({ buffer, callback }).setNoDelay(true).setKeepAlive(true, PROBE_AFTER_MS)
    if (readyEvent !== 'connect') this.#socket.on('connect', () => this.#events.connected(this))
    this.#socket.on(readyEvent, () => this.#events.ready(this))
    this.#socket.on('error', (error) => this.#events.failed(this, error))
    this.#socket.on('end', () => this.#events.ended(this))
    this.#socket.on('close', () => this.#events.ended(this))
  }

  write(message: Uint8Array | string): void {
    if (typeof message === 'string') this.#socket.write(message, 'latin1')
    else this.#socket.write(message)
  }

  get flushed(): boolean {
    return this.#socket.writableLength === 0
  }

  handTo(events: LinkEvents): void {
    this.#events = events
  }

  destroy(): void {
    this.#socket.destroy()
  }

  closed(): Promise<void> {
    if (this.#socket.closed) return Promise.resolve()
    return new Promise((resolve) => this.#socket.once('close', resolve))
  }
}

/** Where links lead. */
export interface LinkTarget {
  /** Scheme, host and port. */
  readonly origin: string
  /** Name the server must prove in TLS; empty for its address. */
  readonly serverName: string
  /** What TLS is spoken with, if not as usual. */
  readonly secureContext?: SecureContext
}

/** Opens links to where requests are sent. */
export function linksTo({ origin, serverName, secureContext }: LinkTarget): OpenLink {
  const { protocol, hostname, port } = new URL(origin)
  const secure = protocol === 'https:'
  const address: TcpSocketConnectOpts = {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (secure ? 443 : 80),
  }
  if (!secure) return (events) => new SocketLink((onread) => connectTcp({ ...address, onread }), 'connect', events)
  // Loaded where it is spoken only: a thread takes longer to start with it.
  const { connect: connectTls } = process.getBuiltinModule('node:tls')
  let session: Buffer | undefined
  return (events) => {
    const open = (onread: OnReadOpts): Socket => {
      const options: ConnectionOptions & { onread: OnReadOpts } = {
        ...address,
        ALPNProtocols: ['http/1.1'],
        servername: serverName,
        onread,
        ...(secureContext === undefined ? {} : { secureContext }),
        ...(session === undefined ? {} : { session }),
      }
      const socket = connectTls(options)
      socket.on('session', (latest) => {
        session = latest
      })
      return socket
    }
    return new SocketLink(open, 'secureConnect', events)
  }
}
