/** Dialling one address, and what its failure means. */

import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { messageOf } from '../base/errors.ts'
import type { BootId } from '../base/ids.ts'
import type { DialOutcome } from './address-book.ts'
import { type Endpoint, toMultiaddr } from './endpoint.ts'
import type { Host } from './libp2p-host.ts'

/** Time for one address when it is the last to try, and when others wait, in milliseconds. */
export const DIAL_MS = 6000
export const DIAL_SHORT_MS = 2000

export interface DialResult {
  readonly outcome: DialOutcome
  /** Who answered. */
  readonly bootId: BootId | null
  /** Why it failed; empty when it did not. */
  readonly reason: string
}

/**
 * Dials one address. Never throws.
 *
 * @param bootId who should answer there, or null for anyone of the mesh
 * @param anew another connection is wanted beside one that may be dead
 */
export async function dial(
  host: Host,
  endpoint: Endpoint,
  bootId: BootId | null,
  options: { readonly timeoutMs: number; readonly anew?: boolean },
): Promise<DialResult> {
  const signal = AbortSignal.timeout(options.timeoutMs)
  try {
    const connection = await host.dial(address(endpoint, bootId), { signal, force: options.anew === true })
    return { outcome: 'connected', bootId: connection.remotePeer.toString(), reason: '' }
  } catch (error) {
    return { outcome: outcomeOf(error), bootId: null, reason: messageOf(error) }
  }
}

function address(endpoint: Endpoint, bootId: BootId | null): Multiaddr {
  return multiaddr(bootId === null ? toMultiaddr(endpoint) : `${toMultiaddr(endpoint)}/p2p/${bootId}`)
}

/**
 * What an error of a dial means. A handshake that is reset is what another cluster key looks like (half of the time:
 * else it ends in silence, as that of a node too busy to answer does). Neither is evidence against a node.
 */
function outcomeOf(error: unknown): DialOutcome {
  if (error instanceof AggregateError) {
    const outcomes = error.errors.map(outcomeOf)
    return outcomes.find((outcome) => outcome !== 'refused') ?? (outcomes.length === 0 ? 'unreachable' : 'refused')
  }
  const { name, code, message } = error as { name?: string; code?: unknown; message?: string }
  if (code === 'ECONNREFUSED') return 'refused'
  if (message?.includes('dial self') === true) return 'self'
  if (message?.includes('does not match expected remote identity') === true) return 'stranger'
  if (code === 'ECONNRESET') return 'rejected'
  return name === 'EncryptionFailedError' && message?.includes('timeout') !== true ? 'rejected' : 'unreachable'
}
