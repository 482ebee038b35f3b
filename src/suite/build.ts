/**
 * From a checked document to the suite the rest of the program works with: defaults filled in, URLs absolute, times of
 * scenarios laid out.
 */

import { buildAuth, type PlacedShapedAuth } from './auth-spec.ts'
import { buildHttpParameters } from './http-task.ts'
import { DEFAULT_MAX_IN_FLIGHT, type ShapedLoad } from './load-shape.ts'
import type { ShapedScenario, ShapedSuite } from './shape.ts'
import type { Load, RateSegment, Scenario, Suite, TaskSpec, Threshold } from './spec.ts'
import { parseAbsoluteUrl } from './url.ts'

const DEFAULT_GRACEFUL_STOP_MS = 30_000

/**
 * Builds the suite. Only for documents without problems.
 *
 * @param taskNames the tasks that can be selected beside `http`
 */
export function buildSuite(shaped: ShapedSuite, taskNames: readonly string[]): Suite {
  const target = shaped.target === undefined ? undefined : parseAbsoluteUrl(shaped.target)
  const mode = shaped.mode ?? 'parallel'
  const scenarios: Scenario[] = []
  let startMs = 0
  const auth: PlacedShapedAuth = { shaped: shaped.auth, path: ['auth'] }
  for (const [index, each] of shaped.scenarios.entries()) {
    const inherited = [{ shaped: each.auth, path: ['scenarios', index, 'auth'] }, auth]
    const task = buildTask(each, taskNames, target?.ok ? target.value : undefined, inherited, ['scenarios', index])
    const scenario = buildScenario(each, task, startMs)
    scenarios.push(scenario)
    if (mode === 'sequential') startMs += scenario.durationMs
  }
  return {
    name: shaped.name,
    mode,
    onNodeLoss: shaped.onNodeLoss ?? 'redistribute',
    shares: shaped.shares ?? 'equal',
    gracefulStopMs: shaped.gracefulStop ?? DEFAULT_GRACEFUL_STOP_MS,
    scenarios,
    thresholds: buildThresholds(shaped.thresholds ?? {}),
    durationMs: Math.max(...scenarios.map((scenario) => scenario.startMs + scenario.durationMs)),
  }
}

function buildScenario(shaped: ShapedScenario, task: TaskSpec, startMs: number): Scenario {
  const load = buildLoad(shaped.load, shaped.maxInFlight)
  const measuredMs =
    load.model === 'closed' ? load.durationMs : load.segments.reduce((sum, { durationMs }) => sum + durationMs, 0)
  return { name: shaped.name, startMs, durationMs: load.warmupMs + measuredMs, load, task }
}

function buildLoad(load: ShapedLoad, scenarioMaxInFlight: number | undefined): Load {
  const warmupMs = load.warmup ?? 0
  const durationMs = load.duration ?? 0
  if (load.users !== undefined) {
    return { model: 'closed', warmupMs, users: load.users, durationMs, thinkTimeMs: load.thinkTime ?? 0 }
  }
  const rate = load.rate ?? 0
  return {
    model: 'open',
    warmupMs,
    segments:
      load.stages === undefined
        ? [{ durationMs, fromRate: rate, toRate: rate }]
        : buildSegments(load.startRate ?? 0, load.stages),
    arrivals: load.arrivals ?? 'even',
    maxInFlight: load.maxInFlight ?? scenarioMaxInFlight ?? DEFAULT_MAX_IN_FLIGHT,
  }
}

/** A stage without duration makes no segment: the next one starts from its rate. */
function buildSegments(startRate: number, stages: NonNullable<ShapedLoad['stages']>): RateSegment[] {
  const segments: RateSegment[] = []
  let fromRate = startRate
  for (const { duration, rate } of stages) {
    if (duration > 0) segments.push({ durationMs: duration, fromRate, toRate: rate })
    fromRate = rate
  }
  return segments
}

/** @param inherited `auth` of the scenario and of the suite */
function buildTask(
  shaped: ShapedScenario,
  taskNames: readonly string[],
  target: string | undefined,
  inherited: readonly PlacedShapedAuth[],
  path: readonly PropertyKey[],
): TaskSpec {
  const { http } = shaped
  if (http !== undefined) {
    const own = { shaped: typeof http === 'string' ? undefined : http.auth, path: [...path, 'http', 'auth'] }
    return { type: 'http', parameters: { ...buildHttpParameters(http, target, buildAuth(own, ...inherited)) } }
  }
  const raw = shaped as unknown as Readonly<Record<string, unknown>>
  const type = taskNames.find((name) => raw[name] !== undefined) ?? ''
  return { type, parameters: raw[type] as Readonly<Record<string, unknown>> }
}

function buildThresholds(thresholds: NonNullable<ShapedSuite['thresholds']>): Threshold[] {
  return Object.entries(thresholds).flatMap(([metric, list]) =>
    list.map((item) => {
      const {
        threshold,
        abortOnFail = false,
        delayAbortEval = 0,
      } = typeof item === 'string' ? { threshold: item } : item
      return { metric, expression: threshold, abortOnFail, delayAbortEvalMs: delayAbortEval }
    }),
  )
}
