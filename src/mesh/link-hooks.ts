/** What a link to one peer asks of and tells to the mesh it is part of. */

import type { PeerId } from '@libp2p/interface'
import type { MonotonicMs } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import type { Channel } from './mesh-port.ts'
import type { Note } from './notes.ts'
import type { PeerLink } from './peer-link.ts'

export interface LinkHooks {
  now(): MonotonicMs
  /** This node's own hello. */
  hello(ready: boolean): Note
  /** Whether gossip published now goes to this peer directly. */
  gossipReaches(peer: PeerId): boolean
  /** Messages can be sent both ways; called once. */
  usable(link: PeerLink): void
  /** The control stream was opened anew: notes that were on the old one may be lost. */
  reopened(link: PeerLink): void
  /** A message, or a gossiped message that came over the control stream; never before `usable`. */
  message(link: PeerLink, kind: number, channel: Channel, bytes: Uint8Array): void
  note(link: PeerLink, note: Note): void
  /** Something of this peer was refused. */
  refused(peer: BootId, why: string): void
  /** A frame was handed to the transport. */
  written(frame: Uint8Array): void
  streamFailed(link: PeerLink, channel: Channel, error: unknown): void
}
