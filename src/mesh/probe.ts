/**
 * Whether somebody still listens where a peer did: plain TCP, because a refused connection counts, or who else is met
 * there.
 *
 * Only the address of the connection that was lost is evidence. A peer names others, but what they mean depends on
 * where one stands: an address of its internal bridge may be nobody's here, or this machine's own.
 */

import { connect } from 'node:net'
import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { type Endpoint, showEndpoint } from './endpoint.ts'
import type { ProbeResult } from './mesh-port.ts'

/** Pause between attempts, in milliseconds: the process may be on its way to listening again. */
const AGAIN_MS = 100

/** Attempts at one address in one probe. */
const MOST_ATTEMPTS = 4

/** Time for the whole probe, in milliseconds. */
const PROBE_MS = 1000

interface Whereabouts {
  readonly name: string
  readonly startedAt: MonotonicMs
  /** Addresses of its connections. */
  readonly live: readonly Endpoint[]
  /** Others it gave. */
  readonly others: readonly Endpoint[]
}

/** A peer that this node is connected to. */
export interface Connected {
  readonly bootId: BootId
  readonly name: string
  /** When the two were connected. */
  readonly startedAt: MonotonicMs
  liveEndpoints(): readonly Endpoint[]
}

export class Prober {
  readonly #connected: () => readonly Connected[]
  /** By boot id, the newest last. */
  readonly #known = new Map<BootId, Whereabouts>()

  constructor(connected: () => readonly Connected[]) {
    this.#connected = connected
  }

  /** Keeps where a peer was reached. */
  remember({ bootId, name, startedAt }: Connected, live: readonly Endpoint[], others: readonly Endpoint[]): void {
    this.#known.delete(bootId)
    this.#known.set(bootId, { name, startedAt, live, others })
    if (this.#known.size <= LIMITS.nodes) return
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest)
      return
    }
  }

  /**
   * `refused` when every address of the lost connection refuses twice and no other address of the peer answers
   * meanwhile; `reachable` when one answers, or `replaced` when it is another life of the node that does; else
   * `silent`, at the latest after a second.
   */
  async probe(bootId: BootId): Promise<ProbeResult> {
    const known = this.#known.get(bootId)
    if (known === undefined || known.live.length === 0) return 'silent'
    const result = await this.#redial(known)
    return result === 'reachable' && this.#isReplaced(bootId, known) ? 'replaced' : result
  }

  /**
   * Whether another peer of the same name is reached at every address where this one was: the same node, started again.
   * The name tells it from another machine that has taken over the address, and the time from an earlier life, whose
   * connection may be dead and not known to be.
   */
  #isReplaced(bootId: BootId, { name, startedAt, live }: Whereabouts): boolean {
    return this.#connected().some((other) => {
      if (other.bootId === bootId || other.name !== name || other.startedAt <= startedAt) return false
      const reached = new Set(other.liveEndpoints().map(showEndpoint))
      return live.every((endpoint) => reached.has(showEndpoint(endpoint)))
    })
  }

  async #redial({ live, others }: Whereabouts): Promise<ProbeResult> {
    const stop = new AbortController()
    const deadline = AbortSignal.any([stop.signal, AbortSignal.timeout(PROBE_MS)])
    let elsewhere = false
    for (const endpoint of others.filter((other) => !live.some((one) => showEndpoint(one) === showEndpoint(other)))) {
      void attempt(endpoint, deadline).then((result) => {
        elsewhere ||= result === 'reachable'
      })
    }
    const results = await Promise.all(live.map((endpoint) => attemptRepeatedly(endpoint, deadline)))
    stop.abort()
    if (elsewhere || results.includes('reachable')) return 'reachable'
    return results.every((result) => result === 'refused') ? 'refused' : 'silent'
  }
}

/**
 * Refused twice in a row, or what the last attempt showed. One answer proves nothing yet: the kernel closes a killed
 * process's connections some milliseconds before its listener, which until then still accepts.
 */
async function attemptRepeatedly(endpoint: Endpoint, deadline: AbortSignal): Promise<ProbeResult> {
  let last = await attempt(endpoint, deadline)
  for (let tries = 1; tries < MOST_ATTEMPTS && !deadline.aborted; tries++) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    const next = await attempt(endpoint, deadline)
    if (next === 'refused' && last === 'refused') return 'refused'
    last = next
  }
  return last === 'refused' ? 'silent' : last
}

function attempt({ host, port }: Endpoint, deadline: AbortSignal): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal: deadline })
    socket.once('connect', () => {
      resolve('reachable')
      socket.destroy()
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'silent')
    })
  })
}
