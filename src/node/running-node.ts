/** A node that runs, as whoever started it sees it. */

import type { NodePort } from '../api/node-port.ts'
import type { BootId } from '../base/ids.ts'

export interface RunningNode {
  readonly port: NodePort
  readonly bootId: BootId
  /** Multiaddrs of the mesh's listeners; none for a mesh of one. */
  listenAddresses(): readonly string[]
  /** Tells the mesh where this node's API is. */
  setHttp(url: string): void
  /** Hands over, drains and leaves, within the grace time; then everything is closed. */
  leave(): Promise<void>
  /** Closes everything at once. The mesh will find the node gone. */
  close(): Promise<void>
}
