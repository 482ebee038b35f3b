/**
 * The links to all peers: made with a peer's first connection, ended with its last.
 */

import type { Connection, PeerId } from '@libp2p/interface'
import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import type { Host } from './libp2p-host.ts'
import type { LinkHooks } from './link-hooks.ts'
import type { Channel } from './mesh-port.ts'
import { PeerLink, PROTOCOLS } from './peer-link.ts'

/** Streams in, per channel and connection. One is used; more come while one is being replaced. */
const STREAMS = 8

/** A gossip stream that is missing for this long is repaired; as long is waited between two repairs. */
const GOSSIP_MISSING_MS = 2000

export interface LinksHooks extends LinkHooks {
  /** A connection was added to a link or taken from it, or the peer's addresses became known. */
  changed(link: PeerLink): void
  /** The last connection of a link is gone. `lost` are the frames that were still queued. */
  ended(link: PeerLink, lost: readonly Uint8Array[]): void
  /** Gossip with a peer of a usable link has been broken for a while. */
  gossipBroken(link: PeerLink): void
  gossipHears(peer: PeerId): boolean
}

export class Links {
  readonly #host: Host
  readonly #hooks: LinksHooks
  readonly #links = new Map<BootId, PeerLink>()
  readonly #gossipMissingSince = new Map<BootId, MonotonicMs>()
  #stopped = false

  constructor(host: Host, hooks: LinksHooks) {
    this.#host = host
    this.#hooks = hooks
  }

  /** Listens for connections and streams. Before the host is started. */
  async prepare(): Promise<void> {
    this.#host.addEventListener('connection:open', ({ detail }) => this.#opened(detail))
    this.#host.addEventListener('connection:close', ({ detail }) => this.#closed(detail))
    for (const channel of Object.keys(PROTOCOLS) as Channel[]) {
      await this.#host.handle(
        PROTOCOLS[channel],
        (stream, connection) => {
          this.#linkOf(connection).accept(channel, stream)
        },
        { maxInboundStreams: STREAMS, maxOutboundStreams: STREAMS },
      )
    }
  }

  /** The link to a peer, usable or not. */
  get(bootId: BootId): PeerLink | undefined {
    return this.#links.get(bootId)
  }

  all(): readonly PeerLink[] {
    return [...this.#links.values()]
  }

  usable(): readonly PeerLink[] {
    return this.all().filter(({ isUsable }) => isUsable)
  }

  /** Looks after every link; to be called about once a second. */
  turn(now: MonotonicMs): void {
    for (const link of this.all()) {
      // libp2p may never say that a connection closed which did so while it was being set up.
      for (const connection of link.connections) if (isClosed(connection)) this.#closed(connection)
      link.turn()
      this.#watchGossip(link, now)
    }
  }

  /** Sends what is queued and closes every connection; waits for at most the signal's time. */
  async close(signal: AbortSignal): Promise<void> {
    this.#stopped = true
    await Promise.all(
      this.all().map(async (link) => {
        await link.flush(signal)
        await Promise.all(link.connections.map((connection) => connection.close({ signal }).catch(() => {})))
        link.end()
      }),
    )
    this.#links.clear()
  }

  #opened(connection: Connection): void {
    if (this.#stopped || isClosed(connection)) return
    const link = this.#linkOf(connection)
    link.add(connection)
    this.#hooks.changed(link)
  }

  #closed(connection: Connection): void {
    const link = this.#links.get(connection.remotePeer.toString())
    if (this.#stopped || link === undefined || !link.remove(connection)) return
    this.#links.delete(link.bootId)
    this.#gossipMissingSince.delete(link.bootId)
    this.#hooks.ended(link, link.end())
  }

  #linkOf(connection: Connection): PeerLink {
    const bootId = connection.remotePeer.toString()
    const link = this.#links.get(bootId) ?? new PeerLink(connection.remotePeer, this.#hooks)
    this.#links.set(bootId, link)
    return link
  }

  #watchGossip(link: PeerLink, now: MonotonicMs): void {
    const whole = this.#hooks.gossipReaches(link.peerId) && this.#hooks.gossipHears(link.peerId)
    if (whole || !link.isUsable) {
      this.#gossipMissingSince.delete(link.bootId)
      return
    }
    const since = this.#gossipMissingSince.get(link.bootId) ?? now
    const isOverdue = now - since >= GOSSIP_MISSING_MS
    this.#gossipMissingSince.set(link.bootId, isOverdue ? now : since)
    if (isOverdue) this.#hooks.gossipBroken(link)
  }
}

function isClosed({ status }: Connection): boolean {
  return status !== 'open' && status !== 'closing'
}
