/**
 * Addresses that answer and do not let this node in. Once is no sign of anything: a node that dies in the middle of a
 * handshake looks the same, and so does one that has too much to do. One that goes on accepting connections and breaks
 * every handshake most likely has another cluster key.
 */

import { LIMITS } from '../base/limits.ts'
import type { DialOutcome } from './address-book.ts'
import { type Endpoint, showEndpoint } from './endpoint.ts'

/** Failures in a row, the first and the last of them broken handshakes, after which it is told. */
export const REJECTIONS = 3

export class Rejections {
  /** How many in a row, by `host:port`. */
  readonly #inARow = new Map<string, number>()

  /** Takes the outcome of a dial. True when it is time to tell of it, and at every further rejection. */
  note(address: string, outcome: DialOutcome): boolean {
    const before = this.#inARow.get(address) ?? 0
    // Silence is how every other handshake with another key ends, but by itself it may be anything.
    const counts = outcome === 'rejected' || (outcome === 'unreachable' && before > 0)
    if (!counts) {
      this.#inARow.delete(address)
      return false
    }
    if (this.#inARow.size >= LIMITS.nodes && before === 0) this.#inARow.clear()
    this.#inARow.set(address, before + 1)
    return outcome === 'rejected' && before + 1 >= REJECTIONS
  }
}

/** What a user is told about an address that rejects this node. */
export function rejectionMessage(endpoint: Endpoint): string {
  return (
    `${showEndpoint(endpoint)} answers but does not let this node in: ` +
    'does it have another cluster key? Compare `vajra key show` on both machines'
  )
}
