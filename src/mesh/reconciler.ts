/**
 * Keeps this node connected to every node it can find: about once a second, and at once when something is discovered.
 * libp2p itself dials nobody.
 *
 * Nodes come from the local network (mDNS), from files of this machine, from what connected peers tell, and from the
 * addresses the user said to join.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import type { Random } from '../base/random.ts'
import { AddressBook, type DialOutcome } from './address-book.ts'
import { DIAL_MS, DIAL_SHORT_MS, dial } from './dial.ts'
import { type Endpoint, isLoopback, showEndpoint } from './endpoint.ts'
import type { JoinList } from './join-list.ts'
import type { Host } from './libp2p-host.ts'
import type { Links } from './links.ts'
import type { LocalDirectory } from './local-directory.ts'
import type { PeerAddress } from './notes.ts'
import type { PeerLink } from './peer-link.ts'
import { Rejections } from './rejections.ts'

/** Time between two turns, in milliseconds, ± 20 %: nodes started together should not go on in step. */
const TURN_MS = 1000

/**
 * While peers are connected, this node looks at its own addresses and reads the folder of this machine in one turn of
 * so many: networks rarely change, the folder is watched, and looking costs more than the rest of a turn.
 */
const TURNS_PER_LOOK = 5

/** In its first turns it looks each time: nodes that are started together find each other then. */
const FIRST_TURNS = 10

/** Dials at a time. A handshake takes milliseconds of CPU, and more at once only makes all of them late. */
const PARALLEL_DIALS = 4

/** Pause between two attempts at another connection beside one that is in doubt, and to see if it recovers. */
const RENEW_MS = 4000
const RECOVER_MS = 2000

export interface ReconcilerParts {
  readonly host: Host
  readonly links: Links
  readonly joins: JoinList
  readonly local: LocalDirectory | null
  readonly random: Random
  now(): MonotonicMs
  /** Where this node listens. */
  ownEndpoints(): readonly Endpoint[]
  /** Somebody listens there who has not let this node in several times in a row. */
  rejected(endpoint: Endpoint): void
  /** A boot id will not come back. */
  forgotten(bootId: BootId): void
  /** Time to look whether this node listens elsewhere now. */
  lookAround(): void
}

export class Reconciler {
  readonly #parts: ReconcilerParts
  readonly #book: AddressBook
  readonly #renewedAt = new Map<BootId, MonotonicMs>()
  /** Links beside which another connection is being tried. */
  readonly #renewing = new Set<PeerLink>()
  /** Peers whose links are in doubt. */
  readonly #doubted = new Set<BootId>()
  readonly #rejections = new Rejections()
  #timer: NodeJS.Timeout | null = null
  #dials = 0
  #turns = 0
  #lookingUp = false
  #reading = false
  #toRead = false
  #stopped = false

  constructor(self: BootId, parts: ReconcilerParts) {
    this.#parts = parts
    this.#book = new AddressBook(self, parts.random)
  }

  start(): void {
    this.turn()
  }

