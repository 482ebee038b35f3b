/**
 * The way out of the mesh: hands what happens to the layer above, counts it, and says nothing any more once the mesh
 * is stopped.
 */

import { messageOf } from '../base/errors.ts'
import type { BootId } from '../base/ids.ts'
import { describeVersion, isReadableVersion } from './codec.ts'
import type { Channel, MeshEvents, MeshStatistics } from './mesh-port.ts'

type Level = Parameters<MeshEvents['log']>[0]

/** Lines that are logged once each are remembered up to this many. */
const ONCE = 4096

export class Outlet {
  #events: MeshEvents | null = null
  readonly #logged = new Set<string>()
  readonly #counters = {
    messagesSent: 0,
    messagesReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    dropped: 0,
    refused: 0,
  }

  get isOpen(): boolean {
    return this.#events !== null
  }

  open(events: MeshEvents): void {
    this.#events = events
  }

  /** Nothing is handed out from now on. */
  close(): void {
    this.#events = null
  }

  statistics(peers: number): MeshStatistics {
    return { peers, ...this.#counters }
  }

  connected(peer: BootId): void {
    this.#call((events) => events.connected(peer))
  }

  disconnected(peer: BootId): void {
    this.#call((events) => events.disconnected(peer))
  }

  message(from: BootId, channel: Channel, bytes: Uint8Array): void {
    if (this.#takes(from, bytes)) this.#call((events) => events.message(from, channel, bytes))
  }

  gossip(from: BootId, bytes: Uint8Array): void {
    if (this.#takes(from, bytes)) this.#call((events) => events.gossip(from, bytes))
  }

  sent(bytes: number, copies = 1): void {
    this.#counters.messagesSent += copies
    this.#counters.bytesSent += copies * bytes
  }

  /** A message was given up. */
  dropped(count = 1): void {
    this.#counters.dropped += count
  }

  /** Something of a peer was refused; said once for each peer and reason. */
  refused(peer: BootId, why: string): void {
    this.#counters.refused++
    this.logOnce('warn', `refused from ${peer}: ${why}`, { peer })
  }

  /** A message of this node's own was not sent, because it is too long. */
  oversized(bytes: number, channel: Channel | 'gossip', limit: number): void {
    this.#counters.refused++
    this.logOnce('error', `a message of ${bytes} bytes was not sent: the limit for ${channel} is ${limit}`)
  }

  log(level: Level, message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.#events?.log(level, message, fields)
  }

  logOnce(level: Level, message: string, fields?: Readonly<Record<string, unknown>>): void {
    if (this.#logged.has(message) || this.#logged.size >= ONCE) return
    this.#logged.add(message)
    this.log(level, message, fields)
  }

  #takes(from: BootId, bytes: Uint8Array): boolean {
    if (!isReadableVersion(bytes)) {
      this.refused(from, describeVersion(bytes[0]))
      return false
    }
    this.#counters.messagesReceived++
    this.#counters.bytesReceived += bytes.length
    return true
  }

  /** A defect above must not look like a broken stream to a peer, nor end the process. */
  #call(action: (events: MeshEvents) => void): void {
    if (this.#events === null) return
    try {
      action(this.#events)
    } catch (error) {
      this.log('error', `a defect in vajra itself: ${messageOf(error)}`, {
        stack: error instanceof Error ? error.stack : undefined,
      })
    }
  }
}
