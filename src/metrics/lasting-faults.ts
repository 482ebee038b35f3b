/**
 * Thresholds with `for`, second by second: each is held against the windows of all nodes for that second alone.
 */

import { WINDOW_MS } from '../base/clock.ts'
import type { Suite } from '../suite/spec.ts'
import { unionMeasuredMs } from './measured-span.ts'
import type { PlannedArrivals } from './planned-arrivals.ts'
import { Sustained } from './sustained.ts'
import { type Figures, observe } from './threshold-observation.ts'
import type { PlannedThreshold } from './threshold-plan.ts'
import type { SecondFigures, ThresholdTallies } from './threshold-tallies.ts'

/** Metrics that are 0 wherever nothing is fired: without a measured load in a second there is nothing to observe. */
const OF_LOAD: ReadonlySet<string> = new Set(['requests', 'iterations', 'dropped', 'bytes_sent', 'bytes_received'])

export class LastingFaults {
  readonly #suite: Suite
  readonly #thresholds: readonly PlannedThreshold[]
  readonly #arrivals: PlannedArrivals | null
  readonly #sustained: ReadonlyMap<PlannedThreshold, Sustained>

  /** @param arrivals null while a run's windows cannot be held against its plan */
  constructor(suite: Suite, thresholds: readonly PlannedThreshold[], arrivals: PlannedArrivals | null) {
    this.#suite = suite
    this.#thresholds = thresholds.filter(({ expression }) => expression.forSeconds !== undefined)
    this.#arrivals = arrivals
    this.#sustained = new Map(this.#thresholds.map((one) => [one, new Sustained(one.expression)]))
  }

  /**
   * Judges a second of which all is known. In the order of the seconds.
   *
   * @param until where the run ended, if it was in this second
   */
  closeSecond(tallies: ThresholdTallies, sequence: number, until = (sequence + 1) * WINDOW_MS): void {
    tallies.closeSecond(sequence, (source, figures) => {
      for (const planned of this.#thresholds) {
        if (planned.source !== source) continue
        const value = this.#observe(planned, figures, sequence, until)
        this.#sustained.get(planned)!.push(sequence, value)
      }
    })
  }

  #observe(planned: PlannedThreshold, second: SecondFigures, sequence: number, until: number): number | null {
    const from = sequence * WINDOW_MS
    const to = Math.max(from, Math.min(until, from + WINDOW_MS))
    const figures = figuresOfSecond(planned, second, from, to, this.#suite, this.#arrivals)
    if (figures.measuredMs === 0 && OF_LOAD.has(planned.metric)) return null
    return observe(planned.metric, planned.expression, figures)
  }

  /** How a threshold with `for` has fared. */
  of(planned: PlannedThreshold): Sustained {
    return this.#sustained.get(planned)!
  }
}

function figuresOfSecond(
  { scope, metric }: PlannedThreshold,
  { counters, histogram }: SecondFigures,
  from: number,
  to: number,
  suite: Suite,
  arrivals: PlannedArrivals | null,
): Figures {
  const { counts, bytesSent, bytesReceived, passed, failed, fired, saturated } = counters
  const scenarios = [...new Set(scope.parts.map(({ scenario }) => scenario))]
  const measured = scenarios.map((scenario) => suite.scenarios[scenario]!)
  const against = metric === 'rate' && scope.node === null ? arrivals : null
  const planned = against === null ? 0 : scenarios.reduce((sum, each) => sum + (against.count(each, from, to) ?? 0), 0)
  return {
    accounts: { ...counts, unaccounted: 0 },
    asked: Math.max(counts.scheduled, planned),
    bytesSent,
    bytesReceived,
    checks: { passed, failed },
    histogram,
    saturated: fired === 0 ? null : saturated,
    measuredMs: unionMeasuredMs(measured, to) - unionMeasuredMs(measured, from),
  }
}
