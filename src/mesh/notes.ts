/**
 * What meshes tell each other about themselves, on the control stream and unseen by the layers above: who speaks,
 * where it listens, and which other nodes it is connected to. That is how nodes find each other transitively.
 */

import { isIP } from 'node:net'
import { VajraError } from '../base/errors.ts'
import { BOOT_ID_PATTERN, type BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { decodeMessage, encodeMessage } from './codec.ts'
import { type Endpoint, parseMultiaddr, toMultiaddr } from './endpoint.ts'

/** A node and where it listens. */
export interface PeerAddress {
  readonly bootId: BootId
  readonly endpoints: readonly Endpoint[]
}

export type Note =
  /** First on every control stream, and again when something in it changes. */
  | {
      readonly note: 'hello'
      readonly name: string
      readonly endpoints: readonly Endpoint[]
      /** What the sender sends and publishes from now on reaches the receiver. */
      readonly ready: boolean
    }
  /** Nodes the sender is connected to. */
  | { readonly note: 'peers'; readonly peers: readonly PeerAddress[] }

/** Nodes named in one note, so that a note of any of them stays far below the control stream's limit. */
export const PEERS_PER_NOTE = 128

export function encodeNote(note: Note): Uint8Array {
  return note.note === 'hello'
    ? encodeMessage(['hello', note.name, note.endpoints.map(toMultiaddr), note.ready])
    : encodeMessage(['peers', note.peers.map(({ bootId, endpoints }) => [bootId, endpoints.map(toMultiaddr)])])
}

/**
 * A note from outside. Addresses this version cannot use are left out; null for a kind of note it does not know.
 *
 * @throws VajraError MESSAGE_INVALID
 */
export function decodeNote(bytes: Uint8Array): Note | null {
  const [kind, ...rest] = list(decodeMessage(bytes, LIMITS.controlBytes))
  switch (kind) {
    case 'hello':
      return { note: 'hello', name: nameOf(rest[0]), endpoints: endpointsOf(rest[1]), ready: rest[2] === true }
    case 'peers':
      return { note: 'peers', peers: peersOf(rest[0]) }
    default:
      return null
  }
}

function peersOf(value: unknown): PeerAddress[] {
  const peers = list(value)
  if (peers.length > PEERS_PER_NOTE) throw invalid(`it names more than ${PEERS_PER_NOTE} nodes`)
  return peers.map((entry) => {
    const [bootId, endpoints] = list(entry)
    if (typeof bootId !== 'string' || !BOOT_ID_PATTERN.test(bootId)) throw invalid('a boot id is malformed')
    return { bootId, endpoints: endpointsOf(endpoints) }
  })
}

/**
 * Usable addresses among those a peer gave; it may give more than this node keeps. No names: a peer could make this
 * node ask for any.
 */
export function endpointsOf(value: unknown): Endpoint[] {
  return list(value)
    .slice(0, LIMITS.addressesPerNode)
    .map((address) => (typeof address === 'string' ? parseMultiaddr(address) : null))
    .filter((endpoint): endpoint is Endpoint => endpoint !== null && endpoint.port > 0 && isIP(endpoint.host) !== 0)
}

function nameOf(value: unknown): string {
  if (typeof value !== 'string') throw invalid('a name is missing')
  return printable(value)
}

/** A peer's name as it may be shown: no control characters, which could rewrite a terminal's line. */
function printable(name: string): string {
  return name.slice(0, LIMITS.nameLength).replace(/\p{C}/gu, '?')
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid('a list is missing')
  return value
}

function invalid(why: string): VajraError {
  return new VajraError('MESSAGE_INVALID', `a note about peers cannot be read: ${why}`)
}
