/**
 * From windows to the report. A pure function: the same header, suite, seed and windows give the same bytes on every
 * node, in whatever order the windows come and however often.
 *
 * How every planned request is accounted for:
 *
 * - A request counts as sent when its answer is known, or may still come. Requests of a lost node whose answers nobody
 *   knows are `unaccounted`, as are, once the run is settled, those whose answers would be in windows missing here.
 * - An open scenario is held against its plan once the run is settled: arrivals up to where the run ended that no
 *   window tells of are `unaccounted`. With `onNodeLoss: continue` those of a lost node's share are among them: nobody
 *   fired them, and nobody can tell them from those it fired in its last second.
 * - A journey or a mix is held against its plan by its iterations. Each one that was dropped or is unaccounted for is one
 *   request of the scenario, for nobody knows what it would have fired; the scenario's other requests are those of its
 *   steps.
 * - A closed scenario has no plan to be held against: what its windows tell is what was scheduled.
 *
 * So `scheduled = sent + dropped + unaccounted` in every totals of a report, and in a settled one
 * `sent = succeeded + failed`.
 */

import { WINDOW_MS } from '../base/clock.ts'
import type { Expectation, Step } from '../suite/journey-spec.ts'
import { type HttpDriverName, httpDriverOf, type Scenario, type Suite } from '../suite/spec.ts'
import { type Accounts, againstPlan } from './accounts.ts'
import { coverageOf, lostWindows, sortedByName } from './coverage.ts'
import { withDataEvents } from './data-events.ts'
import { digestOf } from './digest.ts'
import { HeldWindows } from './held-windows.ts'
import { requestAccounts } from './iterations.ts'
import { measuredMs, unionMeasuredMs } from './measured-span.ts'
import { type Measurement, type ScenarioMeasurement, sumOf, totalsOf } from './measurement.ts'
import { PlannedArrivals } from './planned-arrivals.ts'
import type {
  CheckReport,
  Coverage,
  Report,
  ReportHeader,
  RunEvent,
  ScenarioReport,
  StepReport,
} from './report-document.ts'
import { saturationOf } from './saturation.ts'
import { withChangesInPlace } from './scaled-events.ts'
import type { Tally } from './tally.ts'
import { evaluateThresholds } from './thresholds.ts'
import type { WindowBatch } from './window.ts'

/**
 * Builds a run's report.
 *
 * @param seed the run's seed for Poisson arrivals, of which each scenario has its own derived
 * @param batches windows held of the run, each checked by `checkBatch` when it came; batches that do not belong to the
 *   header's participants and their sequences are passed over. Memory stays bounded: what is kept grows with seconds,
 *   nodes and steps, not with batches or requests.
 * @throws VajraError `MESSAGE_INVALID` when a histogram is malformed
 */
export function buildReport(header: ReportHeader, suite: Suite, seed: number, batches: Iterable<WindowBatch>): Report {
  const builder = new ReportBuilder(header, suite, seed)
  for (const batch of batches) builder.add(batch)
  return builder.build()
}

/**
 * {@link buildReport} in steps, for a caller that must not block: adding a batch takes some ten microseconds a
 * histogram, and an hour of ten nodes has 36,000 batches.
 */
export class ReportBuilder {
  readonly #header: ReportHeader
  readonly #suite: Suite
  readonly #seed: number
  readonly #arrivals: PlannedArrivals
  readonly #held: HeldWindows

  constructor(header: ReportHeader, suite: Suite, seed: number) {
    this.#header = header
    this.#suite = suite
    this.#seed = seed
    this.#arrivals = new PlannedArrivals(suite, seed, header.revisions)
    this.#held = new HeldWindows(header, suite)
  }

  /** @throws VajraError `MESSAGE_INVALID` when a histogram is malformed */
  add(batch: WindowBatch): void {
    this.#held.add(batch)
  }

