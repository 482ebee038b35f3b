/** A run's thresholds held against all windows that are held of it, for its report. */

import { WINDOW_MS } from '../base/clock.ts'
import type { Suite } from '../suite/spec.ts'
import { addAccounts, NO_ACCOUNTS } from './accounts.ts'
import type { HeldWindows } from './held-windows.ts'
import { Histogram } from './histogram.ts'
import { LastingFaults } from './lasting-faults.ts'
import { unionMeasuredMs } from './measured-span.ts'
import type { PlannedArrivals } from './planned-arrivals.ts'
import type { ReportHeader, ThresholdResult } from './report-document.ts'
import { type Figures, isMet, observe } from './threshold-observation.ts'
import type { PlannedThreshold } from './threshold-plan.ts'

export interface Judgement {
  readonly header: ReportHeader
  readonly suite: Suite
  readonly held: HeldWindows
  /** Run time up to which the run is judged. */
  readonly until: number
  readonly arrivals: PlannedArrivals
}

/** The results of all thresholds, in the suite's order. To be asked for once, when all windows have been added. */
export function evaluateThresholds(run: Judgement): ThresholdResult[] {
  const { header, suite, held, until, arrivals } = run
  const faults = new LastingFaults(suite, held.thresholds, header.settled ? arrivals : null)
  for (let sequence = 0; sequence <= held.newest; sequence++) {
    faults.closeSecond(held.thresholdTallies, sequence, Math.max(until, 0))
  }
  const figures = new Map<string, Figures>()
  return held.thresholds.map((planned) => {
    const { metric, expression } = planned.threshold
    const missing = missingNode(planned, header)
    if (missing !== null) return { metric, expression, ok: false, observed: null, message: missing }
    const result = planned.expression.forSeconds === undefined ? plain(planned, run, figures) : lasting(planned, faults)
    return { metric, expression, ...result, ...stopOf(planned, header, result.ok) }
  })
}

/** A misspelt name of a node must not pass for a threshold that holds. */
function missingNode({ scope }: PlannedThreshold, { participants, settled }: ReportHeader): string | null {
  const { node } = scope
  if (node === null || participants.some((each) => each.node === node && each.firstSequence >= 0)) return null
  return settled ? `no node named ${node} took part` : `no node named ${node} has taken part so far`
}

type Result = Omit<ThresholdResult, 'metric' | 'expression'>

function plain(planned: PlannedThreshold, run: Judgement, known: Map<string, Figures>): Result {
  const { source, metric, expression } = planned
  const figures = known.get(source) ?? figuresOf(planned, run)
  known.set(source, figures)
  const observed = observe(metric, expression, figures)
  return { ok: observed === null || isMet(expression, observed), observed }
}

function lasting(planned: PlannedThreshold, faults: LastingFaults): Result {
  const { crossed, observed, longest } = faults.of(planned)
  const stretch = longest === null ? null : { from: longest.from * WINDOW_MS, seconds: longest.seconds }
  return { ok: !crossed, observed, longest: stretch }
}

/** The threshold that stopped the run has been crossed, whatever came after. */
function stopOf({ index }: PlannedThreshold, { events }: ReportHeader, ok: boolean): Pick<Result, 'ok' | 'stoppedRun'> {
  const stop = events.find(({ kind, threshold }) => kind === 'threshold-crossed' && threshold?.index === index)
  return stop === undefined ? { ok } : { ok: false, stoppedRun: { at: stop.at, observed: stop.threshold!.observed } }
}

function figuresOf(planned: PlannedThreshold, { header, suite, held, until, arrivals }: Judgement): Figures {
  const { scope } = planned
  const { bytesSent, bytesReceived, passed, failed } = held.thresholdTallies.total(planned)
  let accounts = NO_ACCOUNTS
  let asked = 0
  for (const { scenario, step } of scope.parts) {
    const told = held.accounts(scenario, step, header.settled, scope.node)
    const plannedCount = header.settled && scope.node === null ? arrivals.count(scenario, 0, until) : null
    accounts = addAccounts(accounts, told)
    asked += Math.max(told.scheduled, plannedCount ?? 0)
  }
  const scenarios = new Set(scope.parts.map(({ scenario }) => suite.scenarios[scenario]!))
  return {
    accounts,
    asked,
    bytesSent,
    bytesReceived,
    checks: { passed, failed },
    histogram: held.thresholdTallies.histogram(planned) ?? histogramOf(planned, held),
    saturated: saturatedIn(held, scope.node),
    measuredMs: unionMeasuredMs([...scenarios], until),
  }
}

/** The sum of what is kept of the steps. */
function histogramOf({ histogram: kind, scope }: PlannedThreshold, held: HeldWindows): Histogram | null {
  if (kind === null) return null
  const parts = scope.parts.flatMap(({ scenario, step }) => held.tallies.of(scenario, step) ?? [])
  if (parts.length === 1) return parts[0]![kind]
  const sum = Histogram.forTotals()
  for (const part of parts) sum.add(part[kind])
  return sum
}

function saturatedIn({ nodes }: HeldWindows, name: string | null): number | null {
  const fired = nodes.filter(
    ({ participation, generator }) => generator.fired && (name === null || participation.node === name),
  )
  return fired.length === 0 ? null : fired.filter(({ generator }) => generator.saturations().length > 0).length
}
