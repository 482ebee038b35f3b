/**
 * Everything between this node and one peer: its connections, one stream out for each channel, the streams in.
 *
 * A link is usable once both sides have said that they are ready: then what is sent arrives, and what either side
 * publishes from then on reaches the other. Connections come and go beneath it; streams are reopened on whichever is
 * left. The link ends with its last connection.
 */

import type { Connection, PeerId, Stream } from '@libp2p/interface'
import type { MonotonicMs } from '../base/clock.ts'
import { messageOf } from '../base/errors.ts'
import type { BootId } from '../base/ids.ts'
import { LIMITS } from '../base/limits.ts'
import { CHANNEL_BYTES } from './codec.ts'
import { type Endpoint, parseMultiaddr } from './endpoint.ts'
import { encodeFrame, FRAME, FrameDecoder } from './frames.ts'
import { Heartbeat } from './heartbeat.ts'
import type { LinkHooks } from './link-hooks.ts'
import type { Channel } from './mesh-port.ts'
import { decodeNote, encodeNote, type Note } from './notes.ts'
import { OutboundChannel } from './outbound-channel.ts'
import { updateWindowRarely } from './window-updates.ts'

export const PROTOCOLS: Readonly<Record<Channel, string>> = {
  control: '/vajra/control/1',
  windows: '/vajra/windows/1',
}

/** Time for opening a stream, in milliseconds. */
const OPEN_MS = 5000

/** Pause before a stream is opened again: doubled with every failure, up to `REOPEN_MAX_MS`. */
const REOPEN_MS = 50
const REOPEN_MAX_MS = 10_000

/** A stream that lived this long was a good one. */
const LASTED_MS = 1000

/** Ready or not, a link whose gossip is not up by then is used: its control stream works, and gossip is repaired. */
const GOSSIP_PATIENCE_MS = 1500
const GOSSIP_POLL_MS = 20

/** Frames that wait and have not moved for this long, while the peer is heard: the stream is broken. */
const STUCK_MS = 15_000

export class PeerLink {
  readonly peerId: PeerId
  readonly bootId: BootId
  readonly heartbeat: Heartbeat
  readonly #hooks: LinkHooks
  /** When its first connection was made. */
  readonly startedAt: MonotonicMs
  readonly #connections = new Set<Connection>()
  readonly #out: Readonly<Record<Channel, OutboundChannel>>
  readonly #in = new Map<Channel, Stream>()
  readonly #opening = new Set<Channel>()
  /** Streams in a row that could not be opened or did not last. */
  readonly #failures: Record<Channel, number> = { control: 0, windows: 0 }
  readonly #openedAt: Record<Channel, MonotonicMs> = { control: 0, windows: 0 }
  readonly #timers = new Set<NodeJS.Timeout>()
  /** Messages that came before the link was usable. */
  #early: { readonly kind: number; readonly channel: Channel; readonly bytes: Uint8Array }[] = []
  #earlyBytes = 0
  #ready = false
  #peerReady = false
  #announced = false
  #closed = false
  /** As the peer gave them. */
  name = ''
  endpoints: readonly Endpoint[] = []

