/**
 * Tells connected peers of each other, so that a node that joined one node meets them all.
 */

import type { BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Links } from './links.ts'
import { PEERS_PER_NOTE, type PeerAddress } from './notes.ts'
import type { PeerLink } from './peer-link.ts'

/** Changes within this time are told together; in it, most of them turn out to be known already. */
const GATHER_MS = 100

export class PeerExchange {
  readonly #links: Links
  /** For each peer, whom it knows: whom it has told of or was told of. */
  readonly #known = new Map<BootId, Set<BootId>>()
  #timer: NodeJS.Timeout | null = null

  constructor(links: Links) {
    this.#links = links
  }

  /** A link became usable, or the addresses of its peer changed. */
  changed(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null
      this.#tellAll()
    }, GATHER_MS)
  }

  /** A peer told of these nodes. */
  heard(from: BootId, peers: readonly PeerAddress[]): void {
    const known = this.#knownTo(from)
    if (known.size > 2 * LIMITS.nodes) known.clear()
    for (const { bootId } of peers) known.add(bootId)
  }

  /** What was last told to this peer may be lost: it is told everything again. */
  retell(peer: BootId): void {
    this.#known.delete(peer)
    this.changed()
  }

  ended(peer: BootId): void {
    this.#known.delete(peer)
    for (const known of this.#known.values()) known.delete(peer)
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #tellAll(): void {
    const links = this.#links.usable()
    for (const link of links) this.#tell(link, links)
  }

  #tell(link: PeerLink, links: readonly PeerLink[]): void {
    const known = this.#knownTo(link.bootId)
    const news = links.filter(
      ({ bootId, endpoints }) => bootId !== link.bootId && endpoints.length > 0 && !known.has(bootId),
    )
    for (let at = 0; at < news.length; at += PEERS_PER_NOTE) {
      const peers = news.slice(at, at + PEERS_PER_NOTE).map(({ bootId, endpoints }) => ({ bootId, endpoints }))
      link.note({ note: 'peers', peers })
    }
    for (const { bootId } of news) known.add(bootId)
  }

  #knownTo(peer: BootId): Set<BootId> {
    const known = this.#known.get(peer) ?? new Set<BootId>()
    this.#known.set(peer, known)
    return known
  }
}
