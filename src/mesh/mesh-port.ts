/**
 * The mesh as the node's driver sees it: peers come and go, bytes go to one peer or to all. What the bytes mean is
 * the codec's and the core's business. Two implementations: libp2p, and the mesh of one (no network).
 */

import type { BootId } from '../base/ids.ts'

/** Streams to one peer: small and urgent, or bulk. Order holds within a channel. */
export type Channel = 'control' | 'windows'

/**
 * What a redial of a peer's last address showed. Evidence of death are only `refused` (ECONNREFUSED, twice) and
 * `replaced`: another life of the same node listens there.
 */
export type ProbeResult = 'refused' | 'replaced' | 'reachable' | 'silent'

export interface MeshEvents {
  /** A peer can be sent to. Called once per peer until `disconnected`. */
  connected(peer: BootId): void
  /** The last connection to the peer closed. */
  disconnected(peer: BootId): void
  /** A whole message; never longer than the channel's limit. */
  message(from: BootId, channel: Channel, bytes: Uint8Array): void
  /** A gossiped message; `from` is the (signed) publisher. Own messages are not delivered. */
  gossip(from: BootId, bytes: Uint8Array): void
  /** Something worth a log line, already free of secrets. */
  log(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>): void
}

export interface MeshStatistics {
  readonly peers: number
  readonly messagesSent: number
  readonly messagesReceived: number
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Messages given up because a peer's queue was full, or refused because oversized or of an unknown version. */
  readonly dropped: number
  readonly refused: number
}

export interface MeshPort {
  readonly bootId: BootId
  /** Addresses others can dial, as multiaddrs with the peer id. Valid after `start`. */
  listenAddresses(): readonly string[]
  /** Starts listening and discovery; rejects with VajraError PORT_IN_USE, OPTION_INVALID or CLUSTER_KEY_INVALID. */
  start(events: MeshEvents): Promise<void>
  /** Closes every connection and stops. Flushes what is queued for at most one second. */
  stop(): Promise<void>
  peers(): readonly BootId[]
  /** Queues a message for one peer. False when the peer is not connected or its queue is full: the message is lost. */
  send(to: BootId, channel: Channel, bytes: Uint8Array): boolean
  /** Publishes to every peer that is reachable now. Late joiners do not get it. */
  gossip(bytes: Uint8Array): void
  /** Redials the last known address of a peer that is not connected any more, twice if refused. */
  probe(peer: BootId): Promise<ProbeResult>
  statistics(): MeshStatistics
}
