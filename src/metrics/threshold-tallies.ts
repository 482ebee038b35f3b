/**
 * What thresholds need of a run's windows, added up as they come: only what some threshold selects, once for all that
 * select the same. Adding is exact and in any order; that a batch is added once is the caller's care.
 */

import type { BootId } from '../base/ids.ts'
import type { Suite } from '../suite/spec.ts'
import { GeneratorTally, isSaturatedSecond } from './generator-tally.ts'
import { Histogram } from './histogram.ts'
import { type IterationSteps, iterationSteps, requestsOf } from './iterations.ts'
import { safeSum } from './rounding.ts'
import { SecondHistograms } from './second-histograms.ts'
import type { PlannedThreshold } from './threshold-plan.ts'
import { addCounts, type Counts, type Window, type WindowBatch, ZERO_COUNTS } from './window.ts'

/** Counters of the windows that a threshold is about. */
export class ThresholdCounters {
  counts: Counts = ZERO_COUNTS
  bytesSent = 0
  bytesReceived = 0
  passed = 0
  failed = 0
  /** Lives of nodes that fired, and those of them that could not keep up. */
  fired = 0
  saturated = 0

  add({ counts, bytesSent, bytesReceived, checks = [] }: Window, selected: readonly number[] | null): void {
    this.counts = addCounts(this.counts, counts)
    this.bytesSent = safeSum(this.bytesSent, bytesSent)
    this.bytesReceived = safeSum(this.bytesReceived, bytesReceived)
    for (const [index, [passed, failed]] of checks.entries()) {
      if (selected !== null && !selected.includes(index)) continue
      this.passed += passed
      this.failed += failed
    }
  }
}

/** Figures of one second. */
export interface SecondFigures {
  readonly counters: ThresholdCounters
  /** Null where the threshold needs none, or nothing was recorded; to be read at once. */
  readonly histogram: Histogram | null
}

const NOTHING = new ThresholdCounters()

/** What several thresholds observe alike. */
class Source {
  readonly planned: PlannedThreshold
  readonly total = new ThresholdCounters()
  readonly histogram: Histogram | null
  readonly bySecond: boolean
  readonly #seconds = new Map<number, ThresholdCounters>()
  readonly #histograms = new SecondHistograms()

  constructor(planned: PlannedThreshold, keepsHistogram: boolean) {
    this.planned = planned
    this.bySecond = planned.expression.forSeconds !== undefined
    this.histogram = keepsHistogram && planned.histogram !== null && !this.bySecond ? Histogram.forTotals() : null
  }

  counters(sequence: number): ThresholdCounters {
    if (!this.bySecond) return this.total
    let counters = this.#seconds.get(sequence)
    if (counters === undefined) {
      counters = new ThresholdCounters()
      this.#seconds.set(sequence, counters)
    }
    return counters
  }

  /** Where values of a second go; null where they are not needed. */
  histogramOf(sequence: number): Histogram | null {
    if (this.planned.histogram === null) return null
    return this.bySecond ? this.#histograms.open(sequence) : this.histogram
  }

  close<T>(sequence: number, read: (figures: SecondFigures) => T): T {
    const counters = this.#seconds.get(sequence) ?? NOTHING
    this.#seconds.delete(sequence)
    const result = this.#histograms.close(sequence, (histogram) => ({ value: read({ counters, histogram }) }))
    return result === undefined ? read({ counters, histogram: null }) : result.value
  }
}

interface Reader {
  readonly source: Source
  readonly checks: readonly number[] | null
}

export class ThresholdTallies {
  readonly #sources = new Map<string, Source>()
  /** Who reads a window, by its scenario and step. */
  readonly #readers = new Map<string, Reader[]>()
  readonly #nodes: readonly Source[]
  readonly #generators = new Map<BootId, { readonly node: string; readonly tally: GeneratorTally }>()
  readonly #names = new Set<string>()
  readonly #iterationSteps: IterationSteps

