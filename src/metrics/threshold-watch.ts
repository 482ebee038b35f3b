/**
 * The thresholds that may end a run, while it goes on. A second is judged as soon as it is complete: told by every node
 * that takes part. Windows of later seconds are held until then, so what is found depends on the windows alone and
 * not on the order they come in. What comes later than that still counts for the whole of the run. What is kept grows
 * neither with the length of the run nor with what no such threshold selects.
 */

import { type RunMs, WINDOW_MS } from '../base/clock.ts'
import type { BootId } from '../base/ids.ts'
import { addSequence, hasSequence, NO_RANGES, type Ranges } from '../base/ranges.ts'
import type { Suite } from '../suite/spec.ts'
import { accountsOf } from './accounts.ts'
import { LastingFaults } from './lasting-faults.ts'
import { unionMeasuredMs } from './measured-span.ts'
import { PlannedArrivals } from './planned-arrivals.ts'
import type { LoadRevision } from './run-course.ts'
import { type Figures, isMet, observe } from './threshold-observation.ts'
import { type PlannedThreshold, plannedThresholds } from './threshold-plan.ts'
import { ThresholdTallies } from './threshold-tallies.ts'
import type { WindowBatch } from './window.ts'

/** Seconds that are waited for. A node further behind is not. */
export const AWAITED_SECONDS = 4

/** A node that takes part, from and to which second; open ended while it does. */
export interface Teller {
  readonly bootId: BootId
  readonly firstSequence: number
  readonly lastSequence: number
}

/** A threshold that ends the run. */
export interface Crossing {
  /** Its place in the suite. */
  readonly index: number
  readonly metric: string
  readonly expression: string
  readonly observed: number
  /** End of the second with which it was found, in run time. */
  readonly at: RunMs
}

interface HeldSecond {
  /** Not added yet. */
  readonly batches: { readonly node: string; readonly batch: WindowBatch }[]
  readonly told: Set<BootId>
}

export class ThresholdWatch {
  readonly #suite: Suite
  readonly #thresholds: readonly PlannedThreshold[]
  readonly #arrivals: PlannedArrivals
  readonly #tallies: ThresholdTallies
  readonly #faults: LastingFaults
  readonly #seen = new Map<BootId, Ranges>()
  readonly #held = new Map<number, HeldSecond>()
  /** Null until it is known. */
  #tellers: readonly Teller[] | null = null
  /** How many are to tell of the second that is closed next. */
  #awaited = 0
  /** The second that is closed next, and the newest of which there is a window. */
  #next = 0
  #newest = -1
  #crossing: Crossing | null = null

  /**
   * @param seed the run's seed for Poisson arrivals
   * @param revisions changes of the load so far
   */
  constructor(suite: Suite, seed: number, revisions: readonly LoadRevision[] = []) {
    this.#suite = suite
    this.#thresholds = plannedThresholds(suite).filter(({ threshold }) => threshold.abortOnFail)
    this.#arrivals = new PlannedArrivals(suite, seed, revisions)
    this.#tallies = new ThresholdTallies(suite, this.#thresholds, () => true)
    this.#faults = new LastingFaults(suite, this.#thresholds, this.#arrivals)
  }

  /** The first threshold, in time and then in the suite's order, that ends the run; null while there is none. */
  get crossing(): Crossing | null {
    return this.#crossing
  }

  /**
   * Who is to tell of the seconds to come: those that are heard and take part.
   *
   * @param revisions changes of the load so far
   */
  expect(tellers: readonly Teller[], revisions: readonly LoadRevision[] = []): void {
    this.#arrivals.revise(revisions)
    this.#tellers = tellers
    this.#awaited = this.#tellersOf(this.#next).length
    this.#closeComplete()
  }

