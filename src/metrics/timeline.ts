/**
 * A run second by second. Each second keeps its counters and the histogram its percentiles come from; the histogram
 * only until every node that takes part has told its second. Windows usually come ordered by second, so one histogram
 * is open at a time; in any other order they are put aside encoded.
 */

import { WINDOW_MS } from '../base/clock.ts'
import { Histogram } from './histogram.ts'
import type { Participation, TimelinePoint } from './report-document.ts'
import { microsToMs } from './rounding.ts'
import { addCounts, type Counts, EMPTY_HISTOGRAM, type EncodedHistogram, type Window, ZERO_COUNTS } from './window.ts'

/** Histograms held open (92 kB each). */
const OPEN_HISTOGRAMS = 8

interface Second {
  counts: Counts
  /** Batches still to come. */
  awaited: number
  /** Latencies, while not open and not closed. */
  aside: EncodedHistogram
  p50: number
  p99: number
}

export class Timeline {
  readonly #participants: readonly Participation[]
  readonly #seconds = new Map<number, Second>()
  /** By second, least recently used first. */
  readonly #open = new Map<number, Histogram>()
  readonly #spare: Histogram[] = []

  constructor(participants: readonly Participation[]) {
    this.#participants = participants
  }

  /** Adds one node's windows for one second; at most once for each node and second. */
  add(sequence: number, windows: readonly Window[]): void {
    const second = this.#second(sequence)
    second.awaited--
    for (const { counts, latency } of windows) {
      second.counts = addCounts(second.counts, counts)
      if (latency.count > 0) this.#histogram(sequence, second).merge(latency)
    }
    if (second.awaited === 0) this.#close(sequence, second)
  }

  #second(sequence: number): Second {
    const known = this.#seconds.get(sequence)
    if (known !== undefined) return known
    const awaited = this.#participants.filter(
      ({ firstSequence, lastSequence }) => firstSequence <= sequence && sequence <= lastSequence,
    ).length
    const second = { counts: ZERO_COUNTS, awaited, aside: EMPTY_HISTOGRAM, p50: 0, p99: 0 }
    this.#seconds.set(sequence, second)
    return second
  }

  #histogram(sequence: number, second: Second): Histogram {
    const open = this.#open.get(sequence)
    const histogram = open ?? this.#spare.pop() ?? Histogram.forSecond()
    if (open === undefined) {
      histogram.merge(second.aside)
      second.aside = EMPTY_HISTOGRAM
    }
    this.#open.delete(sequence)
    this.#open.set(sequence, histogram)
    if (this.#open.size > OPEN_HISTOGRAMS) this.#putAside(this.#open.keys().next().value!)
    return histogram
  }

  #putAside(sequence: number): void {
    const histogram = this.#open.get(sequence)!
    this.#seconds.get(sequence)!.aside = histogram.encode()
    this.#release(sequence, histogram)
  }

  #close(sequence: number, second: Second): void {
    if (second.aside.count > 0) this.#histogram(sequence, second)
    const histogram = this.#open.get(sequence)
    if (histogram === undefined) return
    const [p50, p99] = histogram.percentiles([50, 99])
    second.p50 = microsToMs(p50!)
    second.p99 = microsToMs(p99!)
    this.#release(sequence, histogram)
  }

  #release(sequence: number, histogram: Histogram): void {
    this.#open.delete(sequence)
    histogram.reset()
    this.#spare.push(histogram)
  }

  /**
   * One point for each second from 0 to the end of the planned load, also where nothing happened; of the seconds after
   * it those in which something was still counted.
   *
   * @param plannedSeconds seconds in which load is planned
   */
  points(plannedSeconds: number): TimelinePoint[] {
    for (const [sequence, second] of this.#seconds) this.#close(sequence, second)
    const points: TimelinePoint[] = []
    for (let sequence = 0; sequence < plannedSeconds; sequence++) {
      points.push(pointOf(sequence, this.#seconds.get(sequence)))
    }
    const later = [...this.#seconds].filter(([sequence, { counts }]) => sequence >= plannedSeconds && hasAny(counts))
    for (const [sequence, second] of later.sort(([a], [b]) => a - b)) points.push(pointOf(sequence, second))
    return points
  }
}

function hasAny({ scheduled, sent, dropped, succeeded, failed }: Counts): boolean {
  return scheduled + sent + dropped + succeeded + failed > 0
}

function pointOf(sequence: number, second: Second | undefined): TimelinePoint {
  const { scheduled, sent, succeeded, failed, dropped } = second?.counts ?? ZERO_COUNTS
  return {
    at: sequence * WINDOW_MS,
    scheduled,
    sent,
    succeeded,
    failed,
    dropped,
    rate: sent,
    p50: second?.p50 ?? 0,
    p99: second?.p99 ?? 0,
  }
}