  /** @param keepsHistogram false where the whole run's histogram of a threshold is kept elsewhere */
  constructor(
    suite: Suite,
    thresholds: readonly PlannedThreshold[],
    keepsHistogram: (planned: PlannedThreshold) => boolean,
  ) {
    this.#iterationSteps = iterationSteps(suite)
    for (const planned of thresholds) {
      if (this.#sources.has(planned.source)) continue
      const source = new Source(planned, keepsHistogram(planned))
      this.#sources.set(planned.source, source)
      if (planned.metric === 'generatorSaturated') continue
      for (const { scenario, step, checks } of planned.scope.parts) {
        const key = `${scenario}/${step}`
        this.#readers.set(key, [...(this.#readers.get(key) ?? []), { source, checks }])
      }
    }
    this.#nodes = [...this.#sources.values()].filter(({ planned }) => planned.metric === 'generatorSaturated')
  }

  /**
   * Adds a node's batch.
   *
   * @param late its second has been closed: it counts for the whole, but not for that second any more
   * @throws VajraError `MESSAGE_INVALID` when a histogram is malformed
   */
  add(node: string, batch: WindowBatch, late = false): void {
    const { sequence } = batch
    this.#names.add(node)
    for (const window of batch.windows) {
      const readers = this.#readers.get(`${window.scenario}/${window.step}`)
      if (readers === undefined) continue
      const due = readers.filter(({ source }) => isOf(source, node) && !(late && source.bySecond))
      for (const { source, checks } of due) source.counters(sequence).add(window, checks)
      for (const kind of ['latency', 'serviceTime', 'lateness'] as const) {
        if (window[kind].count === 0) continue
        const wanting = due.filter(({ source }) => source.planned.histogram === kind)
        const histograms = wanting.map(({ source }) => source.histogramOf(sequence)).filter((one) => one !== null)
        // Decoded once for all.
        if (histograms.length > 0) Histogram.mergeEach(histograms, window[kind])
      }
    }
    if (this.#nodes.length > 0) this.#addGenerator(node, batch, late)
  }

  #addGenerator(node: string, batch: WindowBatch, late: boolean): void {
    const { bootId, sequence } = batch
    const windows = batch.windows.map((window) => requestsOf(window, this.#iterationSteps))
    const requests = { ...batch, windows }
    let generator = this.#generators.get(bootId)
    if (generator === undefined) {
      generator = { node, tally: new GeneratorTally() }
      this.#generators.set(bootId, generator)
    }
    generator.tally.add(requests)
    if (late || !windows.some(({ counts }) => counts.sent > 0)) return
    for (const source of this.#nodes.filter((each) => each.bySecond && isOf(each, node))) {
      const counters = source.counters(sequence)
      counters.fired++
      if (isSaturatedSecond(requests)) counters.saturated++
    }
  }

  /** Whether a node of this name has told a window. */
  hasNode(name: string): boolean {
    return this.#names.has(name)
  }

  /** Counters of the whole run so far. */
  total({ source }: PlannedThreshold): ThresholdCounters {
    return this.#sources.get(source)!.total
  }

  /** Values of the whole run so far; null where they are not kept here. */
  histogram({ source }: PlannedThreshold): Histogram | null {
    return this.#sources.get(source)!.histogram
  }

  /** How many nodes could not generate their load so far; null when none has fired. */
  saturated({ scope }: PlannedThreshold): number | null {
    const tallies = [...this.#generators.values()].filter(({ node }) => scope.node === null || scope.node === node)
    const fired = tallies.filter(({ tally }) => tally.fired)
    return fired.length === 0 ? null : fired.filter(({ tally }) => tally.saturations().length > 0).length
  }

  /** Reads what thresholds with `for` need of a second, and forgets it. */
  closeSecond(sequence: number, read: (source: string, figures: SecondFigures) => void): void {
    for (const [key, source] of this.#sources) {
      if (source.bySecond) source.close(sequence, (figures) => read(key, figures))
    }
  }
}

function isOf({ planned }: Source, node: string): boolean {
  return planned.scope.node === null || planned.scope.node === node
}