  /**
   * Adds a batch, unless it was added before.
   *
   * @param node name of the node it is from, which takes part
   * @throws VajraError `MESSAGE_INVALID` when a histogram is malformed
   */
  add(node: string, batch: WindowBatch): void {
    const { bootId, sequence } = batch
    const seen = this.#seen.get(bootId) ?? NO_RANGES
    if (hasSequence(seen, sequence)) return
    this.#seen.set(bootId, addSequence(seen, sequence))
    this.#newest = Math.max(this.#newest, sequence)
    if (sequence < this.#next) {
      this.#tallies.add(node, batch, true)
      return
    }
    const held = this.#held.get(sequence) ?? { batches: [], told: new Set() }
    this.#held.set(sequence, held)
    held.told.add(bootId)
    // What belongs to the second that is judged next is added as it comes: among many nodes, all at once would take long.
    if (sequence === this.#next) this.#tallies.add(node, batch)
    else held.batches.push({ node, batch })
    const isOverdue = this.#next < this.#newest - AWAITED_SECONDS
    while (this.#next < this.#newest - AWAITED_SECONDS) this.#close()
    // Told by fewer than are awaited, a second is not worth a look.
    const isTold = sequence === this.#next && held.told.size >= this.#awaited
    if (isOverdue || isTold) this.#closeComplete()
  }

  #closeComplete(): void {
    while (this.#isComplete(this.#next)) this.#close()
  }

  #isComplete(sequence: number): boolean {
    const told = this.#held.get(sequence)?.told
    if (told === undefined || this.#tellers === null) return false
    return this.#tellersOf(sequence).every(({ bootId }) => told.has(bootId))
  }

  #tellersOf(sequence: number): readonly Teller[] {
    const tellers = this.#tellers ?? []
    return tellers.filter(({ firstSequence, lastSequence }) => firstSequence <= sequence && sequence <= lastSequence)
  }

  #close(): void {
    const sequence = this.#next++
    this.#held.delete(sequence)
    this.#faults.closeSecond(this.#tallies, sequence)
    this.#crossing ??= this.#judge(sequence)
    this.#awaited = this.#tellersOf(this.#next).length
    const next = this.#held.get(this.#next)
    for (const { node, batch } of next?.batches.splice(0) ?? []) this.#tallies.add(node, batch)
  }

  #judge(sequence: number): Crossing | null {
    const at = (sequence + 1) * WINDOW_MS
    for (const planned of this.#thresholds) {
      if (at < planned.threshold.delayAbortEvalMs || !this.#hasNode(planned)) continue
      const observed = this.#crossed(planned, sequence, at)
      if (observed === null) continue
      const { metric, expression } = planned.threshold
      return { index: planned.index, metric, expression, observed, at }
    }
    return null
  }

  /** A node that has not come yet may come. */
  #hasNode({ scope }: PlannedThreshold): boolean {
    return scope.node === null || this.#tallies.hasNode(scope.node)
  }

  /** What was observed, if the threshold is crossed. */
  #crossed(planned: PlannedThreshold, sequence: number, until: RunMs): number | null {
    const { metric, expression } = planned
    if (expression.forSeconds !== undefined) {
      const { last } = this.#faults.of(planned)
      return last?.sequence === sequence ? last.observed : null
    }
    const observed = observe(metric, expression, this.#figures(planned, until))
    return observed === null || isMet(expression, observed) ? null : observed
  }

  /** Of all seconds that are closed. Requests without an answer count as in flight. */
  #figures(planned: PlannedThreshold, until: RunMs): Figures {
    const { scope, metric } = planned
    const { counts, bytesSent, bytesReceived, passed, failed } = this.#tallies.total(planned)
    const accounts = accountsOf(counts, false)
    const scenarios = [...new Set(scope.parts.map(({ scenario }) => scenario))]
    const isPlanned = metric === 'rate' && scope.node === null
    const asked = isPlanned ? scenarios.map((each) => this.#arrivals.count(each, 0, until) ?? 0) : []
    return {
      accounts,
      asked: Math.max(
        accounts.scheduled,
        asked.reduce((sum, count) => sum + count, 0),
      ),
      bytesSent,
      bytesReceived,
      checks: { passed, failed },
      histogram: this.#tallies.histogram(planned),
      saturated: metric === 'generatorSaturated' ? this.#tallies.saturated(planned) : null,
      measuredMs: unionMeasuredMs(
        scenarios.map((scenario) => this.#suite.scenarios[scenario]!),
        until,
      ),
    }
  }
}
