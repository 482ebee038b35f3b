/**
 * From a checked document to the suite the rest of the program works with: defaults filled in, URLs absolute, times of
 * scenarios laid out.
 */

import { buildAuth, type PlacedShapedAuth } from './auth-spec.ts'
import { buildLoad, loadLength } from './build-load.ts'
import { buildHttpParameters } from './http-task.ts'
import type { ShapedScenario, ShapedSuite } from './shape.ts'
import type { Scenario, Suite, TaskSpec, Threshold } from './spec.ts'
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
    if (mode === 'sequential') startMs += scenario.durationMs + (each.delayAfter ?? 0)
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
  return { name: shaped.name, startMs, durationMs: loadLength(load), load, task }
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
