/**
 * Identifiers. A boot id names one life of a node (its libp2p peer id, fresh at every boot); a run id names one
 * execution of one suite. Both are opaque strings, compared as strings.
 */

import type { Random } from './random.ts'

/** One life of one node. */
export type BootId = string

/** One execution of one suite. */
export type RunId = string

/** What a run id looks like on the wire and in URLs; anything else is refused before it is looked up. */
export const RUN_ID_PATTERN = /^r[0-9a-z]{8}-[0-9a-z]{10}$/

/** What a boot id may look like. Wider than a libp2p peer id, so that simulations can use short names. */
export const BOOT_ID_PATTERN = /^[0-9A-Za-z-]{1,64}$/

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'

/**
 * A new run id: eight characters of creation time (so that ids sort by age), then ten random ones (51 bits).
 *
 * @param wallClockMs milliseconds since the Unix epoch
 * @param random source of randomness
 */
export function newRunId(wallClockMs: number, random: Random): RunId {
  const time = Math.floor(wallClockMs).toString(36).padStart(8, '0').slice(-8)
  let tail = ''
  for (let i = 0; i < 10; i++) tail += ALPHABET[Math.floor(random() * ALPHABET.length)]
  return `r${time}-${tail}`
}