  constructor(peerId: PeerId, hooks: LinkHooks) {
    this.peerId = peerId
    this.bootId = peerId.toString()
    this.#hooks = hooks
    this.heartbeat = new Heartbeat(hooks.now())
    const out = (channel: Channel): OutboundChannel =>
      new OutboundChannel({ now: hooks.now, written: hooks.written, lost: () => this.#lost(channel) })
    this.#out = { control: out('control'), windows: out('windows') }
    this.startedAt = hooks.now()
  }

  get isUsable(): boolean {
    return this.#ready && this.#peerReady && !this.#closed
  }

  /** Whether `usable` was said of it. */
  get wasUsable(): boolean {
    return this.#announced
  }

  get connections(): readonly Connection[] {
    return [...this.#connections]
  }

  add(connection: Connection): void {
    this.#connections.add(connection)
    if (!this.#out.control.isOpen) void this.#open('control')
  }

  /** Takes a closed connection out. True when it was the last. */
  remove(connection: Connection): boolean {
    this.#connections.delete(connection)
    return this.#connections.size === 0
  }

  /** Queues a message. False when the link is not usable or the queue is full. */
  send(channel: Channel, kind: number, bytes: Uint8Array): boolean {
    if (!this.isUsable || !this.#out[channel].push(encodeFrame(kind, bytes))) return false
    if (!this.#out[channel].isOpen) void this.#open(channel)
    return true
  }

  /** Tells the peer something about the mesh. */
  note(note: Note): void {
    if (this.#out.control.isOpen) this.#out.control.push(encodeFrame(FRAME.note, encodeNote(note)))
  }

  /** What this node publishes reaches the peer now, or need not be waited for: says so. */
  #becomeReady(): void {
    if (this.#ready || !this.#out.control.isOpen) return
    this.#ready = true
    this.note(this.#hooks.hello(true))
    this.#becomeUsable()
  }

  /** Where the peer was reached, or has reached from while it says that it listens there. */
  liveEndpoints(): Endpoint[] {
    return [...this.#connections].flatMap((connection) => {
      const endpoint = parseMultiaddr(connection.remoteAddr.toString())
      if (endpoint === null) return []
      return connection.direction === 'outbound'
        ? [endpoint]
        : this.endpoints.filter(({ host }) => host === endpoint.host)
    })
  }

  /** Looks after the streams; to be called about once a second. */
  turn(): void {
    const now = this.#hooks.now()
    if (!this.#out.control.isOpen) void this.#open('control')
    else if (this.heartbeat.isDue(now)) this.#out.control.push(encodeFrame(FRAME.beat, this.heartbeat.beat(now)))
    for (const channel of Object.values(this.#out)) {
      const since = channel.stuckSince
      if (since !== null && now - since > STUCK_MS && !this.heartbeat.isStale(now)) channel.abandon('it is stuck')
    }
  }

  /** Takes a stream the peer opened. It replaces the one before: the peer writes to its newest only. */
  accept(channel: Channel, stream: Stream): void {
    if (this.#closed) {
      stream.abort(new Error('the peer is gone'))
      return
    }
    this.#in.get(channel)?.abort(new Error('replaced by a newer stream'))
    this.#in.set(channel, stream)
    updateWindowRarely(stream)
    const decoder = new FrameDecoder(CHANNEL_BYTES[channel], (kind, payload) => this.#receive(channel, kind, payload))
    stream.addEventListener('message', ({ data }) => {
      if (this.#in.get(channel) !== stream) return
      try {
        for (const part of data instanceof Uint8Array ? [data] : data) decoder.push(part)
      } catch (error) {
        this.#hooks.refused(this.bootId, messageOf(error))
        stream.abort(new Error('a frame was refused'))
      }
    })
    stream.addEventListener('remoteCloseWrite', () => void stream.close().catch(() => {}))
    stream.addEventListener('close', () => {
      if (this.#in.get(channel) === stream) this.#in.delete(channel)
    })
  }

  /** Sends what is queued, then closes the streams. */
  async flush(signal: AbortSignal): Promise<void> {
    this.#closed = true
    await Promise.all(Object.values(this.#out).map((channel) => channel.close(signal)))
  }

  /** Ends the link. Returns the frames that were still queued. */
  end(): readonly Uint8Array[] {
    this.#closed = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const stream of this.#in.values()) stream.abort(new Error('the peer is gone'))
    this.#in.clear()
    return [...this.#out.control.discard(), ...this.#out.windows.discard()]
  }

  #receive(channel: Channel, kind: number, payload: Uint8Array): void {
    if (kind === FRAME.message || (kind === FRAME.gossip && channel === 'control')) {
      if (this.isUsable) this.#hooks.message(this, kind, channel, payload)
      else this.#keepEarly(kind, channel, payload)
    } else if (kind === FRAME.note && channel === 'control') {
      this.#receiveNote(payload)
    } else if (!(kind === FRAME.beat && channel === 'control' && this.heartbeat.take(payload, this.#hooks.now()))) {
      this.#hooks.refused(this.bootId, `a frame of kind ${kind} on ${channel}`)
    }
  }

  #receiveNote(payload: Uint8Array): void {
    try {
      const note = decodeNote(payload)
      if (note !== null) this.#takeNote(note)
    } catch (error) {
      this.#hooks.refused(this.bootId, messageOf(error))
    }
  }

  #takeNote(note: Note): void {
    if (note.note === 'hello') {
      this.name = note.name
      this.endpoints = note.endpoints
      this.#peerReady ||= note.ready
    }
    this.#hooks.note(this, note)
    this.#becomeUsable()
  }

  #becomeUsable(): void {
    if (!this.isUsable || this.#announced) return
    this.#announced = true
    this.#hooks.usable(this)
    const early = this.#early
    this.#early = []
    this.#earlyBytes = 0
    for (const { kind, channel, bytes } of early) this.#hooks.message(this, kind, channel, bytes)
  }

  /** A stream may be faster than the one on which the peer said that it is ready. */
  #keepEarly(kind: number, channel: Channel, bytes: Uint8Array): void {
    this.#earlyBytes += bytes.length
    if (this.#earlyBytes <= 2 * LIMITS.windowsBytes) this.#early.push({ kind, channel, bytes })
    else this.#hooks.refused(this.bootId, 'too many messages before its hello')
  }

  async #open(channel: Channel): Promise<void> {
    const connection = this.connections.findLast(({ status }) => status === 'open')
    if (this.#closed || connection === undefined || this.#opening.has(channel)) return
    this.#opening.add(channel)
    try {
      const stream = await connection.newStream(PROTOCOLS[channel], { signal: AbortSignal.timeout(OPEN_MS) })
      if (this.#closed) return stream.abort(new Error('the peer is gone'))
      this.#openedAt[channel] = this.#hooks.now()
      const greeting =
        channel === 'control' ? [encodeFrame(FRAME.note, encodeNote(this.#hooks.hello(this.#ready)))] : []
      this.#out[channel].attach(stream, greeting)
      if (channel === 'control') this.#greeted()
    } catch (error) {
      this.#failures[channel]++
      this.#hooks.streamFailed(this, channel, error)
      this.#reopenSoon(channel)
    } finally {
      this.#opening.delete(channel)
    }
  }

  /** A control stream is in use. */
  #greeted(): void {
    this.heartbeat.restart(this.#hooks.now())
    if (this.#announced) this.#hooks.reopened(this)
    this.#awaitGossip()
  }

  /** Asks again and again: gossipsub does not say when it has opened its stream. */
  #awaitGossip(): void {
    const patience = this.#hooks.now() - this.startedAt < GOSSIP_PATIENCE_MS
    if (!patience || this.#hooks.gossipReaches(this.peerId)) this.#becomeReady()
    if (!this.#ready) this.#after(GOSSIP_POLL_MS, () => this.#awaitGossip())
  }

  #lost(channel: Channel): void {
    const lasted = this.#hooks.now() - this.#openedAt[channel] > LASTED_MS
    this.#failures[channel] = lasted ? 0 : this.#failures[channel] + 1
    this.#reopenSoon(channel)
  }

  #reopenSoon(channel: Channel): void {
    if (channel === 'windows' && this.#out.windows.length === 0) return
    const pause = this.#failures[channel] === 0 ? 0 : REOPEN_MS * 2 ** this.#failures[channel]
    this.#after(Math.min(pause, REOPEN_MAX_MS), () => void this.#open(channel))
  }

  #after(ms: number, action: () => void): void {
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (!this.#closed) action()
    }, ms)
    this.#timers.add(timer)
  }
}
