/**
 * A run's windows added up as they come, for the live view and for thresholds that may end the run. What it keeps
 * does not grow with the run's length.
 */

import { WINDOW_MS } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { addSequence, hasSequence, lastOf, NO_RANGES, type Ranges } from '../base/ranges.ts'
import type { Step } from '../suite/journey-spec.ts'
import type { Scenario, Suite } from '../suite/spec.ts'
import { accountsOf } from './accounts.ts'
import { iterationSteps } from './iterations.ts'
import { measuredMs, unionMeasuredMs } from './measured-span.ts'
import { type Measurement, type RunMeasurement, type ScenarioMeasurement, sumOf, totalsOf } from './measurement.ts'
import { RECENT_SECONDS, type RecentScenario, RecentSeconds } from './recent-seconds.ts'
import type { LiveIterations, LiveScenario, LiveStep, LiveTotals, RunStatus } from './report-document.ts'
import { microsToMs } from './rounding.ts'
import { SuiteTallies } from './suite-tallies.ts'
import type { Tally } from './tally.ts'
import { type WindowBatch, ZERO_COUNTS } from './window.ts'

/** What the live view shows and windows do not tell. */
export interface LiveHeader {
  readonly runId: RunId
  readonly status: RunStatus
  readonly durationMs: number
  /** The nodes that take part now. */
  readonly nodes: readonly { readonly node: string; readonly bootId: BootId }[]
}

export class RunAccumulator {
  readonly #suite: Suite
  readonly #tallies: SuiteTallies
  readonly #recent: RecentSeconds
  readonly #held = new Map<BootId, Ranges>()
  #newest = -1

  constructor(suite: Suite) {
    this.#suite = suite
    this.#recent = new RecentSeconds(iterationSteps(suite))
    this.#tallies = new SuiteTallies(suite)
  }

  /**
   * Adds a batch of this run, unless its (boot id, sequence) was added before.
   *
   * @param batch checked by `checkBatch`, from a node that takes part: nodes are not counted here
   * @throws VajraError `MESSAGE_INVALID` when a histogram is malformed
   */
  add(batch: WindowBatch): 'added' | 'duplicate' {
    const { bootId, sequence } = batch
    const held = this.#held.get(bootId) ?? NO_RANGES
    if (hasSequence(held, sequence)) return 'duplicate'
    this.#held.set(bootId, addSequence(held, sequence))
    this.#newest = Math.max(this.#newest, sequence)
    const windows = batch.windows.filter((window) => this.#tallies.has(window))
    for (const window of windows) this.#tallies.add(window)
    this.#recent.add({ ...batch, windows })
    return 'added'
  }

  /** Everything measured so far, for thresholds. Requests without an answer count as in flight. */
  measure(): RunMeasurement {
    const until = this.#untilMs
    const scenarios = this.#suite.scenarios.map((scenario, index) => this.#measureScenario(scenario, index, until))
    const whole = sumOf(scenarios, unionMeasuredMs(this.#suite.scenarios, until))
    return { whole, scenarios }
  }

  #measureScenario(scenario: Scenario, index: number, until: number): ScenarioMeasurement {
    const span = measuredMs(scenario, until)
    const measured = (tally: Tally): Measurement => ({
      accounts: accountsOf(tally.counts, false),
      tally,
      measuredMs: span,
    })
    const iterations = this.#tallies.iterations(index)
    return {
      ...measured(this.#tallies.requests(index)),
      steps: this.#tallies.steps(index).map(measured),
      iterations: iterations === null ? null : measured(iterations),
    }
  }

  /** The live view: totals so far, and each scenario's newest second that all nodes have told. */
  live({ runId, status, durationMs, nodes }: LiveHeader): LiveTotals {
    const { whole, scenarios } = this.measure()
    const sequence = this.#newestFullSecond(nodes.map(({ bootId }) => bootId))
    return {
      runId,
      status,
      at: this.#untilMs,
      durationMs,
      nodes: nodes.map(({ node }) => node),
      totals: totalsOf(whole),
      scenarios: this.#suite.scenarios.map((scenario, index) =>
        this.#liveScenario(scenario, index, sequence, scenarios[index]!),
      ),
    }
  }

  #liveScenario(
    scenario: Scenario,
    index: number,
    sequence: number,
    { accounts: { sent, failed, dropped }, iterations, steps }: ScenarioMeasurement,
  ): LiveScenario {
    const recent = this.#recent.get(sequence, index)
    const counts = recent?.counts ?? ZERO_COUNTS
    const [p50, p99] = recent?.latency.percentiles([50, 99]) ?? [0, 0]
    return {
      name: scenario.name,
      startMs: scenario.startMs,
      durationMs: scenario.durationMs,
      warmupMs: scenario.load.warmupMs,
      rate: counts.sent,
      inFlight: recent?.inFlight ?? 0,
      errorsPerSecond: counts.failed,
      p50: microsToMs(p50!),
      p99: microsToMs(p99!),
      sent,
      failed,
      dropped,
      ...(iterations === null
        ? {}
        : {
            iterations: liveIterations(iterations, recent),
            steps: steps.map((step, i) => liveStep(scenario.steps[i]!, step)),
          }),
    }
  }

  /** The newest second told by every node that tells its seconds about now; -1 when there is none. */
  #newestFullSecond(bootIds: readonly BootId[]): number {
    const lasts = bootIds.map((bootId) => lastOf(this.#held.get(bootId) ?? NO_RANGES))
    return lasts.filter((last) => last > this.#newest - RECENT_SECONDS).reduce((a, b) => Math.min(a, b), this.#newest)
  }

  /** End of the newest second, in run time. */
  get #untilMs(): number {
    return (this.#newest + 1) * WINDOW_MS
  }
}

function liveIterations({ accounts }: Measurement, recent: RecentScenario | undefined): LiveIterations {
  const { sent, failed, dropped } = accounts
  return { rate: recent?.iterations ?? 0, inFlight: recent?.iterating ?? 0, sent, failed, dropped }
}

function liveStep({ name, group }: Step, { accounts: { sent, failed } }: Measurement): LiveStep {
  return { name, ...(group === '' ? {} : { group }), sent, failed }
}
