/**
 * Gossip: what every node should hear and rarely changes. One topic of gossipsub, signed by the publisher.
 *
 * The settings, and why:
 * - the penalty for peers on one IP address is off: with twelve nodes on one machine it would empty the mesh;
 *   penalties for behaviour are off too, because whoever holds the cluster key is trusted, and a node that was paused
 *   looks like one that misbehaves;
 * - D = 3 and a cheap first id for messages: each node gets a message from its publisher directly (flood publishing),
 *   forwarding only covers the connections that are down, and copies are recognised before they are verified;
 * - the limit for what comes in at once is far above the limit for one message: one delivery may hold several, and
 *   going over it ends gossip with that peer.
 */

import { gossipsub, type Message, TopicValidatorResult } from '@libp2p/gossipsub'
import type { Connection, PeerId } from '@libp2p/interface'
import { messageOf } from '../base/errors.ts'
import type { BootId } from '../base/ids.ts'
import { CHANNEL_BYTES, describeVersion, isReadableVersion } from './codec.ts'
import type { Host } from './libp2p-host.ts'

const TOPIC = '/vajra/gossip/1'

/** Most bytes of one delivery: several messages that a peer asked for after missing them. */
const DELIVERY_BYTES = 32 * CHANNEL_BYTES.gossip

/** Publications that wait to be signed; further ones are given up. */
const WAITING = 256

export function gossipService(): ReturnType<typeof gossipsub> {
  return gossipsub({
    D: 3,
    Dlo: 2,
    Dhi: 6,
    Dscore: 2,
    Dout: 1,
    Dlazy: 3,
    floodPublish: true,
    fallbackToFloodsub: false,
    tagMeshPeers: false,
    allowPublishToZeroTopicPeers: true,
    allowedTopics: [TOPIC],
    globalSignaturePolicy: 'StrictSign',
    maxInboundDataLength: DELIVERY_BYTES,
    maxOutboundBufferSize: DELIVERY_BYTES,
    // Publisher and sequence number are what the signature makes unique. Kept only once the signature was right.
    fastMsgIdFn: ({ from, seqno }) => `${latin1(from)}${latin1(seqno)}`,
    scoreParams: { IPColocationFactorWeight: 0, behaviourPenaltyWeight: 0 },
  })
}

export interface GossipHooks {
  /** A message that passed the checks of this layer; never one of this node's own. */
  message(from: BootId, bytes: Uint8Array): void
  /** A message was refused: too long, or of another version. */
  refused(from: BootId, why: string): void
  /** Publishing was tried; these peers were sent the message directly. */
  published(bytes: Uint8Array, recipients: ReadonlySet<BootId>): void
  /** A message was given up before it was sent. */
  dropped(why: string): void
}

/** The parts of gossipsub that its interface leaves out and the watchdog needs. */
interface GossipInside {
  readonly streamsInbound: ReadonlyMap<string, unknown>
  readonly streamsOutbound: ReadonlyMap<string, unknown>
  /** Topics and who is subscribed to them. */
  readonly topics: ReadonlyMap<string, ReadonlySet<string>>
}

export class Gossip {
  readonly #host: Host
  readonly #hooks: GossipHooks
  #waiting = 0
  #last: Promise<void> = Promise.resolve()

  constructor(host: Host, hooks: GossipHooks) {
    this.#host = host
    this.#hooks = hooks
  }

  /** Subscribes. Before the host is started, so that no peer meets a node without the topic. */
  prepare(): void {
    const gossip = this.#host.services.gossip
    gossip.topicValidators.set(TOPIC, (_peer, message) => this.#check(message))
    gossip.addEventListener('message', ({ detail }) => this.#receive(detail))
  }

  /** To be called once the host has started. */
  start(): void {
    this.#host.services.gossip.subscribe(TOPIC)
  }

  /** Whether what is published now goes to this peer directly. */
  reaches(peer: PeerId): boolean {
    const id = peer.toString()
    return this.#inside.streamsOutbound.has(id) && this.#inside.topics.get(TOPIC)?.has(id) === true
  }

  /** Whether this peer has a stream on which to gossip to this node. */
  hears(peer: PeerId): boolean {
    return this.#inside.streamsInbound.has(peer.toString())
  }

  /** Publishes in the order of the calls. Nobody to publish to is not an error. */
  publish(bytes: Uint8Array): void {
    if (this.#waiting >= WAITING) {
      this.#hooks.dropped('too many publications are waiting')
      return
    }
    this.#waiting++
    this.#last = this.#last.then(() => this.#publish(bytes)).finally(() => this.#waiting--)
  }

  /** Resolves when everything published so far was handed to the streams. */
  async flush(): Promise<void> {
    await this.#last
  }

  /**
   * Makes gossipsub meet a peer again whose stream it has lost. It does so only when a connection is identified, so
   * the connection is: cheaper than dialling another one, and nothing else notices.
   */
  async repair(connections: readonly Connection[]): Promise<void> {
    const open = connections.find(({ status }) => status === 'open')
    if (open === undefined) return
    if (!this.hears(open.remotePeer)) abandonStreams(connections)
    await this.#host.services.identify.identify(open, { signal: AbortSignal.timeout(3000) })
  }

  async #publish(bytes: Uint8Array): Promise<void> {
    try {
      const { recipients } = await this.#host.services.gossip.publish(TOPIC, bytes)
      this.#hooks.published(bytes, new Set(recipients.map(String)))
    } catch (error) {
      this.#hooks.dropped(messageOf(error))
    }
  }

  /** Runs once a message is marked as seen: it must take all it will ever take, early ones too. */
  #check(message: Message): TopicValidatorResult {
    if (message.type !== 'signed') return TopicValidatorResult.Ignore
    if (message.data.length <= CHANNEL_BYTES.gossip && isReadableVersion(message.data)) {
      return TopicValidatorResult.Accept
    }
    const why = message.data.length <= CHANNEL_BYTES.gossip ? describeVersion(message.data[0]) : 'gossip is too long'
    this.#hooks.refused(message.from.toString(), why)
    return TopicValidatorResult.Ignore
  }

  #receive(message: Message): void {
    if (message.type !== 'signed' || message.from.equals(this.#host.peerId)) return
    // A copy: the message stays in gossipsub's cache, and its bytes may be a view of a larger buffer.
    this.#hooks.message(message.from.toString(), new Uint8Array(message.data))
  }

  get #inside(): GossipInside {
    return this.#host.services.gossip as unknown as GossipInside
  }
}

/**
 * Resets gossip streams that nobody reads any more. Their other end would go on writing to them, and believe that it
 * is heard; the reset makes it open a new one.
 */
function abandonStreams(connections: readonly Connection[]): void {
  for (const connection of connections) {
    for (const stream of connection.streams) {
      if (stream.direction === 'inbound' && stream.protocol.startsWith('/meshsub/')) {
        stream.abort(new Error('nobody reads this stream'))
      }
    }
  }
}

function latin1(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
