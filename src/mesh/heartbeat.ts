/**
 * Whether what is sent to a peer still arrives there. TCP alone takes a quarter of an hour to find out.
 *
 * Each side counts its beats and says which beat of the other it heard last. Beats that come back prove both ways;
 * when none has come back for `STALE_MS` the connection is in doubt (which is no evidence against the peer: it may be
 * paused) and another one is tried beside it.
 */

import type { MonotonicMs } from '../base/clock.ts'

/** Time between two beats, in milliseconds. */
export const BEAT_MS = 3000

/** A connection on which no beat has come back for this long is in doubt. */
export const STALE_MS = 10_000

/** A connection on which none has come back for this long is closed. */
export const ABANDON_MS = 60_000

const BEAT_BYTES = 8

export class Heartbeat {
  #sent = 0
  #heard = 0
  #acknowledged = 0
  #sentAt: MonotonicMs
  #acknowledgedAt: MonotonicMs

  constructor(now: MonotonicMs) {
    this.#sentAt = now
    this.#acknowledgedAt = now
  }

  /** When a beat last came back; at first, when the link began. */
  get acknowledgedAt(): MonotonicMs {
    return this.#acknowledgedAt
  }

  isDue(now: MonotonicMs): boolean {
    return now - this.#sentAt >= BEAT_MS
  }

  isStale(now: MonotonicMs): boolean {
    return now - this.#acknowledgedAt >= STALE_MS
  }

  isHopeless(now: MonotonicMs): boolean {
    return now - this.#acknowledgedAt >= ABANDON_MS
  }

  /** A new stream is in use: what was missing on the old one says nothing of this. */
  restart(now: MonotonicMs): void {
    this.#acknowledgedAt = now
    this.#sentAt = Number.NEGATIVE_INFINITY
  }

  /** The next beat to send. */
  beat(now: MonotonicMs): Uint8Array {
    // A process that slept found no beats because it sent none: the time counts from when it woke.
    if (now - this.#sentAt > 2 * BEAT_MS) this.#acknowledgedAt = now
    this.#sentAt = now
    const bytes = new Uint8Array(BEAT_BYTES)
    const view = new DataView(bytes.buffer)
    view.setUint32(0, ++this.#sent)
    view.setUint32(4, this.#heard)
    return bytes
  }

  /** Takes a beat of the other side. False when it is not one. */
  take(bytes: Uint8Array, now: MonotonicMs): boolean {
    if (bytes.length !== BEAT_BYTES) return false
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#heard = view.getUint32(0)
    const acknowledged = view.getUint32(4)
    if (acknowledged > this.#acknowledged && acknowledged <= this.#sent) {
      this.#acknowledged = acknowledged
      this.#acknowledgedAt = now
    }
    return true
  }
}
