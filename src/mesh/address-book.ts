/**
 * The nodes this node has heard of, where they listen, and when each is to be dialled next.
 *
 * Of two nodes that know each other the one with the lower boot id dials, at once; the other gives it
 * `YIELD_MS` and dials then, in case the first knows nothing of it. A boot id is one life of a node: once nobody
 * listens at its addresses any more, or somebody else does, it will not come back and is forgotten.
 */

import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import { type Endpoint, isLoopback, showEndpoint } from './endpoint.ts'

/** Head start of the lower boot id, in milliseconds. */
export const YIELD_MS = 3000

/** Pause after a dial that failed: doubled with every failure in a row, ± 20 %. */
const RETRY_MS = 500
const RETRY_MAX_MS = 20_000

/** Dials in a row that found nobody listening before a boot id is forgotten. */
const REFUSALS = 3

/** A node that could not be reached is forgotten after this long: it may be cut off, and come back. */
const KEEP_MS = 3_600_000

/** What dialling one address showed. */
export type DialOutcome =
  | 'connected'
  /** Nobody listens there. */
  | 'refused'
  /** This node itself, or another than the one that was dialled, listens there. */
  | 'self'
  | 'stranger'
  /** Somebody listens there, but not with this cluster key. */
  | 'rejected'
  | 'unreachable'

interface Entry {
  readonly bootId: BootId
  /** By `host:port`. */
  readonly endpoints: Map<string, Endpoint>
  heardAt: MonotonicMs
  dialAt: MonotonicMs
  failures: number
  refusals: number
}

export class AddressBook {
  readonly #self: BootId
  readonly #random: Random
  readonly #entries = new Map<BootId, Entry>()

  constructor(self: BootId, random: Random) {
    this.#self = self
    this.#random = random
  }

  get size(): number {
    return this.#entries.size
  }

  has(bootId: BootId): boolean {
    return this.#entries.has(bootId)
  }

  /** Adds what was heard of a node. True when it was new, or an address of it was. */
  learn(bootId: BootId, endpoints: readonly Endpoint[], now: MonotonicMs): boolean {
    if (bootId === this.#self || (endpoints.length === 0 && !this.has(bootId))) return false
    const entry = this.#entries.get(bootId) ?? this.#add(bootId, now)
    entry.heardAt = now
    const before = entry.endpoints.size
    for (const endpoint of endpoints) {
      const key = showEndpoint(endpoint)
      if (entry.endpoints.size < LIMITS.addressesPerNode || entry.endpoints.has(key)) entry.endpoints.set(key, endpoint)
    }
    return entry.endpoints.size > before
  }

  /** Puts an address that worked before the others. */
  prefer(bootId: BootId, endpoint: Endpoint): void {
    const entry = this.#entries.get(bootId)
    if (entry === undefined) return
    const others = [...entry.endpoints].filter(([key]) => key !== showEndpoint(endpoint))
    entry.endpoints.clear()
    entry.endpoints.set(showEndpoint(endpoint), endpoint)
    for (const [key, other] of others.slice(0, LIMITS.addressesPerNode - 1)) entry.endpoints.set(key, other)
  }

  /** Addresses of a node in the order in which to try them: those that mean this machine last, unless they worked. */
  endpoints(bootId: BootId): readonly Endpoint[] {
    const endpoints = [...(this.#entries.get(bootId)?.endpoints.values() ?? [])]
    const [first, ...rest] = endpoints
    if (first === undefined) return []
    return [first, ...rest.sort((a, b) => Number(isLoopback(a.host)) - Number(isLoopback(b.host)))]
  }

  /** Nodes to dial now, among those for which `isConnected` is false. */
  due(now: MonotonicMs, isConnected: (bootId: BootId) => boolean): readonly BootId[] {
    return [...this.#entries.values()]
      .filter(({ bootId, dialAt }) => dialAt <= now && !isConnected(bootId))
      .map(({ bootId }) => bootId)
  }

  /** Whether this node is to be dialled now. */
  isDue(bootId: BootId, now: MonotonicMs): boolean {
    const entry = this.#entries.get(bootId)
    return entry !== undefined && entry.dialAt <= now
  }

  /** Lets nobody dial it again before the outcome is in. */
  dialling(bootId: BootId): void {
    const entry = this.#entries.get(bootId)
    if (entry !== undefined) entry.dialAt = Number.POSITIVE_INFINITY
  }

  /** Takes what became of each address that was tried. Forgets a node that is gone for good: true when it did. */
  dialled(bootId: BootId, outcomes: readonly (readonly [Endpoint, DialOutcome])[], now: MonotonicMs): boolean {
    const entry = this.#entries.get(bootId)
    if (entry === undefined) return false
    for (const [endpoint, outcome] of outcomes) {
      if (outcome === 'self' || outcome === 'stranger') entry.endpoints.delete(showEndpoint(endpoint))
    }
    const results = outcomes.map(([, outcome]) => outcome)
    if (results.includes('connected')) return this.#succeeded(entry, now)
    entry.failures++
    entry.refusals = results.every((outcome) => outcome !== 'unreachable' && outcome !== 'rejected')
      ? entry.refusals + 1
      : 0
    entry.dialAt = now + this.#pause(entry.failures)
    if (entry.endpoints.size > 0 && entry.refusals < REFUSALS && now - entry.heardAt < KEEP_MS) return false
    return this.#entries.delete(bootId)
  }

  /** The connection to a node is gone. */
  lost(bootId: BootId, now: MonotonicMs): void {
    const entry = this.#entries.get(bootId)
    if (entry === undefined) return
    entry.heardAt = now
    entry.failures = 0
    entry.refusals = 0
    entry.dialAt = now + this.#headStart(bootId, RETRY_MS)
  }

  forget(bootId: BootId): void {
    this.#entries.delete(bootId)
  }

  #succeeded(entry: Entry, now: MonotonicMs): boolean {
    entry.failures = 0
    entry.refusals = 0
    entry.dialAt = now
    return false
  }

  #add(bootId: BootId, now: MonotonicMs): Entry {
    if (this.#entries.size >= LIMITS.nodes) this.#dropOldest()
    const dialAt = now + this.#headStart(bootId, 0)
    const entry: Entry = { bootId, endpoints: new Map(), heardAt: now, dialAt, failures: 0, refusals: 0 }
    this.#entries.set(bootId, entry)
    return entry
  }

  #headStart(bootId: BootId, own: number): number {
    return this.#self < bootId ? own : own + YIELD_MS
  }

  #pause(failures: number): number {
    const pause = Math.min(RETRY_MS * 2 ** (failures - 1), RETRY_MAX_MS)
    return pause * (0.8 + 0.4 * this.#random())
  }

  #dropOldest(): void {
    const oldest = [...this.#entries.values()].reduce((a, b) => (a.heardAt <= b.heardAt ? a : b))
    this.#entries.delete(oldest.bootId)
  }
}
