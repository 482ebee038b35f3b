/** The windows of one thread, in order of their sequence: opened, closed, and handed over. */

import { type RunMs, WINDOW_MS } from '../base/clock.ts'
import type { Window } from '../metrics/window.ts'
import type { ThreadSecond } from './messages.ts'
import type { MeterReading, ThreadMeter } from './thread-meter.ts'
import type { WindowRecorder } from './window-recorder.ts'

/** The part of every second that is of one scenario and step. */
export interface WindowPart {
  readonly recorder: WindowRecorder
  /** In flight now. */
  readonly inFlight: () => number
}

export type PostWindow = (sequence: number, windows: Window[], second: ThreadSecond | null) => void

export class WindowPosting {
  readonly #parts: readonly WindowPart[]
  readonly #meter: ThreadMeter
  readonly #post: PostWindow
  /** At the end of the last window, or at the beginning of the first. */
  #reading: MeterReading | undefined
  /** The window that is open; -1 before the node's first. */
  #sequence = -1

  constructor(parts: readonly WindowPart[], meter: ThreadMeter, post: PostWindow) {
    this.#parts = parts
    this.#meter = meter
    this.#post = post
  }

  /** What the thread did before the first window is no part of it. @param at run time */
  begin(at: RunMs): void {
    if (this.#reading !== undefined || this.#sequence < 0 || at < this.#sequence * WINDOW_MS) return
    this.#reading = this.#meter.read()
  }

  /** Opens the first window; later calls change nothing. */
  open(sequence: number): void {
    if (this.#sequence < 0) this.#sequence = sequence
  }

  /** End of the window that is open, in run time; infinity when none is. */
  get endsAt(): RunMs {
    return this.#sequence < 0 ? Number.POSITIVE_INFINITY : (this.#sequence + 1) * WINDOW_MS
  }

  /** Closes every window that ends at or before a run time. */
  closeUpTo(at: RunMs): void {
    while (this.endsAt <= at) this.#close()
  }

  /** Closes the last window, though its second is not over, if anything is in it. */
  closeLast(): void {
    if (this.#sequence >= 0 && this.#parts.some(({ recorder }) => recorder.touched)) this.#close()
  }

  #close(): void {
    const windows: Window[] = []
    for (const { recorder, inFlight } of this.#parts) {
      const window = recorder.take(inFlight())
      if (window !== null) windows.push(window)
    }
    this.#post(this.#sequence++, windows, this.#second())
  }

  #second(): ThreadSecond | null {
    const before = this.#reading
    this.#reading = this.#meter.read()
    return before === undefined ? null : this.#meter.between(before, this.#reading)
  }
}

/**
 * Moves the histograms of windows into one buffer, to be transferred instead of copied.
 *
 * @returns the same windows over the new buffer, and the buffer
 */
export function packWindows(windows: readonly Window[]): { windows: Window[]; buffer: ArrayBuffer } {
  const size = windows.reduce((sum, { latency, serviceTime, lateness }) => {
    return sum + latency.data.length + serviceTime.data.length + lateness.data.length
  }, 0)
  const buffer = new ArrayBuffer(size)
  let at = 0
  const pack = <T extends { readonly data: Uint8Array }>(histogram: T): T => {
    const data = new Uint8Array(buffer, at, histogram.data.length)
    data.set(histogram.data)
    at += data.length
    return { ...histogram, data }
  }
  const packed = windows.map((window) => ({
    ...window,
    latency: pack(window.latency),
    serviceTime: pack(window.serviceTime),
    lateness: pack(window.lateness),
  }))
  return { windows: packed, buffer }
}
