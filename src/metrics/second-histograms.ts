/**
 * A histogram for each second of a run, until the second is over and read. Windows usually come ordered by second, so
 * few seconds are open at a time; in any other order their values are put aside encoded, which takes less room.
 */

import { Histogram } from './histogram.ts'
import type { EncodedHistogram } from './window.ts'

/** Seconds held open (92 kB each). */
const OPEN_SECONDS = 8

export class SecondHistograms {
  readonly #aside = new Map<number, EncodedHistogram>()
  /** By second, least recently used first. */
  readonly #open = new Map<number, Histogram>()
  readonly #spare: Histogram[] = []

  /** The histogram of a second, to be added to; not to be kept. */
  open(sequence: number): Histogram {
    const histogram = this.#open.get(sequence) ?? this.#reopen(sequence)
    this.#open.delete(sequence)
    this.#open.set(sequence, histogram)
    if (this.#open.size > OPEN_SECONDS) this.#putAside(this.#open.keys().next().value!)
    return histogram
  }

  #reopen(sequence: number): Histogram {
    const histogram = this.#spare.pop() ?? Histogram.forSecond()
    const aside = this.#aside.get(sequence)
    if (aside !== undefined) histogram.merge(aside)
    this.#aside.delete(sequence)
    return histogram
  }

  #putAside(sequence: number): void {
    const histogram = this.#open.get(sequence)!
    this.#aside.set(sequence, histogram.encode())
    this.#release(sequence, histogram)
  }

  /** Reads a second that is over, and forgets it; undefined when nothing was added to it. */
  close<T>(sequence: number, read: (histogram: Histogram) => T): T | undefined {
    if (!this.#open.has(sequence) && !this.#aside.has(sequence)) return undefined
    const histogram = this.open(sequence)
    const result = read(histogram)
    this.#release(sequence, histogram)
    return result
  }

  #release(sequence: number, histogram: Histogram): void {
    this.#open.delete(sequence)
    histogram.reset()
    this.#spare.push(histogram)
  }
}
