/**
 * A run's windows added up as they come, for the live view. What it keeps does not grow with the nodes or the run's
 * length; histograms are kept of whole scenarios only, however many steps they have.
 */

import { WINDOW_MS } from '../base/clock.ts'
import type { BootId, RunId } from '../base/ids.ts'
import { addSequence, hasSequence, lastOf, NO_RANGES, type Ranges } from '../base/ranges.ts'
import type { Step } from '../suite/journey-spec.ts'
import type { Scenario, Suite } from '../suite/spec.ts'
import { type Accounts, accountsOf } from './accounts.ts'
import { type IterationSteps, iterationSteps, requestsOf } from './iterations.ts'
import type { LiveIterations, LiveScenario, LiveStep, LiveTotals } from './live-document.ts'
import { measuredMs, unionMeasuredMs } from './measured-span.ts'
import { type Measurement, sumOf, totalsOf } from './measurement.ts'
import { RECENT_SECONDS, type RecentScenario, RecentSeconds } from './recent-seconds.ts'
import type { RunStatus } from './report-document.ts'
import { microsToMs } from './rounding.ts'
import { isKnown } from './suite-tallies.ts'
import { Tally } from './tally.ts'
import { addCounts, type Counts, type Window, type WindowBatch, ZERO_COUNTS } from './window.ts'

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
  readonly #iterationSteps: IterationSteps
  /** Requests, by scenario. */
  readonly #tallies: readonly Tally[]
  /** By scenario and step; at the number of steps, those of iterations. */
  readonly #counts: readonly Counts[][]
  readonly #recent: RecentSeconds
  readonly #held = new Map<BootId, Ranges>()
  #newest = -1

  constructor(suite: Suite) {
    this.#suite = suite
    this.#iterationSteps = iterationSteps(suite)
    this.#recent = new RecentSeconds(this.#iterationSteps)
    this.#tallies = suite.scenarios.map(() => new Tally())
    this.#counts = suite.scenarios.map(() => [])
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
    const windows = batch.windows.filter((window) => isKnown(window, this.#suite))
    for (const window of windows) this.#addWindow(window)
    this.#recent.add({ ...batch, windows })
    return 'added'
  }

  #addWindow(window: Window): void {
    const { scenario, step, counts } = window
    this.#tallies[scenario]!.addWindow(requestsOf(window, this.#iterationSteps))
    this.#counts[scenario]![step] = addCounts(this.#counts[scenario]![step] ?? ZERO_COUNTS, counts)
  }

  /** Everything measured so far. Requests without an answer count as in flight. */
  #measure(): Measurement[] {
    return this.#tallies.map((tally, index) => ({
      accounts: accountsOf(tally.counts, false),
      tally,
      measuredMs: measuredMs(this.#suite.scenarios[index]!, this.#untilMs),
    }))
  }

  /** The live view: totals so far, and each scenario's newest second that all nodes have told. */
  live({ runId, status, durationMs, nodes }: LiveHeader): LiveTotals {
    const scenarios = this.#measure()
    const whole = sumOf(scenarios, unionMeasuredMs(this.#suite.scenarios, this.#untilMs))
    const sequence = this.#newestFullSecond(nodes.map(({ bootId }) => bootId))
    return {
      runId,
      status,
      at: this.#untilMs,
      durationMs,
      nodes: nodes.map(({ node }) => node),
      totals: totalsOf(whole),
      scenarios: this.#suite.scenarios.map((scenario, index) =>
        this.#liveScenario(scenario, index, sequence, scenarios[index]!.accounts),
      ),
    }
  }

  #liveScenario(
    scenario: Scenario,
    index: number,
    sequence: number,
    { sent, failed, dropped }: Accounts,
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
      ...this.#liveJourney(scenario, index, recent),
    }
  }

  /** Of a scenario whose iterations are counted beside requests. */
  #liveJourney({ steps }: Scenario, index: number, recent: RecentScenario | undefined): Partial<LiveScenario> {
    const iterations = this.#iterationSteps[index]!
    if (iterations < 0) return {}
    const accounts = (step: number) => accountsOf(this.#counts[index]![step] ?? ZERO_COUNTS, false)
    return {
      iterations: liveIterations(accounts(iterations), recent),
      steps: steps.map((step, number) => liveStep(step, accounts(number))),
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

function liveIterations({ sent, failed, dropped }: Accounts, recent: RecentScenario | undefined): LiveIterations {
  return { rate: recent?.iterations ?? 0, inFlight: recent?.iterating ?? 0, sent, failed, dropped }
}

function liveStep({ name, group }: Step, { sent, failed }: Accounts): LiveStep {
  return { name, ...(group === '' ? {} : { group }), sent, failed }
}
