/**
 * A mesh over libp2p, as its parts work together.
 *
 * What goes to one peer takes that peer's link (`peer-link.ts`), what goes to all takes gossip (`gossip.ts`), the
 * reconciler (`reconciler.ts`) sees to it that there is a link to everyone, and what happens goes out through the
 * outlet (`outlet.ts`).
 */

import { peerIdFromString } from '@libp2p/peer-id'
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import { CHANNEL_BYTES } from './codec.ts'
import { type Endpoint, isLoopback, parseMultiaddr, showEndpoint, toMultiaddr } from './endpoint.ts'
import { FRAME, frameBytes } from './frames.ts'
import { Gossip, type GossipHooks } from './gossip.ts'
import { JoinList, lookupAll } from './join-list.ts'
import { type Host, listenEndpoints, startHost } from './libp2p-host.ts'
import { Links, type LinksHooks } from './links.ts'
import { LocalDirectory } from './local-directory.ts'
import type { Channel, MeshEvents, MeshPort, MeshStatistics, ProbeResult } from './mesh-port.ts'
import type { Note } from './notes.ts'
import { Outlet } from './outlet.ts'
import { PeerExchange } from './peer-exchange.ts'
import type { PeerLink } from './peer-link.ts'
import { Prober } from './probe.ts'
import { Reconciler } from './reconciler.ts'
import { rejectionMessage } from './rejections.ts'

/** Time for sending what is queued at the end, and for closing after it, in milliseconds. */
const FLUSH_MS = 1000
const CLOSE_MS = 3000

export interface LiveMeshOptions {
  readonly clusterKey: string
  readonly listen: readonly Endpoint[]
  readonly join: readonly Endpoint[]
  readonly localDirectory: string | null
  readonly name: string
  readonly clock: Clock
  readonly random: Random
}

export class LiveMesh implements MeshPort {
  readonly bootId: BootId
  readonly #host: Host
  readonly #listen: readonly Endpoint[]
  readonly #name: string
  readonly #outlet = new Outlet()
  readonly #prober = new Prober(() => this.#links.usable())
  readonly #links: Links
  readonly #gossip: Gossip
  readonly #exchange: PeerExchange
  readonly #local: LocalDirectory | null
  readonly #reconciler: Reconciler
  /** Every address at which this node can be dialled from somewhere. */
  #endpoints: readonly Endpoint[] = []