  /** The report of what was added. Call it once, last. */
  build(): Report {
    const header = this.#header
    const { nodes, newest, timeline } = this.#held
    const until = header.settled ? header.durationMs : Math.min(header.durationMs, (newest + 1) * WINDOW_MS)
    const scenarios = this.#suite.scenarios.map((scenario, index) => this.#measure(scenario, index, until))
    const whole = sumOf(scenarios, unionMeasuredMs(this.#suite.scenarios, until))
    const coverage = coverageOf(nodes)
    const report: Omit<Report, 'digest'> = {
      runId: header.runId,
      suite: this.#suite.name,
      status: header.status,
      startedAt: header.startedAt,
      durationMs: header.durationMs,
      degraded: header.degraded,
      complete: isComplete(header, coverage),
      coverage,
      generatorSaturated: sortedByName(nodes).flatMap(({ participation, generator }) =>
        saturationOf(participation, generator),
      ),
      ...(header.setup === null ? {} : { setup: header.setup }),
      ...(header.teardown === null ? {} : { teardown: header.teardown }),
      totals: totalsOf(whole),
      scenarios: scenarios.map((measured, index) => scenarioReport(this.#suite.scenarios[index]!, measured)),
      thresholds: evaluateThresholds({ header, suite: this.#suite, held: this.#held, until, arrivals: this.#arrivals }),
      events: this.#events(until),
      timeline: timeline.points(Math.ceil(until / WINDOW_MS)),
    }
    return { ...report, digest: digestOf(report) }
  }

  #events(until: number): readonly RunEvent[] {
    const { events, durationMs, revisions } = this.#header
    const told = withChangesInPlace(events.map(eventOf), durationMs)
    return withDataEvents(told, this.#suite, this.#seed, revisions, until)
  }

  #measure(scenario: Scenario, index: number, until: number): ScenarioMeasurement {
    const { settled } = this.#header
    const { tallies } = this.#held
    const span = measuredMs(scenario, until)
    const measured = (accounts: Accounts, tally: Tally): Measurement => ({ accounts, tally, measuredMs: span })
    const planned = (told: Accounts): Accounts =>
      settled ? againstPlan(told, this.#arrivals.count(index, 0, until) ?? 0) : told
    const steps = tallies.steps(index).map((tally, step) => measured(this.#held.accounts(index, step, settled), tally))
    const ofIterations = tallies.iterations(index)
    if (ofIterations === null) {
      const [only] = steps
      const whole = measured(planned(only!.accounts), only!.tally)
      return { ...whole, steps: [whole], iterations: null }
    }
    const iterations = measured(planned(this.#held.accounts(index, steps.length, settled)), ofIterations)
    const bySteps = steps.map(({ accounts }) => accounts)
    const whole = measured(requestAccounts(bySteps, iterations.accounts), tallies.requests(index))
    return { ...whole, steps, iterations }
  }
}

function isComplete({ settled, participants }: ReportHeader, coverage: Coverage): boolean {
  const all = coverage.windowsReceived === coverage.windowsExpected
  return settled && all && !participants.some((participation) => lostWindows(participation))
}

function scenarioReport(scenario: Scenario, measured: ScenarioMeasurement): ScenarioReport {
  const { sent, succeeded, failed, dropped } = measured.tally.warmup
  const { iterations } = measured
  return {
    name: scenario.name,
    driver: driverOf(scenario),
    totals: totalsOf(measured),
    warmup: { sent, succeeded, failed, dropped },
    ...(iterations === null ? {} : { iterations: totalsOf(iterations) }),
    steps: measured.steps.map((step, index) => stepReport(scenario.steps[index]!, step)),
  }
}

/** What sends the requests; null for none, and where it is not the same for all. */
function driverOf({ steps }: Scenario): HttpDriverName | null {
  const drivers = new Set(steps.flatMap(({ task }) => httpDriverOf(task) ?? []))
  const [only] = drivers
  return drivers.size === 1 ? only! : null
}

function stepReport({ name, group, tags, expect }: Step, measured: Measurement): StepReport {
  return {
    name,
    ...(group === '' ? {} : { group }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    totals: totalsOf(measured),
    ...(expect.length === 0 ? {} : { checks: expect.map((one, index) => checkReport(one, index, measured)) }),
  }
}

function checkReport({ name }: Expectation, index: number, { tally }: Measurement): CheckReport {
  const [passed, failed] = tally.checks.of(index)
  return { name, passed, failed }
}

/** With its members in a fixed order, however it was decoded. */
function eventOf({ at, kind, node, bootId, threshold, message }: RunEvent): RunEvent {
  return {
    at,
    kind,
    ...(node === undefined ? {} : { node }),
    ...(bootId === undefined ? {} : { bootId }),
    ...(threshold === undefined ? {} : { threshold: { index: threshold.index, observed: threshold.observed } }),
    message,
  }
}
