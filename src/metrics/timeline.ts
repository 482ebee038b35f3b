/**
 * A run second by second. Each second keeps its counters and the histograms its percentiles come from; these
 * only until every node that takes part has told its second. Windows usually come ordered by second, so one second
 * is open at a time; in any other order its histograms are put aside encoded.
 */

import { WINDOW_MS } from '../base/clock.ts'
import type { Histogram } from './histogram.ts'
import type { Participation, TimelinePoint } from './report-document.ts'
import { microsToMs } from './rounding.ts'
import { SecondHistograms } from './second-histograms.ts'
import { addCounts, type Counts, type Window, ZERO_COUNTS } from './window.ts'

interface Second {
  counts: Counts
  /** Batches still to come. */
  awaited: number
  p50: number
  p99: number
  latenessP50: number
  latenessP99: number
}

export class Timeline {
  readonly #participants: readonly Participation[]
  readonly #seconds = new Map<number, Second>()
  readonly #latency = new SecondHistograms()
  readonly #lateness = new SecondHistograms()

  constructor(participants: readonly Participation[]) {
    this.#participants = participants
  }

  /** Adds one node's windows for one second; at most once for each node and second. */
  add(sequence: number, windows: readonly Window[]): void {
    const second = this.#second(sequence)
    second.awaited--
    for (const { counts, latency, lateness } of windows) {
      second.counts = addCounts(second.counts, counts)
      if (latency.count > 0) this.#latency.open(sequence).merge(latency)
      if (lateness.count > 0) this.#lateness.open(sequence).merge(lateness)
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
      p50: 0,
      p99: 0,
      latenessP50: 0,
      latenessP99: 0,
    }
    this.#seconds.set(sequence, second)
    return second
  }

  #close(sequence: number, second: Second): void {
    const quantiles = (histogram: Histogram) => histogram.percentiles([50, 99]).map(microsToMs)
    const [p50 = second.p50, p99 = second.p99] = this.#latency.close(sequence, quantiles) ?? []
    const [latenessP50 = second.latenessP50, latenessP99 = second.latenessP99] =
      this.#lateness.close(sequence, quantiles) ?? []
    Object.assign(second, { p50, p99, latenessP50, latenessP99 })
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
