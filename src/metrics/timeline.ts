/**
 * A run second by second. Each second keeps its counters and the histograms its percentiles come from; these
 * only until every node that takes part has told its second. Windows usually come ordered by second, so one second
 * is open at a time; in any other order its histograms are put aside encoded.
 */

import { WINDOW_MS } from '../base/clock.ts'
import { Histogram } from './histogram.ts'
import type { Participation, TimelinePoint } from './report-document.ts'
import { microsToMs } from './rounding.ts'
import { addCounts, type Counts, EMPTY_HISTOGRAM, type EncodedHistogram, type Window, ZERO_COUNTS } from './window.ts'

/** Seconds held open (two histograms of 92 kB each). */
const OPEN_SECONDS = 8

interface Second {
  counts: Counts
  /** Batches still to come. */
  awaited: number
  /** Latencies and latenesses, while not open and not closed. */
  aside: EncodedHistogram
  asideLate: EncodedHistogram
  p50: number
  p99: number
  latenessP50: number
  latenessP99: number
}

interface OpenSecond {
  readonly latency: Histogram
  readonly lateness: Histogram
}

export class Timeline {
  readonly #participants: readonly Participation[]
  readonly #seconds = new Map<number, Second>()
  /** By second, least recently used first. */
  readonly #open = new Map<number, OpenSecond>()
  readonly #spare: OpenSecond[] = []

  constructor(participants: readonly Participation[]) {
    this.#participants = participants
  }

  /** Adds one node's windows for one second; at most once for each node and second. */
  add(sequence: number, windows: readonly Window[]): void {
    const second = this.#second(sequence)
    second.awaited--
    for (const { counts, latency, lateness } of windows) {
      second.counts = addCounts(second.counts, counts)
      if (latency.count > 0) this.#openSecond(sequence, second).latency.merge(latency)
      if (lateness.count > 0) this.#openSecond(sequence, second).lateness.merge(lateness)
    }
    if (second.awaited === 0) this.#close(sequence, second)
  }

  #second(sequence: number): Second {
    const known = this.#seconds.get(sequence)
    if (known !== undefined) return known
    const awaited = this.#participants.filter(
      ({ firstSequence, lastSequence }) => firstSequence <= sequence && sequence <= lastSequence,
    ).length
    const second: Second = {
      counts: ZERO_COUNTS,
      awaited,
      aside: EMPTY_HISTOGRAM,
      asideLate: EMPTY_HISTOGRAM,
      p50: 0,
      p99: 0,
      latenessP50: 0,
      latenessP99: 0,
    }
    this.#seconds.set(sequence, second)
    return second
  }

  #openSecond(sequence: number, second: Second): OpenSecond {
    const known = this.#open.get(sequence)
    const open = known ?? this.#spare.pop() ?? { latency: Histogram.forSecond(), lateness: Histogram.forSecond() }
    if (known === undefined) {
      open.latency.merge(second.aside)
      open.lateness.merge(second.asideLate)
      second.aside = EMPTY_HISTOGRAM
      second.asideLate = EMPTY_HISTOGRAM
    }
    this.#open.delete(sequence)
    this.#open.set(sequence, open)
    if (this.#open.size > OPEN_SECONDS) this.#putAside(this.#open.keys().next().value!)
    return open
  }

  #putAside(sequence: number): void {
    const open = this.#open.get(sequence)!
    const second = this.#seconds.get(sequence)!
    second.aside = open.latency.encode()
    second.asideLate = open.lateness.encode()
    this.#release(sequence, open)
  }

  #close(sequence: number, second: Second): void {
    if (second.aside.count + second.asideLate.count > 0) this.#openSecond(sequence, second)
    const open = this.#open.get(sequence)
    if (open === undefined) return
    const [p50, p99] = open.latency.percentiles([50, 99]).map(microsToMs)
    const [latenessP50, latenessP99] = open.lateness.percentiles([50, 99]).map(microsToMs)
    Object.assign(second, { p50, p99, latenessP50, latenessP99 })
    this.#release(sequence, open)
  }

  #release(sequence: number, open: OpenSecond): void {
    this.#open.delete(sequence)
    open.latency.reset()
    open.lateness.reset()
    this.#spare.push(open)
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
    latenessP50: second?.latenessP50 ?? 0,
    latenessP99: second?.latenessP99 ?? 0,
  }
}
