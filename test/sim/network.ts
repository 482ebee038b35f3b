/**
 * The network: connections between processes, and per direction delay, loss, duplication, reordering and cuts. Every
 * direction draws from a generator of its own, so that what happens on one leaves the others alike.
 */

import { deriveSeed, hash32, type Random, seededRandom } from '../../src/base/random.ts'
import type { EventQueue } from './event-queue.ts'
import type { Quality } from './plan.ts'

/** A process, as the network sees it. */
export interface Endpoint {
  readonly bootId: string
  readonly host: number
  /** Runs, or at least could: a paused one still accepts connections. */
  readonly alive: boolean
  readonly blocked: boolean
  connected(peer: string): void
  disconnected(peer: string): void
}

/** The transport gives up a peer that has been silent for this long. */
const TRANSPORT_TIMEOUT_MS = 13_000
const LATEST_REDIAL_MS = 2000

/** One direction between two processes. */
interface Link {
  readonly random: Random
  /** When its latest message arrives: a stream keeps its order. */
  latest: number
  /** Counts connections: what is under way when one breaks may be lost, or come late. */
  epoch: number
}

export class Network {
  readonly #queue: EventQueue
  readonly #seed: number
  readonly #quality: Quality
  readonly #overrides: { from: number | null; to: number | null; quality: Quality }[] = []
  readonly #links = new Map<string, Link>()
  readonly #connections = new Set<string>()
  /** Breaks that a side has not noticed yet. */
  readonly #unnoticed = new Map<string, Endpoint>()
  readonly #cuts = new Map<string, number>()
  readonly #muted = new Map<number, number>()

  constructor(queue: EventQueue, seed: number, quality: Quality) {
    this.#queue = queue
    this.#seed = seed
    this.#quality = quality
  }

  #link(from: Endpoint, to: Endpoint): Link {
    const key = `${from.bootId}>${to.bootId}`
    let link = this.#links.get(key)
    if (link === undefined) {
      link = { random: seededRandom(deriveSeed(this.#seed, hash32(key))), latest: 0, epoch: 0 }
      this.#links.set(key, link)
    }
    return link
  }

  #qualityOf(from: Endpoint, to: Endpoint): Quality {
    for (let i = this.#overrides.length - 1; i >= 0; i--) {
      const { from: source, to: target, quality } = this.#overrides[i]!
      if ((source === null || source === from.host) && (target === null || target === to.host)) return quality
    }
    return this.#quality
  }

  /** Links between the given hosts (null: any) are of this quality, until the function that is returned is called. */
  override(from: number | null, to: number | null, quality: Quality): () => void {
    const entry = { from, to, quality }
    this.#overrides.push(entry)
    return () => {
      const index = this.#overrides.indexOf(entry)
      if (index >= 0) this.#overrides.splice(index, 1)
    }
  }

  /** Everything from one host to another is lost, until the function that is returned is called. */
  cut(from: number, to: number): () => void {
    return raise(this.#cuts, `${from}>${to}`)
  }

  /** Probes of the host are not answered, until the function that is returned is called. */
  mute(host: number): () => void {
    return raise(this.#muted, host)
  }

  isCut(from: number, to: number): boolean {
    return this.#cuts.has(`${from}>${to}`)
  }

  isMuted(host: number): boolean {
    return this.#muted.has(host)
  }

  isConnected(a: Endpoint, b: Endpoint): boolean {
    return this.#connections.has(pairOf(a, b))
  }

  /** Keeps trying until the two are connected or one of them is gone. */
  dial(a: Endpoint, b: Endpoint, delay?: number): void {
    const { random } = this.#link(a, b)
    const wait = delay ?? 20 + random() * 200
    this.#queue.schedule(wait, () => {
      if (!a.alive || !b.alive || this.isConnected(a, b)) return
      if (this.isCut(a.host, b.host) || this.isCut(b.host, a.host) || a.blocked || b.blocked) {
        this.dial(a, b, Math.min(LATEST_REDIAL_MS, 2 * wait))
      } else this.#connect(a, b)
    })
  }

  #connect(a: Endpoint, b: Endpoint): void {
    for (const [side, peer] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#notice(side, peer)
      const link = this.#link(side, peer)
      link.epoch++
      link.latest = 0
    }
    this.#connections.add(pairOf(a, b))
    a.connected(b.bootId)
    b.connected(a.bootId)
  }

  /** Breaks the connection; each side notices after its own time, or when there is a new one. */
  disconnect(a: Endpoint, b: Endpoint, noticeA: number, noticeB: number): void {
    if (!this.#connections.delete(pairOf(a, b))) return
    for (const [side, peer, delay] of [
      [a, b, noticeA],
      [b, a, noticeB],
    ] as const) {
      this.#unnoticed.set(`${side.bootId}>${peer.bootId}`, side)
      const { epoch } = this.#link(side, peer)
      this.#queue.schedule(delay, () => {
        if (this.#link(side, peer).epoch === epoch) this.#notice(side, peer)
      })
    }
  }

  #notice(side: Endpoint, peer: Endpoint): void {
    if (this.#unnoticed.delete(`${side.bootId}>${peer.bootId}`)) side.disconnected(peer.bootId)
  }

  /** What `isSilent` says of a pair for as long as transports wait makes them give up the connection, and dial again. */
  giveUpWhen(a: Endpoint, b: Endpoint, isSilent: () => boolean): void {
    const { epoch } = this.#link(a, b)
    this.#queue.schedule(TRANSPORT_TIMEOUT_MS, () => {
      if (!isSilent() || this.#link(a, b).epoch !== epoch) return
      this.disconnect(a, b, 0, 1000)
      this.dial(a, b)
    })
  }

  /**
   * Takes a message from one process to another, if it gets there.
   *
   * @param gossip has no order, and comes through others where there is no way
   */
  deliver(from: Endpoint, to: Endpoint, action: () => void, gossip = false): boolean {
    if (!this.isConnected(from, to) || this.isCut(from.host, to.host)) return false
    const link = this.#link(from, to)
    const { random, epoch } = link
    const { loss, minDelayMs, maxDelayMs, duplicate, reorder } = this.#qualityOf(from, to)
    if (loss > 0 && random() < loss) return true
    const delay = minDelayMs + random() * (maxDelayMs - minDelayMs)
    let at = this.#queue.now + delay
    const overtaken = gossip || (reorder > 0 && random() < reorder)
    if (overtaken) at += random() * (gossip ? 5 : 20 * maxDelayMs)
    else {
      at = Math.max(at, link.latest)
      link.latest = at
    }
    const arrive = () => {
      if (this.isCut(from.host, to.host)) return
      // The stream it was on has been closed since: half of it was in a buffer.
      if (link.epoch !== epoch && random() < 0.5) return
      action()
    }
    this.#queue.schedule(at - this.#queue.now, arrive)
    const again = gossip ? Math.max(duplicate, 0.05) : duplicate
    if (again > 0 && random() < again) this.#queue.schedule(at - this.#queue.now + random() * 500, arrive)
    return true
  }
}

function pairOf(a: Endpoint, b: Endpoint): string {
  return a.bootId < b.bootId ? `${a.bootId}|${b.bootId}` : `${b.bootId}|${a.bootId}`
}

/** Counts one up until the function that is returned is called; absent at zero. */
function raise<K>(counts: Map<K, number>, key: K): () => void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
  let raised = true
  return () => {
    if (!raised) return
    raised = false
    const left = (counts.get(key) ?? 1) - 1
    if (left === 0) counts.delete(key)
    else counts.set(key, left)
  }
}
