/**
 * The newest seconds of a run, for its live view: merged over nodes, by scenario. A ring of fixed size; older seconds
 * give way.
 */

import { Histogram } from './histogram.ts'
import { type IterationSteps, requestsOf } from './iterations.ts'
import { addCounts, type Counts, type WindowBatch, ZERO_COUNTS } from './window.ts'

/** Seconds kept. A node further behind than this is not waited for. */
export const RECENT_SECONDS = 4

/** One scenario in one second, over all nodes: its requests. Warm-up included, but for the latencies. */
export interface RecentScenario {
  counts: Counts
  /** Requests in flight at the end of the second. */
  inFlight: number
  readonly latency: Histogram
  /** Iterations begun, and in progress at the end of the second, where they are counted beside requests. */
  iterations: number
  iterating: number
}

interface Slot {
  sequence: number
  readonly scenarios: Map<number, RecentScenario>
}

export class RecentSeconds {
  readonly #slots: readonly Slot[] = Array.from({ length: RECENT_SECONDS }, () => ({
    sequence: -1,
    scenarios: new Map<number, RecentScenario>(),
  }))

  readonly #iterationSteps: IterationSteps

  constructor(iterationSteps: IterationSteps) {
    this.#iterationSteps = iterationSteps
  }

  /** Adds a node's batch; a second that has already given way is passed over. */
  add({ sequence, windows }: WindowBatch): void {
    const slot = this.#slots[sequence % RECENT_SECONDS]!
    if (slot.sequence > sequence) return
    if (slot.sequence < sequence) clear(slot, sequence)
    for (const window of windows) {
      let recent = slot.scenarios.get(window.scenario)
      if (recent === undefined) {
        recent = { counts: ZERO_COUNTS, inFlight: 0, latency: Histogram.forSecond(), iterations: 0, iterating: 0 }
        slot.scenarios.set(window.scenario, recent)
      }
      const { counts, warmup, inFlight, latency } = requestsOf(window, this.#iterationSteps)
      recent.counts = addCounts(addCounts(recent.counts, counts), warmup)
      recent.inFlight += inFlight
      recent.latency.merge(latency)
      if (window.step !== this.#iterationSteps[window.scenario]) continue
      recent.iterations += window.counts.sent + window.warmup.sent
      recent.iterating += window.inFlight
    }
  }

  /** Undefined when nothing is known of the scenario in that second. */
  get(sequence: number, scenario: number): RecentScenario | undefined {
    const slot = this.#slots[Math.max(0, sequence) % RECENT_SECONDS]!
    return slot.sequence === sequence ? slot.scenarios.get(scenario) : undefined
  }
}

function clear(slot: Slot, sequence: number): void {
  slot.sequence = sequence
  for (const recent of slot.scenarios.values()) {
    recent.counts = ZERO_COUNTS
    recent.inFlight = 0
    recent.latency.reset()
    recent.iterations = 0
    recent.iterating = 0
  }
}
