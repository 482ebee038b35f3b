/** A mesh in a process of its own, for tests that kill it. Tells its parent what happens, does what it is told. */

import { WIRE_VERSION } from '../../src/mesh/codec.ts'
import { createLibp2pMesh, type Libp2pMeshOptions } from '../../src/mesh/libp2p-mesh.ts'

// An orphan would go on for ever.
process.on('disconnect', () => process.exit(0))
if (!process.connected) process.exit(0)

const options = JSON.parse(process.argv[2] ?? '{}') as Libp2pMeshOptions
const tell = (message: Readonly<Record<string, unknown>>): void => {
  if (process.connected) process.send?.(message, () => {})
}

const mesh = await createLibp2pMesh(options)
await mesh.start({
  connected: (peer) => tell({ kind: 'connected', peer }),
  disconnected: (peer) => tell({ kind: 'disconnected', peer }),
  message: (from, channel, bytes) => tell({ kind: 'message', from, channel, length: bytes.length, first: bytes[0] }),
  gossip: (from, bytes) => tell({ kind: 'gossip', from, length: bytes.length }),
  log: (level, message) => tell({ kind: 'log', level, message }),
})
tell({ kind: 'started', bootId: mesh.bootId, listen: mesh.listenAddresses() })

process.on('message', (command: { readonly do: string; readonly to?: string; readonly length?: number }) => {
  const bytes = new Uint8Array(command.length ?? 2).fill(WIRE_VERSION)
  if (command.do === 'send') mesh.send(command.to ?? '', 'control', bytes)
  if (command.do === 'gossip') mesh.gossip(bytes)
  if (command.do === 'stop') void mesh.stop().then(() => process.exit(0))
  if (command.do === 'report') {
    tell({ kind: 'report', peers: mesh.peers(), rss: process.memoryUsage.rss(), cpu: process.cpuUsage() })
  }
})
