/**
 * What is on its way to one peer on one channel: a bounded queue before a stream that comes and goes.
 *
 * The stream is written to only while it takes more, so that what waits, waits here where it is counted. Small frames
 * of one turn go out in one write: a write costs as much for one frame as for fifty.
 */

import type { Stream } from '@libp2p/interface'
import type { MonotonicMs } from '../base/clock.ts'
import { LIMITS } from '../base/limits.ts'

/** Frames are put together into writes of about this many bytes. */
const WRITE_BYTES = 64 * 1024

export interface ChannelHooks {
  now(): MonotonicMs
  /** A frame was handed to the transport. */
  written(frame: Uint8Array): void
  /** The stream is gone, and another one is needed. */
  lost(): void
}

export class OutboundChannel {
  readonly #hooks: ChannelHooks
  #stream: Stream | null = null
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #pumping = false
  #progressAt: MonotonicMs = 0

  constructor(hooks: ChannelHooks) {
    this.#hooks = hooks
  }

  get isOpen(): boolean {
    return this.#stream !== null
  }

  /** Frames that wait. */
  get length(): number {
    return this.#queue.length
  }

  /** The frames that wait have not moved since then; null when none wait or there is no stream. */
  get stuckSince(): MonotonicMs | null {
    return this.#stream !== null && this.#queue.length > 0 ? this.#progressAt : null
  }

  /** Queues a frame. False when it finds no room. */
  push(frame: Uint8Array): boolean {
    if (this.#queuedBytes + frame.length > LIMITS.sendQueueBytes) return false
    if (this.#queue.length === 0) this.#progressAt = this.#hooks.now()
    this.#queue.push(frame)
    this.#queuedBytes += frame.length
    this.#schedule()
    return true
  }

  /** Takes a new stream into use; `greeting` goes before whatever waits. */
  attach(stream: Stream, greeting: readonly Uint8Array[]): void {
    this.#detach()?.abort(new Error('replaced by a newer stream'))
    this.#stream = stream
    this.#progressAt = this.#hooks.now()
    stream.addEventListener('drain', () => this.#schedule())
    stream.addEventListener('close', () => this.#lost(stream))
    // The other side sends nothing here; without a listener it could fill the buffer.
    stream.addEventListener('message', () => {})
    this.#queue.unshift(...greeting)
    for (const frame of greeting) this.#queuedBytes += frame.length
    this.#schedule()
  }

  /** Gives the stream up, so that another one is opened. */
  abandon(reason: string): void {
    this.#stream?.abort(new Error(reason))
  }

  /** Resolves when everything queued was written and taken by the transport, or the stream is gone. */
  async close(signal: AbortSignal): Promise<void> {
    while (this.#stream !== null && this.#queue.length > 0 && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await this.#detach()
      ?.close({ signal })
      .catch(() => {})
  }

  /** Forgets everything. Returns the frames that were not sent. */
  discard(): readonly Uint8Array[] {
    const lost = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    this.#detach()?.abort(new Error('the peer is gone'))
    return lost
  }

  #lost(stream: Stream): void {
    if (this.#stream !== stream) return
    this.#stream = null
    this.#hooks.lost()
  }

  #detach(): Stream | null {
    const stream = this.#stream
    this.#stream = null
    return stream
  }

  #schedule(): void {
    if (this.#pumping || this.#stream === null) return
    this.#pumping = true
    queueMicrotask(() => {
      this.#pumping = false
      this.#pump()
    })
  }

  #pump(): void {
    const stream = this.#stream
    if (stream === null) return
    try {
      while (this.#queue.length > 0 && !stream.writableNeedsDrain && this.#stream === stream) {
        stream.send(this.#nextWrite())
        this.#progressAt = this.#hooks.now()
      }
    } catch (error) {
      // The write side is closed: its `close` event has come or comes.
      stream.abort(error instanceof Error ? error : new Error(String(error)))
    }
  }

  /** The next frames in one piece. */
  #nextWrite(): Uint8Array {
    let count = 0
    let bytes = 0
    while (count < this.#queue.length && (count === 0 || bytes + this.#queue[count]!.length <= WRITE_BYTES)) {
      bytes += this.#queue[count]!.length
      count++
    }
    const frames = this.#queue.splice(0, count)
    this.#queuedBytes -= bytes
    for (const frame of frames) this.#hooks.written(frame)
    if (count === 1) return frames[0]!
    const write = new Uint8Array(bytes)
    let at = 0
    for (const frame of frames) {
      write.set(frame, at)
      at += frame.length
    }
    return write
  }
}
