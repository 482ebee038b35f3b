/**
 * The libp2p node under the mesh: TCP, closed by the cluster key, encrypted by noise, multiplexed by yamux.
 *
 * Its limits are for a mesh of many nodes on one machine: libp2p's own keep out most of twenty local nodes that dial
 * one. Nothing optional runs: no relay, no DHT, no automatic dialling, no connection monitor (which opens a stream to
 * every peer for each ping, and would reset a slow one; the links have a heartbeat of their own).
 */

import { generateKeyPair } from '@libp2p/crypto/keys'
import type { GossipSub } from '@libp2p/gossipsub'
import { type Identify, identify } from '@libp2p/identify'
import type { ComponentLogger, Libp2p, Logger } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import { noise } from '@libp2p/noise'
import { tcp } from '@libp2p/tcp'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import { messageOf, VajraError } from '../base/errors.ts'
import { LIMITS } from '../base/limits.ts'
import { derivedName } from './derived-name.ts'
import { type Endpoint, parseMultiaddr, toMultiaddr } from './endpoint.ts'
import { gossipService } from './gossip.ts'
import { clusterKeyProtector } from './protector.ts'

export type Host = Libp2p<{ identify: Identify; gossip: GossipSub }>

export interface HostOptions {
  /** 64 hex digits. */
  readonly clusterKey: string
  /** Addresses to listen on; names are already looked up. */
  readonly listen: readonly Endpoint[]
  readonly mdns: boolean
}

/** How often mDNS asks the local network who is there, in milliseconds. Every node answers every question. */
const MDNS_INTERVAL_MS = 20_000

/** Time in which a connection from outside must have shown that it has the cluster key, in milliseconds. */
const UPGRADE_MS = 5000

/** A libp2p node with a new identity, not started. */
export async function createHost(options: HostOptions): Promise<Host> {
  return createLibp2p({
    start: false,
    privateKey: await generateKeyPair('Ed25519'),
    nodeInfo: { name: 'vajra-mesh', version: '1', userAgent: 'vajra-mesh' },
    logger: SILENT,
    addresses: { listen: options.listen.map(toMultiaddr) },
    transports: [tcp()],
    connectionProtector: clusterKeyProtector(options.clusterKey),
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    peerDiscovery: options.mdns
      ? [mdns({ serviceTag: serviceTag(options.clusterKey), interval: MDNS_INTERVAL_MS })]
      : [],
    connectionManager: {
      maxConnections: 4 * LIMITS.nodes,
      inboundConnectionThreshold: 2 * LIMITS.nodes,
      maxIncomingPendingConnections: LIMITS.nodes,
      maxDialQueueLength: 2 * LIMITS.nodes,
      maxParallelDials: 32,
      // How long one address may take is decided with each dial.
      dialTimeout: 10_000,
      addressDialTimeout: 10_000,
      // Shorter than a dial: one with another cluster key is told so by a reset, and need not wait for its own time.
      inboundUpgradeTimeout: UPGRADE_MS,
      reconnectRetries: 0,
      // Addresses come in the order in which they should be tried.
      addressSorter: () => 0,
    },
    connectionMonitor: { enabled: false, abortConnectionOnPingFailure: false },
    services: {
      identify: identify({ maxInboundStreams: 4, maxOutboundStreams: 4 }),
      gossip: gossipService(),
    },
  })
}

/**
 * Starts it.
 *
 * @throws VajraError PORT_IN_USE or OPTION_INVALID when it cannot listen
 */
export async function startHost(host: Host, listen: readonly Endpoint[]): Promise<void> {
  try {
    await host.start()
  } catch (error) {
    const where = listen.map(toMultiaddr).join(', ')
    const why = messageOf(error)
    if (why.includes('EADDRINUSE')) {
      throw new VajraError('PORT_IN_USE', `another process listens on ${where}`, {
        hint: 'choose another port for the mesh, or 0 for a free one',
        cause: error,
      })
    }
    throw new VajraError('OPTION_INVALID', `the mesh cannot listen on ${where}: ${lastLine(why)}`, {
      hint: 'listen on an address of this machine, or 0.0.0.0 for all of them',
      cause: error,
    })
  }
}

/**
 * Where this node listens, an address of this machine each.
 *
 * Asks the transport, because libp2p's own list leaves out public addresses until a helper it does not have here has
 * confirmed them.
 */
export function listenEndpoints(host: Host): Endpoint[] {
  const transports = (host as unknown as HostInside).components.transportManager
  return transports
    .getAddrs()
    .map((address) => parseMultiaddr(address.toString()))
    .filter((endpoint): endpoint is Endpoint => endpoint !== null && !endpoint.host.startsWith('fe80:'))
}

interface HostInside {
  readonly components: { readonly transportManager: { getAddrs(): readonly { toString(): string }[] } }
}

/** What mDNS asks for: meshes of different keys do not see each other, and the key cannot be told from it. */
function serviceTag(clusterKey: string): string {
  return `_vajra-${derivedName('mdns', clusterKey).slice(0, 16)}._udp.local`
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? text
}

/** libp2p's own log is for its developers; what users need to know is said by the mesh. */
const silentLogger: Logger = Object.assign(() => {}, {
  error: () => {},
  trace: () => {},
  enabled: false,
  newScope: () => silentLogger,
})
const SILENT: ComponentLogger = { forComponent: () => silentLogger }
