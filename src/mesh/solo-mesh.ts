/** The mesh of one: no network at all, for `vajra run`. What is said to everyone is said to nobody. */

import type { BootId } from '../base/ids.ts'
import type { MeshPort } from './mesh-port.ts'

const STATISTICS = Object.freeze({
  peers: 0,
  messagesSent: 0,
  messagesReceived: 0,
  bytesSent: 0,
  bytesReceived: 0,
  refused: 0,
})

export function createSoloMesh(bootId: BootId): MeshPort {
  let dropped = 0
  return {
    bootId,
    listenAddresses: () => [],
    start: async () => {},
    stop: async () => {},
    peers: () => [],
    send: () => {
      dropped++
      return false
    },
    gossip: () => {},
    probe: async () => 'silent',
    statistics: () => ({ ...STATISTICS, dropped }),
  }
}