  constructor(host: Host, options: LiveMeshOptions) {
    const { clusterKey, join, localDirectory, random } = options
    const now = options.clock.monotonic
    const outlet = this.#outlet
    this.bootId = host.peerId.toString()
    this.#host = host
    this.#listen = options.listen
    this.#name = options.name
    this.#gossip = new Gossip(host, this.#gossipHooks())
    this.#links = new Links(host, this.#linksHooks(now))
    this.#exchange = new PeerExchange(this.#links)
    this.#local = localDirectory === null ? null : new LocalDirectory(localDirectory, clusterKey, this.bootId)
    this.#reconciler = new Reconciler(this.bootId, {
      host,
      links: this.#links,
      joins: new JoinList(join, random, { lookup: lookupAll, log: (level, message) => outlet.log(level, message) }),
      local: this.#local,
      random,
      now,
      ownEndpoints: () => this.#endpoints,
      rejected: (endpoint) => outlet.logOnce('warn', rejectionMessage(endpoint)),
      forgotten: (bootId) => void host.peerStore.delete(peerIdFromString(bootId)).catch(() => {}),
      lookAround: () => this.#noticeAddresses(),
    })
  }

  listenAddresses(): readonly string[] {
    return announced(this.#endpoints).map((endpoint) => `${toMultiaddr(endpoint)}/p2p/${this.bootId}`)
  }

  async start(events: MeshEvents): Promise<void> {
    this.#outlet.open(events)
    this.#gossip.prepare()
    await this.#links.prepare()
    this.#host.addEventListener('peer:discovery', ({ detail }) => {
      const endpoints = detail.multiaddrs.map((address) => parseMultiaddr(address.toString()))
      this.#reconciler.discovered(
        detail.id.toString(),
        endpoints.filter((endpoint) => endpoint !== null),
      )
    })
    await startHost(this.#host, this.#listen)
    this.#gossip.start()
    this.#endpoints = listenEndpoints(this.#host)
    await this.#announceLocally()
    if (this.#outlet.isOpen) this.#reconciler.start()
    else await this.#host.stop()
  }

  async stop(): Promise<void> {
    if (!this.#outlet.isOpen) return
    this.#outlet.close()
    this.#reconciler.stop()
    this.#exchange.stop()
    this.#local?.withdraw()
    const flushing = AbortSignal.timeout(FLUSH_MS)
    const closing = AbortSignal.timeout(FLUSH_MS + CLOSE_MS)
    await this.#atMost(this.#gossip.flush(), flushing)
    await this.#atMost(this.#links.close(flushing), closing)
    await this.#atMost(this.#host.stop(), closing)
  }

  /** Waits for a step of the end. One that fails keeps nobody from leaving: what is open ends with the process. */
  async #atMost(step: void | Promise<void>, signal: AbortSignal): Promise<void> {
    const done = Promise.resolve(step).catch((error: unknown) => {
      this.#outlet.log('debug', `the mesh did not close in order: ${messageOf(error)}`)
    })
    await Promise.race([done, aborted(signal)])
  }

  peers(): readonly BootId[] {
    return this.#links.usable().map(({ bootId }) => bootId)
  }

  send(to: BootId, channel: Channel, bytes: Uint8Array): boolean {
    if (!this.#fits(bytes, channel)) return false
    if (this.#links.get(to)?.send(channel, FRAME.message, bytes) === true) return true
    this.#outlet.dropped()
    return false
  }

  gossip(bytes: Uint8Array): void {
    if (this.#outlet.isOpen && this.#fits(bytes, 'gossip')) this.#gossip.publish(bytes)
  }

  probe(peer: BootId): Promise<ProbeResult> {
    return this.#prober.probe(peer)
  }

  statistics(): MeshStatistics {
    return this.#outlet.statistics(this.#links.usable().length)
  }

  #fits(bytes: Uint8Array, channel: Channel | 'gossip'): boolean {
    if (bytes.length <= CHANNEL_BYTES[channel]) return true
    this.#outlet.oversized(bytes.length, channel, CHANNEL_BYTES[channel])
    return false
  }

  /** Networks come and go: peers are told where this node listens now. */
  #noticeAddresses(): void {
    const endpoints = listenEndpoints(this.#host)
    if (endpoints.map(showEndpoint).join() === this.#endpoints.map(showEndpoint).join()) return
    this.#endpoints = endpoints
    for (const link of this.#links.usable()) link.note(this.#hello(true))
    void this.#announceLocally()
  }

  #hello(ready: boolean): Note {
    return { note: 'hello', name: this.#name, endpoints: announced(this.#endpoints), ready }
  }

  async #announceLocally(): Promise<void> {
    try {
      await this.#local?.announce(announced(this.#endpoints), () => void this.#reconciler.readLocal())
    } catch (error) {
      this.#outlet.log('warn', `nodes of this machine will not find each other by themselves: ${messageOf(error)}`)
    }
  }

  #gossipHooks(): GossipHooks {
    const outlet = this.#outlet
    return {
      message: (from, bytes) => outlet.gossip(from, bytes),
      refused: (from, why) => outlet.refused(from, why),
      dropped: (why) => {
        outlet.dropped()
        outlet.log('debug', `a publication was given up: ${why}`)
      },
      published: (bytes, recipients) => this.#published(bytes, recipients),
    }
  }

  #linksHooks(now: () => number): LinksHooks {
    const outlet = this.#outlet
    return {
      now,
      hello: (ready) => this.#hello(ready),
      gossipReaches: (peer) => this.#gossip.reaches(peer),
      gossipHears: (peer) => this.#gossip.hears(peer),
      gossipBroken: (link) => this.#repairGossip(link),
      changed: (link) => this.#remember(link),
      usable: (link) => this.#usable(link),
      ended: (link, lost) => this.#ended(link, lost),
      reopened: ({ bootId }) => this.#exchange.retell(bootId),
      note: (link, note) => this.#noted(link, note),
      message: ({ bootId }, kind, channel, bytes) =>
        kind === FRAME.gossip ? outlet.gossip(bootId, bytes) : outlet.message(bootId, channel, bytes),
      refused: (peer, why) => outlet.refused(peer, why),
      written: (frame) => {
        if (isMessage(frame)) outlet.sent(frame.length - frameBytes(0))
      },
      streamFailed: ({ bootId }, channel, error) =>
        outlet.log('debug', `no ${channel} stream to ${bootId} yet: ${messageOf(error)}`),
    }
  }

  #usable(link: PeerLink): void {
    this.#remember(link)
    this.#reconciler.connected(link)
    this.#exchange.changed()
    this.#outlet.log('debug', `connected to ${link.name}`, { peer: link.bootId })
    this.#outlet.connected(link.bootId)
  }

  #ended(link: PeerLink, lost: readonly Uint8Array[]): void {
    this.#outlet.dropped(lost.filter(isMessage).length)
    this.#exchange.ended(link.bootId)
    this.#reconciler.lost(link.bootId)
    if (!link.wasUsable) return
    this.#outlet.log('debug', `disconnected from ${link.name}`, { peer: link.bootId })
    this.#outlet.disconnected(link.bootId)
  }

  #noted(link: PeerLink, note: Note): void {
    if (note.note === 'hello') {
      this.#remember(link)
      return
    }
    this.#exchange.heard(link.bootId, note.peers)
    for (const { bootId, endpoints } of note.peers) this.#reconciler.discovered(bootId, endpoints)
  }

  /** Keeps where a peer is reached, for probing it when it is not any more. */
  #remember(link: PeerLink): void {
    const live = link.liveEndpoints()
    if (live.length === 0) return
    const own = new Set(['127.0.0.1', '::1', ...this.#endpoints.map(({ host }) => host)])
    // What a peer elsewhere calls loopback, or by an address this machine has too, would be this machine.
    const isHere = live.some(({ host }) => own.has(host))
    this.#prober.remember(link, live, isHere ? link.endpoints : link.endpoints.filter(({ host }) => !own.has(host)))
  }

  /** Peers that gossip does not reach directly at the moment get it on their control stream. */
  #published(bytes: Uint8Array, recipients: ReadonlySet<BootId>): void {
    this.#outlet.sent(bytes.length, recipients.size)
    for (const link of this.#links.usable()) {
      if (!recipients.has(link.bootId) && !link.send('control', FRAME.gossip, bytes)) this.#outlet.dropped()
    }
  }

  #repairGossip(link: PeerLink): void {
    this.#outlet.log('debug', `gossip with ${link.name} is being repaired`, { peer: link.bootId })
    this.#gossip.repair(link.connections).catch((error) => {
      this.#outlet.log('debug', `gossip with ${link.name} could not be repaired: ${messageOf(error)}`)
    })
  }
}

/** The addresses that others are told: at most so many, those that other machines can use first. */
function announced(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const elsewhere = endpoints.filter(({ host }) => !isLoopback(host))
  const here = endpoints.filter(({ host }) => isLoopback(host)).slice(0, 1)
  return [...elsewhere.slice(0, LIMITS.addressesPerNode - here.length), ...here]
}

function isMessage(frame: Uint8Array): boolean {
  return frame[0] === FRAME.message || frame[0] === FRAME.gossip
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