  stop(): void {
    this.#stopped = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  /** One turn, and the next one is set. */
  turn(): void {
    if (this.#stopped) return
    const { links, now } = this.#parts
    const turn = this.#turns++
    if (turn < FIRST_TURNS || turn % TURNS_PER_LOOK === 0 || links.usable().length === 0) {
      this.#parts.lookAround()
      void this.readLocal()
    }
    links.turn(now())
    void this.#lookUp()
    this.#watchAll()
    this.#dialDue()
    this.#timer = setTimeout(() => this.turn(), TURN_MS * (0.8 + 0.4 * this.#parts.random()))
  }

  /** Dials a node that was found, unless it should dial this one first. */
  discovered(bootId: BootId, endpoints: readonly Endpoint[]): void {
    const own = new Set(this.#parts.ownEndpoints().map(showEndpoint))
    const others = endpoints.filter((endpoint) => !own.has(showEndpoint(endpoint)))
    if (this.#book.learn(bootId, others, this.#parts.now())) this.#dialDue()
  }

  /** A peer's link is usable: keeps where it was reached. */
  connected(link: PeerLink): void {
    this.discovered(link.bootId, link.endpoints)
    for (const endpoint of link.liveEndpoints()) this.#book.prefer(link.bootId, endpoint)
  }

  /** A peer's last connection is gone. */
  lost(bootId: BootId): void {
    this.#renewedAt.delete(bootId)
    this.#doubted.delete(bootId)
    this.#book.lost(bootId, this.#parts.now())
  }

  /** Reads which nodes of this machine have made themselves known; once more if asked meanwhile, for that was a change. */
  async readLocal(): Promise<void> {
    const { local } = this.#parts
    if (local === null) return
    this.#toRead = true
    if (this.#reading) return
    this.#reading = true
    while (this.#toRead && !this.#stopped) {
      this.#toRead = false
      const peers: readonly PeerAddress[] = await local.read().catch(() => [])
      if (this.#stopped) break
      for (const { bootId, endpoints } of peers) this.discovered(bootId, endpoints)
    }
    this.#reading = false
  }

  async #lookUp(): Promise<void> {
    if (this.#lookingUp) return
    this.#lookingUp = true
    const changed = await this.#parts.joins.refresh(this.#parts.now())
    this.#lookingUp = false
    if (changed) this.#dialDue()
  }

  #dialDue(): void {
    const { links, joins, now } = this.#parts
    if (this.#stopped) return
    for (const bootId of this.#book.due(now(), (id) => links.get(id) !== undefined)) {
      if (this.#dials >= PARALLEL_DIALS) return
      this.#book.dialling(bootId)
      this.#run(() => this.#dialPeer(bootId))
    }
    for (const endpoint of joins.due(now(), (one) => this.#isConnectedAt(one))) {
      if (this.#dials >= PARALLEL_DIALS) return
      joins.dialling(endpoint)
      this.#run(() => this.#dialJoin(endpoint))
    }
  }

  #run(work: () => Promise<void>): void {
    this.#dials++
    void work().finally(() => {
      this.#dials--
      this.#dialDue()
    })
  }

  async #dialPeer(bootId: BootId): Promise<void> {
    const outcomes: [Endpoint, DialOutcome][] = []
    const endpoints = this.#book.endpoints(bootId)
    for (const [i, endpoint] of endpoints.entries()) {
      const outcome =
        this.#parts.links.get(bootId) !== undefined
          ? 'connected'
          : await this.#dialOne(endpoint, bootId, i < endpoints.length - 1)
      outcomes.push([endpoint, outcome])
      if (outcome === 'connected' || this.#stopped) break
    }
    if (!this.#book.dialled(bootId, outcomes, this.#parts.now())) return
    this.#parts.forgotten(bootId)
    await this.#parts.local?.forget(bootId)
  }

  async #dialOne(endpoint: Endpoint, bootId: BootId, others: boolean): Promise<DialOutcome> {
    const timeoutMs = others ? DIAL_SHORT_MS : DIAL_MS
    const { outcome } = await dial(this.#parts.host, endpoint, bootId, { timeoutMs })
    this.#noteOutcome(endpoint, outcome)
    return outcome
  }

  async #dialJoin(endpoint: Endpoint): Promise<void> {
    const { host, joins } = this.#parts
    const { outcome, reason } = await dial(host, endpoint, null, { timeoutMs: DIAL_MS })
    if (this.#stopped) return
    joins.dialled(endpoint, outcome, reason, this.#parts.now())
    this.#noteOutcome(endpoint, outcome)
  }

  #noteOutcome(endpoint: Endpoint, outcome: DialOutcome): void {
    if (this.#rejections.note(showEndpoint(endpoint), outcome)) this.#parts.rejected(endpoint)
  }

  /** Whether this address is this node's own, or a connected peer's. */
  #isConnectedAt(endpoint: Endpoint): boolean {
    const key = showEndpoint(endpoint)
    const isHere = (one: Endpoint): boolean => showEndpoint(one) === key
    if (this.#parts.ownEndpoints().some(isHere)) return true
    // A peer's loopback address is an address of this machine only if the peer is on it.
    const isKnown = (link: PeerLink): boolean => !isLoopback(endpoint.host) && link.endpoints.some(isHere)
    return this.#parts.links.all().some((link) => isKnown(link) || link.liveEndpoints().some(isHere))
  }

  /**
   * What cut one link off has most likely cut others off with it: as soon as one is back, the others are tried. Else
   * they would come back seconds apart, and the first of them would give up those that are only late.
   */
  #watchAll(): void {
    const { links, now } = this.#parts
    const usable = links.usable()
    const back = usable.filter(({ bootId, heartbeat }) => this.#doubted.has(bootId) && !heartbeat.isStale(now()))
    for (const { bootId } of back) this.#doubted.delete(bootId)
    if (back.length > 0) this.#renewedAt.clear()
    for (const link of usable) this.#watch(link)
  }

  /** Tries another connection beside one that is in doubt, and closes one that is past hope. */
  #watch(link: PeerLink): void {
    const now = this.#parts.now()
    if (link.heartbeat.isStale(now)) this.#doubted.add(link.bootId)
    if (link.heartbeat.isHopeless(now)) {
      for (const connection of link.connections) connection.abort(new Error('the peer has been silent for too long'))
    } else if (link.heartbeat.isStale(now) && now - (this.#renewedAt.get(link.bootId) ?? 0) >= RENEW_MS) {
      this.#beginToRenew(link)
    }
  }

  #beginToRenew(link: PeerLink): void {
    if (this.#renewing.has(link)) return
    this.#renewing.add(link)
    this.#renewedAt.set(link.bootId, this.#parts.now())
    this.#run(() => this.#renew(link).finally(() => this.#renewing.delete(link)))
  }

  /** Another connection to one peer could be made: so it may with the others. */
  #renewOthers(): void {
    for (const link of this.#parts.links.usable()) {
      if (link.heartbeat.isStale(this.#parts.now())) this.#beginToRenew(link)
    }
  }

  async #renew(link: PeerLink): Promise<void> {
    const old = link.connections
    for (const endpoint of this.#book.endpoints(link.bootId)) {
      const options = { timeoutMs: DIAL_SHORT_MS, anew: true }
      const { outcome } = await dial(this.#parts.host, endpoint, link.bootId, options)
      if (outcome !== 'connected') continue
      this.#renewOthers()
      // It may only have been busy or paused; then its beats come back on the old connection as well.
      await new Promise((resolve) => setTimeout(resolve, RECOVER_MS))
      if (!link.heartbeat.isStale(this.#parts.now())) return
      for (const connection of old) connection.abort(new Error('replaced by a connection that works'))
      return
    }
  }
}
