/**
 * The addresses a user told this node to join. Each is tried until a node of the mesh answers there, and again once
 * it does not: they are the way back in after everyone known is gone.
 *
 * A name stands for every address it has at the moment (a headless service has one for each node), so it is looked up
 * again and again.
 */

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { MonotonicMs } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import type { Random } from '../base/random.ts'
import type { DialOutcome } from './address-book.ts'
import { type Endpoint, showEndpoint } from './endpoint.ts'

/** Time between two look-ups of a name, in milliseconds. */
const LOOKUP_MS = 10_000
const LOOKUP_RETRY_MS = 1000

/** Pause after a dial that failed: doubled with every failure in a row, ± 20 %. */
const RETRY_MS = 500
const RETRY_MAX_MS = 10_000

export interface JoinHooks {
  /** Every address of a name. */
  lookup(host: string): Promise<readonly string[]>
  log(level: 'info' | 'warn', message: string): void
}

interface Name {
  readonly endpoint: Endpoint
  lookupAt: MonotonicMs
  addresses: readonly Endpoint[]
  failed: boolean
}

interface Attempt {
  dialAt: MonotonicMs
  failures: number
  isSelf: boolean
}

/** The addresses of a name, all of them. */
export async function lookupAll(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address)
}

export class JoinList {
  readonly #names: readonly Name[]
  readonly #random: Random
  readonly #hooks: JoinHooks
  /** By `host:port`. */
  readonly #attempts = new Map<string, Attempt>()

  constructor(targets: readonly Endpoint[], random: Random, hooks: JoinHooks) {
    this.#names = targets.map((endpoint) => {
      const isAddress = isIP(endpoint.host) !== 0
      const lookupAt = isAddress ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
      return { endpoint, lookupAt, addresses: isAddress ? [endpoint] : [], failed: false }
    })
    this.#random = random
    this.#hooks = hooks
  }

  /** Looks up the names that are due. Resolves to whether there were any. */
  async refresh(now: MonotonicMs): Promise<boolean> {
    const due = this.#names.filter(({ lookupAt }) => lookupAt <= now)
    await Promise.all(due.map((name) => this.#lookUp(name, now)))
    return due.length > 0
  }

  /** Addresses to dial now, among those at which `isConnected` knows nobody. */
  due(now: MonotonicMs, isConnected: (endpoint: Endpoint) => boolean): readonly Endpoint[] {
    const addresses = new Map(this.#names.flatMap((name) => name.addresses.map((one) => [showEndpoint(one), one])))
    for (const key of this.#attempts.keys()) if (!addresses.has(key)) this.#attempts.delete(key)
    return [...addresses.values()].filter((endpoint) => {
      const { dialAt, isSelf } = this.#attempt(endpoint)
      return !isSelf && dialAt <= now && !isConnected(endpoint)
    })
  }

  /** Lets nobody dial it again before the outcome is in. */
  dialling(endpoint: Endpoint): void {
    this.#attempt(endpoint).dialAt = Number.POSITIVE_INFINITY
  }

  dialled(endpoint: Endpoint, outcome: DialOutcome, reason: string, now: MonotonicMs): void {
    const attempt = this.#attempt(endpoint)
    attempt.isSelf = outcome === 'self'
    attempt.failures = outcome === 'connected' ? 0 : attempt.failures + 1
    const pause = Math.min(RETRY_MS * 2 ** Math.max(0, attempt.failures - 1), RETRY_MAX_MS)
    attempt.dialAt = now + pause * (0.8 + 0.4 * this.#random())
    if (attempt.failures === 1 && outcome !== 'self' && outcome !== 'rejected') {
      const where = showEndpoint(endpoint)
      // Of the addresses of a name, some may serve no node: a name of this machine has one for each IP version.
      const level = this.#names.some((name) => showEndpoint(name.endpoint) === where) ? 'warn' : 'info'
      this.#hooks.log(level, `no node of the mesh answers at ${where} yet; trying again (${reason})`)
    }
  }

  #attempt(endpoint: Endpoint): Attempt {
    const key = showEndpoint(endpoint)
    const attempt = this.#attempts.get(key) ?? { dialAt: Number.NEGATIVE_INFINITY, failures: 0, isSelf: false }
    this.#attempts.set(key, attempt)
    return attempt
  }

  async #lookUp(name: Name, now: MonotonicMs): Promise<void> {
    const { host, port } = name.endpoint
    name.lookupAt = Number.POSITIVE_INFINITY
    try {
      const addresses = await this.#hooks.lookup(host)
      name.addresses = addresses.slice(0, LIMITS.nodes).map((address) => ({ host: address, port }))
      name.lookupAt = now + LOOKUP_MS
      name.failed = false
    } catch (error) {
      if (!name.failed)
        this.#hooks.log('warn', `the name ${host} cannot be looked up; trying again (${messageOf(error)})`)
      name.lookupAt = now + LOOKUP_RETRY_MS
      name.failed = true
    }
  }
}
